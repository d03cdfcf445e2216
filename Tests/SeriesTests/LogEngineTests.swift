import Foundation
import Series
import Testing
import Time

func event(_ time: Int64, _ text: String) -> LogEvent { LogEvent(timestamp: Timestamp(milliseconds: time), message: Array(text.utf8)) }
func text(_ event: StoredLogEvent) -> String { String(decoding: event.message, as: UTF8.self) }

extension LogEngine {
  /// Every event of a stream.
  func all(_ group: String, _ stream: String) throws -> [StoredLogEvent] {
    try read(group: group, stream: stream, from: nil, to: nil, position: nil, forward: true, limit: 1_000_000, byteLimit: .max / 4).events
  }

  func scanAll(_ group: String, streams: Set<String>? = nil, limit: Int = 7, budget: Int = 1 << 20) throws -> [StoredLogEvent] {
    var (events, position): ([StoredLogEvent], LogPosition?) = ([], nil)
    repeat {
      let scan = try scan(
        group: group, streams: streams, from: nil, to: nil, after: position, limit: limit, byteBudget: budget, where: { _ in true })
      events += scan.events
      position = scan.next
    } while position != nil
    return events
  }
}

@Suite("The log engine")
struct LogEngineTests {
  let scratch = Scratch()
  let clock = ManualClock()

  func open(journal: Int = 32 << 20, segment: Int = 16 << 20, block: Int = 64 << 10) throws -> LogEngine {
    var limits = LogEngine.Limits()
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes) = (journal, segment, block)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  @Test("orders events by time and then as they came, and keeps ids unique and sorted")
  func order() async throws {
    let engine = try open()
    let first = try await engine.append([event(5, "b"), event(3, "a"), event(5, "c")], group: "g", stream: "s")
    _ = try await engine.append([event(4, "between"), event(5, "d")], group: "g", stream: "s")
    let events = try engine.all("g", "s")
    #expect(events.map(text) == ["a", "between", "b", "c", "d"])
    #expect(events.map(\.id) == events.map(\.id).sorted())
    #expect(Set(events.map(\.id)).count == 5)
    #expect(events.map(\.id.description) == events.map(\.id.description).sorted())
    #expect(events.allSatisfy { $0.id.description.count == 56 && LogEventID($0.id.description) == $0.id })
    #expect(first.firstID == events[0].id && first.lastID == events[3].id)
    #expect(events.allSatisfy { $0.ingestedAt == clock.now() && $0.stream == "s" })
    let info = try need(engine.stream(group: "g", stream: "s"))
    #expect(info.eventCount == 5 && info.firstEvent == Timestamp(milliseconds: 3) && info.lastEvent == Timestamp(milliseconds: 5))
    #expect(engine.stream(group: "g", stream: "other") == nil && engine.streams(group: "h").isEmpty)
    await engine.close()
    await #expect(throws: SeriesFault.self) { try await engine.append([event(1, "late")], group: "g", stream: "s") }
  }

  @Test("pages both ways over a gapless line, with limits of events and bytes")
  func pages() async throws {
    let engine = try open(block: 100)
    _ = try await engine.append((0..<100).map { event(Int64($0), "event \($0)") }, group: "g", stream: "s")
    func page(_ position: LogPosition?, _ forward: Bool, _ limit: Int = 10, bytes: Int = 1 << 20) throws -> LogPage {
      try engine.read(
        group: "g", stream: "s", from: Timestamp(milliseconds: 20), to: Timestamp(milliseconds: 80), position: position, forward: forward,
        limit: limit, byteLimit: bytes)
    }
    var page1 = try page(nil, true)
    #expect(page1.events.map(\.timestamp.milliseconds) == Array(20..<30))
    page1 = try page(page1.forwardPosition, true)
    #expect(page1.events.map(\.timestamp.milliseconds) == Array(30..<40))
    #expect(try page(page1.backwardPosition, false).events.map(\.timestamp.milliseconds) == Array(20..<30))
    var tail = try page(nil, false)
    #expect(tail.events.map(\.timestamp.milliseconds) == Array(70..<80))
    let end = try page(tail.forwardPosition, true)
    #expect(end.events.isEmpty && end.forwardPosition == tail.forwardPosition)
    #expect(try page(end.backwardPosition, false).events.map(\.timestamp.milliseconds) == Array(70..<80))
    tail = try page(tail.backwardPosition, false, 3)
    #expect(tail.events.map(\.timestamp.milliseconds) == [67, 68, 69])
    #expect(try page(nil, true, 10, bytes: 1).events.count == 1)
    #expect(try page(nil, true, 10, bytes: 3 * (26 + 8)).events.count == 3)
    #expect(LogPosition(tail.forwardPosition.description) == tail.forwardPosition)
    #expect(LogPosition("nonsense") == nil)
    await engine.close()
  }

  @Test("merges streams by time, stops at its budget and goes on without loss or repetition", arguments: [1, 300, 1 << 20])
  func merge(budget: Int) async throws {
    let engine = try open(block: 120)
    for stream in 0..<5 {
      _ = try await engine.append((0..<40).map { event(Int64($0 * 5 + stream), "\(stream)") }, group: "g", stream: "s\(stream)")
    }
    #expect(try engine.scanAll("g", budget: budget).map(\.timestamp.milliseconds) == Array(0..<200))
    #expect(try engine.scanAll("g", streams: ["s1", "s3", "absent"], budget: budget).count == 80)
    let found = try engine.scan(
      group: "g", streams: nil, from: Timestamp(milliseconds: 50), to: nil, after: nil, limit: 3, byteBudget: 1 << 20,
      where: { $0.elementsEqual("4".utf8) })
    #expect(found.events.map(\.timestamp.milliseconds) == [54, 59, 64])
    #expect(found.next != nil && found.scannedBytes > 0)
    await engine.close()
  }

  @Test("has everything again after it was opened anew, before and after moving to segments", arguments: [32 << 20, 2_000])
  func reopen(journal: Int) async throws {
    var engine = try open(journal: journal, segment: 3_000, block: 500)
    for round in 0..<60 {
      for group in 0..<3 {
        _ = try await engine.append([event(Int64(1_000 - round), "\(round) of \(group)")], group: "g\(group)", stream: "s\(round % 4)")
      }
    }
    let (before, infos) = (try engine.scanAll("g1"), Set(engine.streams(group: "g1").map { "\($0.name) \($0.eventCount)" }))
    #expect(before.count == 60)
    await engine.close()
    #expect(engine.backgroundFault == nil)
    #expect(scratch.files().keys.contains { $0.contains("segment-") } == (journal < 10_000))
    engine = try open(journal: journal)
    #expect(try engine.scanAll("g1") == before)
    #expect(Set(engine.streams(group: "g1").map { "\($0.name) \($0.eventCount)" }) == infos)
    let more = try await engine.append([event(1, "more")], group: "g1", stream: "s0")
    #expect(before.allSatisfy { $0.id.description.suffix(20) < more.firstID.description.suffix(20) })
    #expect(try engine.scanAll("g1").count == 61)
    await engine.close()
  }

  @Test("refuses a directory that is open already")
  func locked() async throws {
    let engine = try open()
    #expect(throws: SeriesFault.self) { try open() }
    await engine.close()
    await (try open()).close()
  }

  @Test("many callers at once lose nothing and share the disk's time")
  func concurrent() async throws {
    let engine = try open(journal: 20_000)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<16 {
        group.addTask {
          for number in 0..<50 {
            _ = try await engine.append([event(Int64(number), "\(caller)/\(number)")], group: "g\(caller % 3)", stream: "s\(caller)")
            if number % 10 == 0 { _ = try engine.scanAll("g\(caller % 3)", limit: 50) }
          }
        }
      }
      try await group.waitForAll()
    }
    for caller in 0..<16 {
      #expect(try engine.all("g\(caller % 3)", "s\(caller)").map(text) == (0..<50).map { "\(caller)/\($0)" })
    }
    await engine.close()
    #expect(engine.backgroundFault == nil)
  }
}
