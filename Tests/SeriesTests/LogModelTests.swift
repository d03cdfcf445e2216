import Series
import Testing
import Time

@Suite("The log engine and a naive model")
struct LogModelTests {
  struct Entry: Equatable {
    var stream: String
    var time: Int64
    var text: String
  }

  @Test("agree over appends, deletions, openings and reads of every kind", arguments: 1...12)
  func agree(seed: UInt64) async throws {
    let (scratch, clock) = (Scratch(), ManualClock())
    var random = Seeded(seed)
    var limits = LogEngine.Limits()
    limits.journalBytes = [300, 2_000, 1 << 20][Int(seed % 3)]
    (limits.segmentBytes, limits.blockBytes, limits.blocks) = (2_000, 200, seed % 2 == 0 ? 5 : 1_000)
    (limits.slabRows, limits.smallSlabs) = seed % 4 < 2 ? (40, 3) : (1 << 18, 16)
    var engine = try LogEngine(directory: scratch.path, clock: clock, limits: limits)
    var model: [String: [Entry]] = [:]
    var number = 0
    for _ in 0..<120 {
      let (group, stream) = ("g\(Int.random(in: 0..<3, using: &random))", "s\(Int.random(in: 0..<3, using: &random))")
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        try await engine.deleteGroup(group)
        model[group] = nil
      case 1:
        try await engine.deleteStream(group: group, stream: stream)
        model[group]?.removeAll { $0.stream == stream }
      case 2 where seed % 3 == 0: try await engine.settle()
      case 2:
        await engine.close()
        #expect(engine.backgroundFault == nil)
        engine = try LogEngine(directory: scratch.path, clock: clock, limits: limits)
      case 3...12:
        let events = (0..<Int.random(in: 1...6, using: &random)).map { _ -> LogEvent in
          number += 1
          return event(Int64.random(in: 0..<100, using: &random), "\(number)")
        }
        _ = try await engine.append(events, group: group, stream: stream)
        let sorted = events.enumerated().sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }.map(\.element)
        for one in sorted {
          model[group, default: []].append(
            Entry(stream: stream, time: one.timestamp.milliseconds, text: String(decoding: one.message, as: UTF8.self)))
        }
      default: try compare(engine, model, group, stream, &random)
      }
    }
    for group in ["g0", "g1", "g2"] { for stream in ["s0", "s1", "s2"] { try compare(engine, model, group, stream, &random) } }
    await engine.close()
  }

  func compare(_ engine: LogEngine, _ model: [String: [Entry]], _ group: String, _ stream: String, _ random: inout Seeded) throws {
    let all = (model[group] ?? []).enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    let (from, to) = (Int64.random(in: 0..<60, using: &random), Int64.random(in: 40...100, using: &random))
    let (limit, budget) = (Int.random(in: 1...9, using: &random), Int.random(in: 1...900, using: &random))
    let expected = all.filter { $0.stream == stream && $0.time >= from && $0.time < to }
    for forward in [true, false] {
      var (found, position): ([StoredLogEvent], LogPosition?) = ([], nil)
      while true {
        let page = try engine.read(
          group: group, stream: stream, from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to), position: position,
          forward: forward, limit: limit, byteLimit: budget)
        if page.events.isEmpty { break }
        #expect(page.events.count <= limit)
        found = forward ? found + page.events : page.events + found
        position = forward ? page.forwardPosition : page.backwardPosition
      }
      #expect(found.map(text) == expected.map(\.text))
    }
    var (found, position): ([StoredLogEvent], LogPosition?) = ([], nil)
    repeat {
      let scan = try engine.scan(
        group: group, streams: nil, from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: to), after: position, limit: limit,
        byteBudget: budget, where: { ($0.last ?? 0) % 2 == 0 })
      found += scan.events
      position = scan.next
    } while position != nil
    #expect(found.map(text) == all.filter { $0.time >= from && $0.time < to && ($0.text.utf8.last ?? 1) % 2 == 0 }.map(\.text))
    let mine = all.filter { $0.stream == stream }
    let info = engine.stream(group: group, stream: stream)
    #expect(info?.eventCount ?? 0 == mine.count)
    #expect(info?.firstEvent?.milliseconds == mine.first?.time && info?.lastEvent?.milliseconds == mine.last?.time)
  }
}
