import JSON
import Testing

/// Structures read by hand are read as `Codable` reads them.
@Suite struct JSONFieldsTests {
  struct Part: Decodable, Equatable {
    var name: String
    var size: Int?
  }
  struct Whole: Decodable, Equatable {
    var id: String
    var count: Int
    var isOn: Bool?
    var part: Part?
    var parts: [Part]
    var others: [Part]?
  }
  /// The same by hand.
  struct HandPart: Decodable, Equatable {
    var name: String
    var size: Int?

    init(from decoder: any Decoder) throws {
      let fields = try JSONFields(decoder)
      (name, size) = (try fields.string("name"), try fields.optionalInt("size"))
    }
  }
  struct HandWhole: Decodable, Equatable {
    var id: String
    var count: Int
    var isOn: Bool?
    var part: HandPart?
    var parts: [HandPart]
    var others: [HandPart]?

    init(from decoder: any Decoder) throws {
      let fields = try JSONFields(decoder)
      (id, count, isOn) = (try fields.string("id"), try fields.int("count"), try fields.optionalBool("isOn"))
      (part, parts) = (try fields.optionalStructure("part"), try fields.structures("parts"))
      others = try fields.optionalStructures("others")
    }
  }
  final class Notes: JSONDecodingObserver {
    var lines: [String] = []
    func missing(at path: JSONPathNode) { lines.append("missing \(path.text)") }
    func decoded(_ value: any Decodable, at path: () -> JSONPathNode?) {
      // What is no structure is told by containers only, and nobody listens for it.
      if "\(type(of: value))".hasPrefix("Array") { return }
      lines.append("\("\(type(of: value))".replacing("Hand", with: "")) \(path()?.text ?? "")")
    }
  }

  private func read<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> (value: String, notes: [String]) {
    let notes = Notes()
    let options = JSONCodecOptions(memberCase: .pascal, dialect: .text, observer: notes)
    do {
      let value = try JSONValue(parsing: text).decode(type, options)
      return ("\(value)".replacing("Hand", with: ""), notes.lines)
    } catch let error as JSONCodecError { return (error.description, notes.lines) }
  }

  @Test(arguments: [
    #"{"Id":"a","Count":"3","Parts":[{"Name":"x"},{"Name":"y","Size":2}],"Part":{"Name":"z"},"IsOn":"true","Others":[]}"#,
    #"{"Id":"a","Count":3,"Parts":[],"Part":null,"Others":null,"More":1}"#, #"{"Parts":[{"Size":1},{}],"Part":{}}"#, "{}", "[]",
    #"{"Id":1,"Count":3,"Parts":[]}"#, #"{"Id":"a","Count":3,"Parts":{}}"#, #"{"Id":"a","Count":3,"Parts":[1]}"#,
    #"{"Id":"a","Count":3,"Parts":[{"Name":"x","Size":"many"}]}"#, #"{"Id":"a","Count":3,"Parts":[],"Others":[{"Name":[]}]}"#,
  ])
  func readAlike(text: String) throws {
    let (plain, hand) = (try read(Whole.self, text), try read(HandWhole.self, text))
    #expect(plain.value == hand.value)
    #expect(plain.notes == hand.notes)
  }
}
