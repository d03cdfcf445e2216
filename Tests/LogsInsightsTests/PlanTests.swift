import LogsInsights
import Testing

@Suite struct PlanTests {
  private func text(_ literals: [[UInt8]]) -> [String] { literals.map { String(decoding: $0, as: UTF8.self) }.sorted() }

  @Test func literalsThatEveryMatchHas() throws {
    func literals(_ query: String) throws -> [String] { text(try Plan(query, options()).prefilter.literals) }
    #expect(try literals("filter @message like 'abc' and @message like /x\\d+yz/") == ["abc", "yz"])
    #expect(try literals("filter @message like 'abc' or @message like 'abd'") == [])
    #expect(try literals("filter (@message like 'abc' and a = 1) or @message like 'abc'") == ["abc"])
    #expect(try literals("filter not @message like 'abc'") == [])
    #expect(try literals("filter @message not like 'abc'") == [])
    #expect(try literals("filter @message like /(?i)abc/") == [])
    #expect(try literals("parse @message 'a=* b=*' as a, b | filter b > 1") == [" b=", "a="])
    #expect(try literals("parse @message 'a=* b=*' as a, b") == [])
    #expect(try literals("limit 1 | filter @message like 'abc'") == [])
    #expect(try literals("filter @message like /ab(cd)+(e|f)gh?/") == ["abcd"])
  }

  @Test func jsonFields() throws {
    let prefilter = try Plan("filter status = 500 and level = 'error' and a.b > 1", options()).prefilter
    #expect(text(prefilter.jsonLiterals) == ["\"error\"", "\"level\"", "\"status\"", "b\""])
    #expect(
      prefilter.equalities == [
        .init(path: ["status"], values: ["500"]), .init(path: ["level"], values: ["error"]),
      ])
    #expect(
      try Plan("filter level = 'a' or level in ['b', 'c']", options()).prefilter.equalities == [
        .init(path: ["level"], values: ["a", "b", "c"])
      ])
    #expect(try Plan("filter level != 'a'", options()).prefilter == Prefilter())
    #expect(try Plan("filterIndex id = 'x'", options()).prefilter.equalities == [.init(path: ["id"], values: ["x"])])
  }

  @Test func streams() throws {
    func streams(_ query: String) throws -> Set<String>? { try Plan(query, options()).prefilter.streams }
    #expect(try streams("filter @logStream = 'a'") == ["a"])
    #expect(try streams("filter @logStream in ['a', 'b'] and @logStream = 'b'") == ["b"])
    #expect(try streams("filter @logStream = 'a' or @logStream = 'b'") == ["a", "b"])
    #expect(try streams("filter @logStream = 'a' or x = 1") == nil)
  }

  @Test func needs() throws {
    let counts = try Plan("stats count(*) by bin(5m), @logStream", options())
    #expect(counts.countsOnly)
    #expect(counts.needs.timestamp && counts.needs.logStream)
    let plan = try Plan("fields a.b, @timestamp | filter c = 1 | limit 5", options())
    #expect(!plan.needs.message)
    #expect(plan.needs.json == [["a", "b"], ["c"]])
    #expect(plan.newestFirst)
    #expect(plan.firstLimit == 5)
    #expect(try !Plan("fields a | sort a", options()).newestFirst)
    #expect(try Plan("fields unmask(@message)", options()).unmasks)
  }

  @Test func scansFromTheNewestStopEarly() throws {
    let scan = Scan(try Plan("fields @message | sort @timestamp desc | limit 3", options()))
    #expect(scan.cutoff == nil)
    try fill(scan, (0..<2_000).map { Event(time: 10_000 - $0, message: "m\($0)") })
    #expect(scan.cutoff == 9_998)
    #expect(try rows(scan).map { $0["@message"] } == ["m0", "m1", "m2"])
  }

  /// A literal in an escape is found all the same.
  @Test func escapedKeysAreNotMissed() throws {
    let events = [
      Event(time: 1, message: #"{"\u0061b":1}"#), Event(time: 2, message: #"{"x":"\u0061b"}"#), Event(time: 3, message: #"{"x":"ab"}"#),
    ]
    let scan = Scan(try Plan("filter x = 'ab' | stats count(*) as n", options()))
    try fillBatch(scan, events)
    #expect(try rows(scan) == [["n": "2"]])
  }
}
