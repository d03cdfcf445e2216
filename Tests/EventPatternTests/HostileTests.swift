import EventPattern
import JSON
import Testing

/// Input made to do harm: none of it may trap, hang or match by mistake.
@Suite struct HostileTests {
  private static let patterns = [
    #"{"a":["x"]}"#, #"{"a":{"b":[{"exists":false}]}}"#, #"{"a":[{"wildcard":"*x*y*"}]}"#, #"{"a":[{"numeric":["<",5]}]}"#,
    #"{"a":[{"cidr":"::/0"},{"cidr":"0.0.0.0/0"}]}"#, #"{"a":[{"equals-ignore-case":"é"}]}"#, #"{"a":[{"anything-but":["x"]}]}"#,
  ]

  private static func matcher() throws -> RuleMatcher<Int> {
    let matcher = RuleMatcher<Int>()
    for (index, text) in patterns.enumerated() { matcher.add(index, try EventPattern(text)) }
    return matcher
  }

  @Test func randomBytes() throws {
    let matcher = try Self.matcher()
    var cases = RandomCases(seed: 5)
    var taken = 0
    for _ in 0..<3000 {
      let bytes = (0..<cases.next(200)).map { _ in UInt8(cases.next(256)) }
      taken += matcher.matches(bytes).count
      if (try? EventPattern(String(decoding: bytes, as: UTF8.self))) != nil { taken += 1 }
    }
    #expect(taken == 0)
  }

  @Test func brokenAndChangedEvents() throws {
    let matcher = try Self.matcher()
    var cases = RandomCases(seed: 6)
    var taken = 0
    for _ in 0..<200 {
      let bytes = cases.event().bytes
      for end in 0..<bytes.count { taken += matcher.matches(Array(bytes[..<end])).count }
      var changed = bytes
      for _ in 0..<3 where !changed.isEmpty { changed[cases.next(changed.count)] = UInt8(cases.next(256)) }
      _ = matcher.matches(changed)
    }
    #expect(taken == 0)
  }

  @Test func brokenAndChangedPatterns() {
    var cases = RandomCases(seed: 7)
    var taken = 0
    for _ in 0..<100 {
      let bytes = cases.pattern().bytes
      for end in 0..<bytes.count where (try? EventPattern(String(decoding: bytes[..<end], as: UTF8.self))) != nil { taken += 1 }
      var changed = bytes
      for _ in 0..<3 { changed[cases.next(changed.count)] = UInt8(cases.next(256)) }
      _ = try? EventPattern(String(decoding: changed, as: UTF8.self))
    }
    #expect(taken == 0)
  }

  @Test func deepNesting() throws {
    let matcher = try Self.matcher()
    for depth in [100, 511, 513, 100_000] {
      for (open, close) in [("{\"a\":", "}"), ("[", "]")] {
        let inner = String(repeating: open, count: depth) + "\"x\"" + String(repeating: close, count: depth)
        _ = matcher.matches(Array("{\"a\":\(inner)}".utf8))
        // What no rule looks at is skipped at any depth.
        #expect(matcher.matches(Array("{\"q\":\(inner),\"a\":\"x\"}".utf8)).contains(0))
        #expect(throws: EventPatternError.self) { try EventPattern("{\"a\":\(inner)}") }
      }
    }
  }

  @Test func hugeArrays() throws {
    let matcher = try Self.matcher()
    let many = "{\"a\":[" + String(repeating: "\"y\",", count: 200_000) + "\"x\"]}"
    #expect(matcher.matches(Array(many.utf8)).contains(0))
    let pattern = "{\"a\":[" + (0..<50_000).map { "\"v\($0)\"" }.joined(separator: ",") + "]}"
    #expect(try EventPattern(pattern).matches(Array(#"{"a":"v49999"}"#.utf8)))
    #expect(try !EventPattern(pattern).matches(Array(#"{"a":"v50000"}"#.utf8)))
  }

  /// Work that grew with the square of the number of values would not end here.
  @Test func longArraysThatNearlyMatch() throws {
    let elements = (0..<30_000).map { "{\"x\":1},{\"y\":\($0)}" }.joined(separator: ",")
    let matcher = try Self.matcher()
    matcher.add(100, try EventPattern(#"{"a":{"x":[1],"y":[{"numeric":["<",99999]}]}}"#))
    matcher.add(101, try EventPattern(#"{"a":{"x":[1]},"q":["x"]}"#))
    #expect(matcher.matches(Array("{\"a\":[\(elements)]}".utf8)).contains { $0 >= 100 } == false)
  }

  @Test func combinationsOfElementsAreBounded() throws {
    let fields = (0..<12).map { "\"f\($0)\":[1]" }.joined(separator: ",")
    let elements = (0..<40).map { "{\"f\($0 % 12)\":1}" }.joined(separator: ",")
    #expect(try !EventPattern("{\"a\":{\(fields)}}").matches(Array("{\"a\":[\(elements)]}".utf8)))
  }

  @Test func invalidUTF8() throws {
    let pattern = try EventPattern(#"{"a":["x"],"b":[{"exists":true}]}"#)
    for byte in [0x80, 0xC0, 0xFF, 0xED] as [UInt8] {
      let event = Array(#"{"a":"x","b":""#.utf8) + [byte] + Array(#""}"#.utf8)
      #expect(pattern.matches(event))
      #expect(throws: EventError.self) { try EventPattern.check(event: event) }
    }
  }

  @Test(arguments: [
    String(repeating: "9", count: 100_000), "1e" + String(repeating: "9", count: 10_000), "-1e-" + String(repeating: "9", count: 10_000),
    "0." + String(repeating: "0", count: 100_000) + "1", "9223372036854775808", "-9223372036854775809",
  ])
  func giantNumbers(_ number: String) throws {
    let matcher = try Self.matcher()
    _ = matcher.matches(Array("{\"a\":\(number)}".utf8))
    _ = try? EventPattern("{\"a\":[{\"numeric\":[\"<\",\(number)]}]}")
    let itself = try EventPattern("{\"a\":[\(number)]}")
    #expect(itself.matches(Array("{\"a\":\(number)}".utf8)))
  }

  @Test func wildcardsAreRefusedOrQuick() {
    var cases = RandomCases(seed: 8)
    for _ in 0..<300 {
      let text = (0..<cases.next(60)).map { _ in cases.pick(["*", "a", "b", "ab"]) }.joined()
      guard let pattern = try? EventPattern("{\"a\":[{\"wildcard\":\"\(text)\"}]}") else { continue }
      _ = pattern.matches(Array("{\"a\":\"\(String(repeating: "ab", count: 5_000))\"}".utf8))
    }
  }
}
