import Foundation
import LogsInsights
import Series
import Testing
import Time

@Suite("Logs in columns")
struct LogColumnsTests {
  let scratch = Scratch()
  let clock = ManualClock()

  func open(_ change: (inout LogEngine.Limits) -> Void = { _ in }) throws -> LogEngine {
    var limits = LogEngine.Limits()
    change(&limits)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  /// Messages of every kind that there is a way of storing for, and of kinds that nearly are.
  static func message(_ random: inout Seeded, _ number: Int, _ time: Int64) -> [UInt8] {
    let small = Int.random(in: 0..<1_000, using: &random)
    let large = UInt64.random(in: 0...UInt64.max, using: &random)
    let seconds = String(format: "%02d", time / 1_000 % 60)
    let part = String(format: "%03d", time % 1_000)
    let texts = [
      "1970-01-01 00:00:\(seconds),\(part) INFO loop [rank \(number % 4)] step=\(number) loss=\(small).\(small % 10)\(small % 7)",
      #"{"ts":"1970-01-01T00:00:\#(seconds).\#(part)Z","level":"\#(["info", "warn", "error"][small % 3])","n":\#(number),"v":\#(Double(small) / 8)}"#,
      #"{"a": {"b": "\#(small)", "c": -\#(small)}, "list": [1, {"x": "}"}, \#(small)], "t": true, "z": null}"#,
      #"{"text":"say \"\#(small)\" \u00e9 \\","empty":"","id":"\#(String(format: "%016x", large))"}"#,
      "10.\(small % 256).\(small % 7).\(number % 256) - - GET /a/\(small)?q=\(large)", "01.2.3.\(small % 9) and 1.2.3.4.5",
      "id=\(String(format: "%016x%016x", large, large)) took \(small)ms",
      "-0 -\(small) +\(small) 0\(small) \(small). .\(small) 1e\(small % 9)",
      "\(large)\(large)", "step-\(small).pt", "ünïcödé \(small) 日本\(small)", "", "{", #"{"a":}"#, #"{"a":1,"a":\#(small)}"#,
      "a\u{1}b\(small)",
      "{}", "  ", String(repeating: "long \(small) ", count: 40), "word\(["", "x", "yy"][small % 3])", "\(small)", "07:0\(small % 10)",
    ]
    return Array(texts[Int.random(in: 0..<texts.count, using: &random)].utf8)
  }

  func fill(_ engine: LogEngine, _ seed: UInt64, _ count: Int = 3_000) async throws -> [String: [String]] {
    var (random, all): (Seeded, [String: [String]]) = (Seeded(seed), [:])
    var number = 0
    while number < count {
      let stream = "s\(Int.random(in: 0..<5, using: &random))"
      let events = (0..<Int.random(in: 1...60, using: &random)).map { _ -> LogEvent in
        number += 1
        let time = Int64(number * 37)
        return LogEvent(timestamp: Timestamp(milliseconds: time), message: Self.message(&random, number, time))
      }
      _ = try await engine.append(events, group: "g", stream: stream)
      all[stream, default: []] += events.map { String(decoding: $0.message, as: UTF8.self) }
    }
    return all
  }

  @Test("are byte for byte what was logged", arguments: 1...4)
  func exact(seed: UInt64) async throws {
    var engine = try open { limits in
      limits.slabRows = [200, 1_000, 1 << 18][Int(seed % 3)]
      limits.smallSlabs = 4
    }
    let all = try await fill(engine, seed)
    for round in 0..<2 {
      try await engine.settle()
      #expect(scratch.files().keys.contains { $0.contains("segment-") })
      for (stream, messages) in all {
        #expect(try engine.all("g", stream).map(text) == messages)
        let tail = try engine.read(
          group: "g", stream: stream, from: nil, to: nil, position: nil, forward: false, limit: 10, byteLimit: 1 << 20)
        #expect(tail.events.map(text) == Array(messages.suffix(10)))
      }
      if round == 0 {
        await engine.close()
        engine = try open()
      }
    }
    await engine.close()
    #expect(engine.backgroundFault == nil)
  }

  static let queries = [
    "stats count(*)", "stats count(*) by level | sort level", "filter level = 'error' | stats count(*), max(n)",
    "filter v > 60 | stats count(*)",
    "filter @message like 'took 7' | stats count(*)", "filter @message like 'rank 3] step=' | stats count(*)",
    "filter @message like /loss=[0-9]+\\.[0-5]/ | stats count(*)", "filter a.b = '7' or a.c = -9 | stats count(*)",
    "filter empty = '' | stats count(*)",
    "filter ispresent(list.1.x) | stats count(*) by list.1.x",
    "filter text like 'say' | stats count(*) as c by text | sort c desc, text | limit 5",
    "filter t = 1 | stats count(*), count(z)", "stats count(*) by @logStream | sort @logStream",
    "stats count(*), sum(n) by bin(10s) as b | sort b",
    "parse @message 'step=* loss=*' as step, loss | stats sum(step), avg(loss)", "fields @timestamp, @message | limit 7",
    "filter @message like '0:0' | stats count(*)", "filter n >= 100 and n < 200 | fields n, level | sort n",
    "filter a = 1 | stats count(*)",
    "filter @message like 'é' | stats count(*)", "stats min(@timestamp), max(@timestamp), latest(n)",
    "filter @message = '{}' | stats count(*)",
  ]

  @Test("answer queries as rows do", arguments: [1, 2] as [UInt64])
  func queries(seed: UInt64) async throws {
    let engine = try open { $0.slabRows = 700 }
    _ = try await fill(engine, seed)
    func run(_ query: String, _ range: Range<Int64>, _ streams: Set<String>?) async throws -> [[String]] {
      let running = try engine.query(
        plan: try Plan(query, PlanOptions(now: Timestamp(seconds: 0))), groups: [LogQueryGroup(group: "g", log: "1:g", streams: streams)],
        from: range.lowerBound, to: range.upperBound)
      let rows = try await running.results().rows
      #expect(running.progress.faults.isEmpty)
      return rows.map { $0.map { "\($0.field)=\($0.value)" } }
    }
    let cases: [(Range<Int64>, Set<String>?)] = [(0..<1 << 40, nil), (20_011..<70_000, nil), (0..<90_000, ["s1", "s4"])]
    var before: [String: [[String]]] = [:]
    for query in Self.queries {
      for (number, one) in cases.enumerated() { before["\(query) \(number)"] = try await run(query, one.0, one.1) }
    }
    try await engine.settle()
    for query in Self.queries {
      for (number, one) in cases.enumerated() {
        #expect(try await run(query, one.0, one.1) == before["\(query) \(number)"], "\(query) \(number)")
      }
    }
    await engine.close()
  }

  @Test("find an event by the number that its pointer holds")
  func pointer() async throws {
    let engine = try open()
    _ = try await fill(engine, 9, 300)
    for round in 0..<2 {
      for event in try engine.all("g", "s1").prefix(20) { #expect(try engine.event(group: "g", location: event.id.location) == event) }
      #expect(try engine.event(group: "g", location: 1 << 60) == nil && engine.event(group: "other", location: 1) == nil)
      if round == 0 { try await engine.settle() }
    }
    await engine.close()
  }

  @Test("patterns are counted as messages are")
  func patterns() async throws {
    let engine = try open()
    for number in 0..<500 {
      let text =
        number % 5 == 0
        ? #"{"level":"\#(number % 2 == 0 ? "warn" : "info")","path":"/api/\#(number % 3 == 0 ? "jobs" : "queues")/\#(number)","took":\#(number)}"#
        : "worker \(number) finished in \(number)ms"
      _ = try await engine.append([event(Int64(number), text)], group: "g", stream: "s\(number % 3)")
    }
    func run() async throws -> [[String]] {
      let query = try engine.query(
        plan: try Plan("pattern @message | sort @sampleCount desc, @pattern", PlanOptions(now: Timestamp(seconds: 0))),
        groups: [LogQueryGroup(group: "g", log: "g")], from: 0, to: 1_000)
      return try await query.results().rows.map { $0.map(\.value) }
    }
    let before = try await run()
    try await engine.settle()
    #expect(try await run() == before)
    await engine.close()
  }

  @Test("a damaged block is told and left out, others are read; the engine goes on")
  func damage() async throws {
    var engine = try open { $0.slabRows = 500 }
    _ = try await fill(engine, 3)
    try await engine.settle()
    await engine.close()
    let name = try need(scratch.files().keys.first { $0.contains("segment-") })
    let url = URL(fileURLWithPath: "\(scratch.path)/\(name)")
    var bytes = try Data(contentsOf: url)
    for place in stride(from: 4_000, to: 4_400, by: 1) { bytes[place] ^= 0xA5 }
    try bytes.write(to: url)
    engine = try open()
    let query = try engine.query(
      plan: try Plan("filter @message like /[a-z0-9]/ | stats count(*)", PlanOptions(now: Timestamp(seconds: 0))),
      groups: [LogQueryGroup(group: "g", log: "g")], from: 0, to: 1 << 40)
    let count = try need(Int(try await query.results().rows[0][0].value))
    #expect(!query.progress.faults.isEmpty && count > 1_000 && count < 3_000)
    let read = try engine.scanAll("g", limit: 10_000, budget: 1 << 30).count
    #expect(read > 1_000 && read < 3_000)
    _ = try await engine.append([event(1, "after")], group: "g", stream: "new")
    try await engine.settle()
    #expect(try engine.all("g", "new").map(text) == ["after"])
    await engine.close()
    #expect(engine.backgroundFault?.message.contains("damaged") == true)
  }

  @Test("small blocks are joined in the background")
  func join() async throws {
    let engine = try open { limits in
      (limits.smallSlabs, limits.segmentBytes) = (5, 20_000)
    }
    for round in 0..<23 {
      _ = try await engine.append(
        [event(Int64(round), "round \(round)"), event(Int64(100 - round), "late \(round)")], group: "g", stream: "s\(round % 3)")
      try await engine.settle()
    }
    #expect(engine.blockCount(group: "g") < 8)
    #expect(try engine.scanAll("g").count == 46)
    #expect(try engine.all("g", "s1").map(\.id) == engine.all("g", "s1").map(\.id).sorted())
    await engine.close()
    #expect(engine.backgroundFault == nil)
    let again = try open()
    #expect(try again.scanAll("g").count == 46)
    await again.close()
  }

  @Test("what the first format wrote is read, queried and becomes columns")
  func firstFormat() async throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/series/logs-format-1").path
    try FileManager.default.copyItem(atPath: fixture, toPath: scratch.path)
    var engine = try open()
    func check() async throws {
      for stream in ["s0", "s1"] {
        let events = try engine.all("g", stream)
        #expect(events.count == 40 && events.map(\.id) == events.map(\.id).sorted())
        #expect(Set(events.map(text)).count == 40)
      }
      let query = try engine.query(
        plan: try Plan("filter level = 'info' | stats count(*), sum(round)", PlanOptions(now: Timestamp(seconds: 0))),
        groups: [LogQueryGroup(group: "g", log: "g")], from: 0, to: 1 << 40)
      #expect(try await query.results().rows[0].map(\.value) == ["40", "780"])
    }
    try await check()
    _ = try await engine.append([event(5, "new")], group: "g", stream: "s2")
    try await engine.settle()
    try await check()
    // Half of it goes, and what stays of old segments is written anew.
    try await engine.deleteStream(group: "g", stream: "s1")
    #expect(try engine.all("g", "s0").count == 40 && engine.all("g", "s1").isEmpty)
    await engine.close()
    #expect(engine.backgroundFault == nil)
    engine = try open()
    #expect(try engine.all("g", "s0").count == 40 && engine.all("g", "s2").map(text) == ["new"])
    await engine.close()
  }
}
