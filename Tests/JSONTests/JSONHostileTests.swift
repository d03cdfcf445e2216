import JSON
import Testing

@Suite struct JSONHostileTests {
  let document = Array(
    #"{"jobName":"entraînement 😀","n":[0,-12.5e-3,18446744073709551616,true,null],"s":"a\"\\\n\ud83d\ude00","o":{"":{},"x":[[]]}} "#.utf8)

  @Test func refusesEveryTruncation() throws {
    _ = try JSONValue(parsing: document)
    for length in 0..<(document.count - 1) {
      #expect(throws: JSONParseError.self) { try JSONValue(parsing: Array(document[..<length])) }
    }
  }

  @Test func survivesEveryByteInEveryPlace() throws {
    for place in document.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = document
        changed[place] = byte
        guard let value = try? JSONValue(parsing: changed) else { continue }
        #expect(try JSONValue(parsing: value.bytes) == value)
      }
    }
  }

  @Test func survivesRandomBytes() throws {
    var random = Seeded(state: 1)
    let alphabet = Array(#"{}[]",:\u0dD8e+-.tfn 19"#.utf8) + [0x0A, 0x80, 0xC3, 0xA9, 0xED, 0xF4, 0xFF]
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      do {
        let value = try JSONValue(parsing: bytes)
        #expect(try JSONValue(parsing: value.bytes) == value)
      } catch {
        #expect((0...bytes.count).contains(error.offset) && error.line >= 1 && error.column >= 1)
      }
    }
  }

  @Test(arguments: ["[", "{\"a\":", "[{\"a\":"])
  func boundsNesting(opening: String) throws {
    let endless = Array(String(repeating: opening, count: 1_000_000).utf8)
    let error = try #require(throws: JSONParseError.self) { try JSONValue(parsing: endless) }
    #expect(error.message == "nested deeper than 512 levels")
    // The bound cannot be lifted beyond what is safe to release.
    #expect(throws: JSONParseError.self) { try JSONValue(parsing: endless, limits: JSONLimits(depth: .max)) }
  }

  @Test func readsDownToTheDeepestLevel() throws {
    func nested(_ levels: Int) -> [UInt8] { Array((String(repeating: "[", count: levels) + String(repeating: "]", count: levels)).utf8) }
    #expect(try JSONValue(parsing: nested(512)).bytes == nested(512))
    #expect(throws: JSONParseError.self) { try JSONValue(parsing: nested(513)) }
    let deepest = try JSONValue(parsing: nested(JSONLimits.deepest), limits: JSONLimits(depth: JSONLimits.deepest))
    #expect(deepest.bytes == nested(JSONLimits.deepest))
    #expect(deepest == deepest && deepest.hashValue == deepest.hashValue)
    #expect(try JSONValue(parsing: "[1]", limits: JSONLimits(depth: 1)) == [1])
    #expect(try JSONValue(parsing: "[[1],[2],{\"a\":[]}]", limits: JSONLimits(depth: 3))[2]?["a"] == [])
  }

  @Test func boundsLength() throws {
    #expect(try JSONValue(parsing: "[1,2]", limits: JSONLimits(bytes: 5)) == [1, 2])
    let error = try #require(throws: JSONParseError.self) { try JSONValue(parsing: "[1,2] ", limits: JSONLimits(bytes: 5)) }
    #expect(error.message == "the document is longer than 5 bytes")
  }

  @Test func readsLongStrings() throws {
    let long = String(repeating: "0123456789é", count: 1 << 20)
    #expect(try JSONValue(parsing: JSONValue.string(long).bytes).string == long)
    let escapes = String(repeating: "\"\\\n\u{1}", count: 1 << 20)
    #expect(try JSONValue(parsing: JSONValue.string(escapes).text).string == escapes)
    let digits = "1" + String(repeating: "0", count: 100_000)
    #expect(try JSONValue(parsing: digits) == .bigInteger(digits))
    #expect(JSONValue.bigInteger(digits).double == nil)
    #expect(try JSONValue(parsing: "0." + String(repeating: "0", count: 100_000) + "1") == 0.0)
  }

  /// Bytes within a string that are not UTF-8: where the first of them is.
  @Test(
    arguments: [
      ([0x80], 1), ([0xC3], 1), ([0xC3, 0x28], 1), ([0xC0, 0xAF], 1), ([0xE2, 0x82], 1), ([0xED, 0xA0, 0x80], 1),
      ([0xF4, 0x90, 0x80, 0x80], 1),
      ([0xFF], 1), ([0x61, 0xC3, 0xA9, 0xFE], 4), ([0x5C, 0x6E, 0xC3], 3),
    ] as [([UInt8], Int)])
  func refusesInvalidUTF8(bytes: [UInt8], offset: Int) throws {
    for padding in [0, 20] {
      let document = [0x22] + bytes + [UInt8](repeating: 0x61, count: padding) + [0x22]
      let error = try #require(throws: JSONParseError.self) { try JSONValue(parsing: document) }
      #expect(error.message == "the string is not UTF-8")
      #expect(error.offset == offset)
      #expect(throws: JSONParseError.self) { try JSONValue(parsing: [0x7B] + document + [0x3A, 0x31, 0x7D]) }
    }
  }

  @Test func halfASurrogatePairOnRequestOnly() throws {
    var limits = JSONLimits()
    #expect(throws: JSONParseError.self) { try JSONValue(parsing: #""\ud800""#, limits: limits) }
    limits.replacesLoneSurrogates = true
    #expect(try JSONValue(parsing: #""\ud800x\udc00\ud800\ud83d\ude00""#, limits: limits) == "\u{FFFD}x\u{FFFD}\u{FFFD}😀")
  }
}
