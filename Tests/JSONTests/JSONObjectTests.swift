import JSON
import Testing

@Suite struct JSONObjectTests {
  @Test func keepsOrder() {
    var object: JSONObject = ["b": 1, "a": 2]
    object["c"] = 3
    object["b"] = 4
    #expect(object.keys == ["b", "a", "c"] && object.values == [4, 2, 3])
    object["a"] = nil
    #expect(object.keys == ["b", "c"])
    #expect(object.removeValue(forKey: "b") == 4 && object.removeValue(forKey: "b") == nil)
    #expect(object.count == 1 && object["c"] == 3)
    #expect(object.map { "\($0.key)=\($0.value.text)" } == ["c=3"])
  }

  /// The same whatever the size: searched one by one or through the index.
  @Test(arguments: [1, 12, 13, 14, 100, 5_000])
  func findsEveryNameAtEverySize(count: Int) throws {
    var object = JSONObject()
    for number in 0..<count { object["name-\(number)"] = .int(Int64(number)) }
    #expect(object.count == count && object["name-\(count)"] == nil)
    for number in 0..<count { #expect(object["name-\(number)"] == .int(Int64(number))) }
    let read = try JSONValue(parsing: JSONValue.object(object).bytes)
    #expect(read.object?.keys == object.keys && read == .object(object))
    for number in 0..<count { #expect(read["name-\(number)"] == .int(Int64(number))) }
    for number in stride(from: 0, to: min(count, 200), by: 2) { object["name-\(number)"] = nil }
    for number in 0..<min(count, 200) { #expect((object["name-\(number)"] == nil) == (number % 2 == 0)) }
    object["name-0"] = "again"
    #expect(object.keys.last == "name-0")
  }

  @Test(arguments: [3, 12, 13, 40, 1_000])
  func lastOfEqualNamesWinsAtTheFirstPlace(count: Int) throws {
    var members = (0..<count).map { "\"k\($0)\":\($0)" }
    members += (0..<count).map { "\"k\($0)\":\"\($0)\"" } + ["\"\\u006b1\":null"]
    let object = try #require(try JSONValue(parsing: "{" + members.joined(separator: ",") + "}").object)
    #expect(object.keys == (0..<count).map { "k\($0)" })
    #expect(object["k0"] == "0" && object["k1"] == .null && object["k\(count - 1)"] == .string("\(count - 1)"))
  }

  /// A letter with an accent and the letter followed by the accent are one to Swift and two to JSON.
  @Test func namesAndStringsCompareByTheirBytes() throws {
    let value = try JSONValue(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(value.object?.count == 2)
    #expect(value["\u{E9}"] == 1 && value["e\u{301}"] == 2)
    #expect(JSONValue.string("\u{E9}") != JSONValue.string("e\u{301}"))
    #expect(JSONValue.string("\u{1E0B}\u{323}") != JSONValue.string("\u{1E0D}\u{307}"), "as long, and canonically equivalent")
  }

  @Test func orderDoesNotMatterForEquality() throws {
    let one = try JSONValue(parsing: #"{"a":1,"b":[{"c":null,"d":"x"}],"e":2.0}"#)
    let other = try JSONValue(parsing: #"{"e":2,"b":[{"d":"x","c":null}],"a":1}"#)
    #expect(one == other && one.hashValue == other.hashValue)
    #expect(try one != JSONValue(parsing: #"{"a":1,"b":[],"e":2}"#))
    #expect(try JSONValue(parsing: #"{"a":null}"#) != JSONValue(parsing: #"{"b":null}"#))
  }

  @Test func manyRecordsShareNamesCorrectly() throws {
    // More names than the parser remembers, of every length, in changing order.
    let names = (0..<600).map { String(repeating: "n", count: $0 % 40) + "\($0)" }
    let records = (0..<50).map { record in
      "{" + (0..<30).map { "\"\(names[(record * 37 + $0 * 11) % 600])\":\($0)" }.joined(separator: ",") + "}"
    }
    let values = try JSONValue(parsing: "[" + records.joined(separator: ",") + "]")
    for (record, value) in (values.array ?? []).enumerated() {
      #expect(value.object?.keys == (0..<30).map { names[(record * 37 + $0 * 11) % 600] })
    }
  }

  @Test func printsPrettily() throws {
    let value = try JSONValue(parsing: #"{"a":[1,{"b":[]},{}],"c":"x"}"#)
    #expect(
      value.pretty == """
        {
          "a": [
            1,
            {
              "b": []
            },
            {}
          ],
          "c": "x"
        }
        """)
    #expect(try JSONValue(parsing: value.pretty) == value)
  }

  @Test func appendsToWhatIsThere() throws {
    var bytes = Array("data: ".utf8)
    try JSONValue(parsing: "[1,\"\"]").write(into: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "data: [1,\"\"]")
  }
}
