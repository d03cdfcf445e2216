import JSON
import Testing

/// Texts that are written in parts are the texts of documents.
@Suite struct JSONPartsTests {
  struct Table: JSONWritable {
    var name: String
    var wholes: [Int64]
    var numbers: [Double]
    var backwards = false
    var jsonSize: Int { 16 }

    var document: JSONValue {
      let wholes = JSONValue.array((backwards ? wholes.reversed() : wholes).map { .int($0) })
      return .array([
        .string(name), wholes, .array((backwards ? numbers.reversed() : numbers).map { .double($0) }), wholes, ["a": .string(name)],
      ])
    }

    func write(to writer: inout JSONWriter) {
      writer.literal("[")
      writer.write(text: name)
      writer.literal(",")
      let start = writer.count
      writer.write(wholes, backwards: backwards)
      let range = start..<writer.count
      writer.literal(",")
      writer.write(numbers, backwards: backwards)
      writer.literal(",")
      writer.write(again: range)
      writer.literal(",")
      writer.write(["a": .string(name)])
      writer.literal("]")
    }
  }

  @Test(arguments: [false, true]) func listsLookAsInDocuments(backwards: Bool) {
    let numbers = [0.1, -2, 1e300, .leastNonzeroMagnitude, .nan, 12_345_678.9, 1 / 3, 0]
    for count in [0, 1, 7, 2_000] {
      let table = Table(
        name: "a \"ü\" \u{1}", wholes: (0..<count).map { Int64($0) * -1_234_567_890_123 },
        numbers: (0..<count).map { numbers[$0 % numbers.count] * Double($0 + 1) }, backwards: backwards)
      #expect(table.jsonBytes == table.document.bytes)
    }
  }

  @Test func nothingIsWrittenAgainThatIsNotThere() {
    var writer = JSONWriter()
    writer.literal("[1]")
    writer.write(again: 1..<99)
    writer.write(again: 50..<60)
    #expect(String(decoding: writer.finish(), as: UTF8.self) == "[1]1]")
  }
}
