import JSON
import LogsInsights
import Testing

@Suite struct HostileTests {
  /// Every beginning of every query compiles or is refused.
  @Test func truncatedQueries() throws {
    for query in try cases("parse.json") + cases("invalid.json").map({ $0["query"] ?? "" }) {
      let text = Array((query.string ?? "").unicodeScalars)
      for length in 0...text.count {
        var part = String.UnicodeScalarView()
        part.append(contentsOf: text[..<length])
        if let plan = try? Plan(String(part), options(0..<1_000)) {
          let scan = Scan(plan)
          try fill(scan, [Event(time: 1, message: #"{"a":1,"events":[{"name":"x"}]}"#), Event(time: 2, message: "user=bob, x")])
          _ = try scan.results()
        }
      }
    }
  }

  @Test func randomQueries() throws {
    var random = Random(seed: 7)
    let pieces = [
      "fields", "filter", "stats", "sort", "|", ",", "(", ")", "a", "@message", "`", "\"", "'", "/", "like", "not", "in", "[", "]", "5m",
      "1e999",
      "99999999999999999999", "by", "as", "count(*)", "bin", "*", "\\", "#", "\u{0}", "é", "=~", "-", "^", "parse", "limit", "dedup",
      "unnest", "into", ".", "diff",
    ]
    for _ in 0..<5_000 {
      let query = (0..<random.below(14)).map { _ in pieces[random.below(pieces.count)] }.joined(separator: random.below(3) == 0 ? "" : " ")
      _ = try? Plan(query, options(0..<1_000))
    }
  }

  @Test func deepNesting() throws {
    for query in [
      "filter " + String(repeating: "(", count: 4_000) + "a" + String(repeating: ")", count: 4_000),
      "filter " + String(repeating: "not ", count: 2_000) + "a",
      "filter a = " + String(repeating: "-", count: 5_000) + "1", "fields " + String(repeating: "abs(", count: 2_000) + "1",
      "fields 1" + String(repeating: "^1", count: 3_000),
    ] { #expect(throws: QueryError.self) { try Plan(query, options()) } }
    // Long, not deep, within the length of a query.
    let long = try Plan("filter a = 1" + String(repeating: " or a = 1", count: 1_000), options())
    let scan = Scan(long)
    try fill(
      scan,
      [
        Event(time: 1, message: String(repeating: "[", count: 100_000)),
        Event(time: 1, message: String(repeating: #"{"a":"#, count: 100_000)),
      ])
    #expect(try rows(scan) == [])
  }

  @Test func randomBytes() throws {
    var random = Random(seed: 3)
    let queries = [
      "fields a, a.b, a.0.b, `a.b.c`", "parse @message 'a*b*c' as x, y | stats count(x), pct(y, 50) by x", "pattern @message",
      "filter @message like /a.*[b-y]{2}$/",
      "fields jsonParse(@message) as j | unnest j into k | stats count(*) by k.a",
      "fields @type, @duration, strlen(@message), substr(@message, 1, 5), toupper(@message)",
      "fields a + b, a / b, datefloor(a, 1mo), fromMillis(a), sqrt(a)",
      "stats sum(a), min(a), max(a), stddev(a), avg(a), count_distinct(a), latest(a) by a",
      "fields isValidIp(a), isIpInSubnet(a, b), replace(@message, 'a', 'bb'), trim(@message)",
      "fields a | sort a desc, b | dedup a | limit 3",
    ]
    let alphabet = Array(#"{}[]":,\u0ab1.9eE+-truefalsn "#.utf8)
    for query in queries {
      let scan = Scan(try Plan(query, options()))
      for _ in 0..<400 {
        let bytes = (0..<random.below(60)).map { _ in
          random.below(4) == 0 ? UInt8(random.below(256)) : alphabet[random.below(alphabet.count)]
        }
        try (Array(#"{"a":"#.utf8).prefix(random.below(6)) + bytes).withUnsafeBufferPointer { buffer in
          try scan.add(message: buffer, timestamp: Int64(random.below(1_000)), ingestionTime: 0, origin: origin, location: 0)
        }
      }
      _ = try scan.results()
    }
  }

  @Test func giantNumbers() throws {
    let scan = Scan(
      try Plan(
        "fields a + 1 as b, fromMillis(a) as t, datefloor(a, 1y) as y, substr('abc', a) as s, a ^ a as p, substr('abc', 0, a) as q | display b, t, y, s, p, q",
        options()))
    for number in [
      "1e308", "-1e308", "9223372036854775807", "-9223372036854775808", String(repeating: "9", count: 350), "1e-320", "0.1e-9", "1e999",
    ] {
      try fill(scan, [Event(time: .max, message: "{\"a\":\(number)}"), Event(time: .min, message: "{\"a\":\"\(number)\"}")])
    }
    #expect(try rows(scan).count == 16)
    let bins = Scan(try Plan("stats count(*) by bin(1mo), bin(1w), bin(1ms)", options()))
    try fill(bins, [.max, .min, 0, -1].map { Event(time: $0, message: "") })
    #expect(try bins.results().rows.count == 4)
  }

  @Test func boundsAreRefusals() throws {
    var small = options()
    small.limits.groups = 100
    let groups = Scan(try Plan("stats count(*) by @message", small))
    #expect(throws: QueryLimitError.self) { for number in 0..<200 { try fill(groups, [Event(time: 1, message: "\(number)")]) } }
    small.limits.memory = 100_000
    let rows = Scan(try Plan("fields @message | sort @message", small))
    #expect(throws: QueryLimitError.self) {
      for number in 0..<2_000 { try fill(rows, [Event(time: 1, message: String(repeating: "x", count: 200) + "\(number)")]) }
    }
  }

  @Test func scansOfOneQueryShareItsMemory() throws {
    var small = options()
    small.limits.memory = 400_000
    let plan = try Plan("stats count(*) by @message", small)
    func groups(_ scan: Scan) -> Int {
      for number in 0..<20_000 {
        do { try fill(scan, [Event(time: 1, message: String(repeating: "x", count: 100) + "\(number)")]) } catch { return number }
      }
      return 20_000
    }
    let (one, four, many) = (groups(Scan(plan)), groups(Scan(plan, of: 4)), groups(Scan(plan, of: 64)))
    #expect(one == four && many < one / 2 && many > one / 8)
  }

  @Test func patternsAreBounded() throws {
    var random = Random(seed: 5)
    var small = options()
    small.limits.patterns = 50
    let scan = Scan(try Plan("pattern @message", small))
    for _ in 0..<3_000 {
      let words = (0..<(1 + random.below(8))).map { _ in
        String((0..<6).map { _ in Character(Unicode.Scalar(UInt8(97 + random.below(26)))) })
      }
      try fill(scan, [Event(time: 1, message: words.joined(separator: " "))])
    }
    let found = try rows(scan)
    #expect(found.count <= 51)
    #expect(found.reduce(0) { $0 + (Int($1["@sampleCount"] ?? "") ?? 0) } == 3_000)
  }
}

/// A seeded source of numbers (SplitMix64).
struct Random {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((word ^ word >> 31) % UInt64(max(bound, 1)))
  }
}
