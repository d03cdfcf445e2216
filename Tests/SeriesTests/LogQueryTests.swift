import Foundation
import LogsInsights
import Series
import Synchronization
import Testing
import Time

/// Keys for groups that begin with "sealed".
final class TestKeys: LogCipherSource {
  let forgotten = Mutex<[String]>([])
  func key(group: String) -> [UInt8]? { group.hasPrefix("sealed") ? (0..<32).map { UInt8($0) } : nil }
  func forget(group: String) { forgotten.withLock { $0.append(group) } }
}

@Suite("Queries over stored logs")
struct LogQueryTests {
  let scratch = Scratch()
  let clock = ManualClock()
  let keys = TestKeys()

  func open(journal: Int = 32 << 20) throws -> LogEngine {
    var limits = LogEngine.Limits()
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes) = (journal, 50_000, 5_000)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits, ciphers: keys)
  }

  func run(_ engine: LogEngine, _ query: String, groups: [String] = ["g"], streams: Set<String>? = nil, unmasked: Bool = false) async throws
    -> [[String]]
  {
    let plan = try Plan(query, PlanOptions(now: Timestamp(seconds: 0)))
    let running = try engine.query(
      plan: plan, groups: groups.map { LogQueryGroup(group: $0, log: "1:\($0)", streams: streams) }, from: 0, to: 1 << 50,
      unmasked: unmasked)
    let rows = try await running.results().rows
    #expect(running.progress.isDone && running.progress.faults.isEmpty)
    return rows.map { $0.filter { $0.field != "@ptr" }.map(\.value) }
  }

  func fill(_ engine: LogEngine, _ group: String = "g") async throws {
    for round in 0..<40 {
      let events = (0..<5).map { place -> LogEvent in
        let number = round * 5 + place
        return number % 2 == 0
          ? event(Int64(number), #"{"level":"\#(number % 10 == 0 ? "error" : "info")","n":\#(number),"name":"worker-\#(number % 7)"}"#)
          : event(Int64(number), "2026-01-05 08:00:00 INFO step=\(number) loss=0.\(100 + number) done")
      }
      _ = try await engine.append(events, group: group, stream: "s\(round % 4)")
    }
  }

  @Test("answer the same before and after events moved, and after opening anew", arguments: ["g", "sealed"], [32 << 20, 4_000])
  func answers(group: String, journal: Int) async throws {
    var engine = try open(journal: journal)
    try await fill(engine, group)
    for round in 0..<2 {
      #expect(try await run(engine, "stats count(*)", groups: [group]) == [["200"]])
      #expect(try await run(engine, "filter level = 'error' | stats count(*)", groups: [group]) == [["20"]])
      #expect(try await run(engine, "filter n > 150 | stats count(*), max(n)", groups: [group]) == [["24", "198"]])
      #expect(
        try await run(engine, "filter @message like 'step=177 ' | fields @timestamp, @logStream, @log", groups: [group]) == [
          ["1970-01-01 00:00:00.177", "s3", "1:\(group)"]
        ])
      #expect(try await run(engine, "filter @message like /loss=0.29[0-9] d/ | stats count(*)", groups: [group]) == [["5"]])
      #expect(
        try await run(engine, "fields @message | sort @timestamp desc | limit 1", groups: [group]) == [
          ["2026-01-05 08:00:00 INFO step=199 loss=0.299 done"]
        ])
      #expect(
        try await run(engine, "stats count(*) by @logStream | sort @logStream", groups: [group], streams: ["s1", "s3"]) == [
          ["s1", "50"], ["s3", "50"],
        ])
      #expect(try await run(engine, "stats count(*) as c by name | sort name", groups: [group]).count == 8)
      #expect(try await run(engine, "parse @message 'loss=* done' as loss | stats sum(loss)", groups: [group]) == [["20"]])
      if round == 0 {
        await engine.close()
        engine = try open(journal: journal)
      }
    }
    let files = scratch.files()
    #expect(files.keys.contains { $0.contains("segment-") } == (journal < 10_000))
    if group == "sealed" {
      for name in files.keys {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(scratch.path)/\(name)"))
        #expect(bytes.range(of: Data("worker".utf8)) == nil, "\(name)")
      }
      try await engine.deleteGroup("sealed")
      #expect(keys.forgotten.withLock { $0 } == ["sealed"])
    }
    await engine.close()
    #expect(engine.backgroundFault == nil)
  }

  @Test("marked bytes are answered and found as asterisks unless unmasked", arguments: ["g", "sealed"], [32 << 20, 300])
  func masks(group: String, journal: Int) async throws {
    let engine = try open(journal: journal)
    let secret = "user bob@example.com and 4111-1111 paid"
    for round in 0..<10 {
      _ = try await engine.append(
        [
          LogEvent(timestamp: Timestamp(milliseconds: Int64(round)), message: Array(secret.utf8), marks: [25..<34, 5..<20]),
          event(50, "plain"),
        ],
        group: group, stream: "s")
    }
    let masked = "user *************** and ********* paid"
    let page = try engine.read(
      group: group, stream: "s", from: nil, to: Timestamp(milliseconds: 50), position: nil, forward: true, limit: 100, byteLimit: 1 << 20)
    #expect(page.events.map(text) == Array(repeating: masked, count: 10))
    func found(_ part: String, _ unmasked: Bool) throws -> [String] {
      try engine.scan(
        group: group, streams: nil, from: nil, to: nil, after: nil, limit: 100, byteBudget: 1 << 20, unmasked: unmasked,
        where: { String(decoding: $0, as: UTF8.self).contains(part) }
      ).events.map(text)
    }
    #expect(try found("bob@", false).isEmpty)
    #expect(try found("bob@", true) == Array(repeating: secret, count: 10))
    #expect(try found("user ***", false).count == 10)
    let query = "filter @message like 'example.com' | stats count(*)"
    #expect(try await run(engine, query, groups: [group]) == [["0"]])
    #expect(try await run(engine, query, groups: [group], unmasked: true) == [["10"]])
    #expect(try await run(engine, "filter @message like '* and **' | stats count(*)", groups: [group]) == [["10"]])
    await engine.close()
    #expect(engine.backgroundFault == nil)
  }

  @Test("followers are told of events once they are stored")
  func follow() async throws {
    let engine = try open()
    let seen = Mutex<[String]>([])
    engine.onAppend { appended in
      seen.withLock { seen in
        for place in appended.events.indices {
          seen.append(
            "\(appended.group)/\(appended.stream)/\(String(decoding: appended.events[place].message, as: UTF8.self))/\(appended.id(place))")
        }
      }
    }
    _ = try await engine.append([event(2, "b"), event(1, "a")], group: "g", stream: "s")
    let ids = try engine.all("g", "s").map { "g/s/\(text($0))/\($0.id)" }
    #expect(seen.withLock { $0 } == ids)
    engine.onAppend(nil)
    _ = try await engine.append([event(3, "c")], group: "g", stream: "s")
    #expect(seen.withLock { $0.count } == 2)
    await engine.close()
  }

  @Test("a query can be cancelled, and tells what it has and how far it is")
  func cancel() async throws {
    let engine = try open(journal: 4_000)
    try await fill(engine)
    let running = try engine.query(
      plan: try Plan("stats count(*)", PlanOptions(now: Timestamp(seconds: 0))), groups: [LogQueryGroup(group: "g", log: "1:g")], from: 0,
      to: 1 << 50)
    _ = try running.partialResults()
    running.cancel()
    _ = try await running.results()
    #expect(running.progress.isCancelled && running.progress.isDone && running.progress.recordsScanned <= 200)
    await engine.close()
  }
}
