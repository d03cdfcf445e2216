import Foundation
import LogsInsights
import Series
import Testing
import Time

/// Files of logs damaged at random: the engine opens or names the file, and what it shows was written; what is missing is told.
@Suite("Files of logs damaged at random")
struct LogDamageDiceTests {
  static let groups = ["a", "b", "c"]
  static let streams = ["s0", "s1", "s2"]
  let clock = ManualClock(Timestamp(seconds: 1_000))

  func open(_ scratch: Scratch, _ kind: UInt64) throws -> LogEngine {
    var limits = LogEngine.Limits()
    (limits.journalBytes, limits.segmentBytes, limits.blockBytes) = ([3_000, 1 << 20, 20_000][Int(kind % 3)], 6_000, 400)
    (limits.smallSlabs, limits.slabRows) = (kind % 2 == 0 ? 4 : 100, kind % 5 == 0 ? 60 : 1 << 18)
    return try LogEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  /// What an event is, as far as nobody may change it.
  struct Seen: Equatable {
    var time: Int64
    var ingested: Int64
    var message: String
  }

  private func fill(_ scratch: Scratch, _ kind: UInt64) async throws -> [String: [Seen]] {
    var random = Seeded(kind + 900)
    let engine = try open(scratch, kind)
    for round in 0..<8 {
      for group in Self.groups {
        for stream in Self.streams {
          let events = (0..<Int.random(in: 1...9, using: &random)).map { place -> LogEvent in
            let time = Int64(round * 100 + place)
            let text = LogColumnsTests.message(&random, round * 10 + place, time)
            var event = LogEvent(timestamp: Timestamp(milliseconds: time), message: text)
            if place == 7 { event.marks = [2..<9] }
            return event
          }
          _ = try await engine.append(events, group: group, stream: stream)
        }
        clock.advance(by: .milliseconds(7))
      }
      if round != 7 { try await engine.settle() }
      if round == 3 { try await engine.deleteStream(group: "b", stream: "s1") }
      if round == 4 { try await engine.expire(group: "c", before: Timestamp(milliseconds: 150)) }
      if round == 5, kind % 2 == 1 { try await engine.deleteGroup("a") }
    }
    let all = try contents(engine)
    await engine.close()
    return all
  }

  private func contents(_ engine: LogEngine) throws -> [String: [Seen]] {
    func seen(_ event: StoredLogEvent) -> Seen {
      Seen(
        time: event.timestamp.milliseconds, ingested: event.ingestedAt.milliseconds, message: String(decoding: event.message, as: UTF8.self)
      )
    }
    var all: [String: [Seen]] = [:]
    for group in Self.groups {
      for stream in Self.streams { all["\(group)/\(stream)"] = try engine.all(group, stream).map(seen) }
      all[group] = try engine.scanAll(group, limit: 50).map(seen)
    }
    return all
  }

  /// Rows of a query, or nil when it says that something could not be read.
  private func counted(_ engine: LogEngine) async throws -> [String: Int]? {
    let query = try engine.query(
      plan: try Plan("stats count(*) as n by @logStream, @log | sort n desc", PlanOptions(now: Timestamp(seconds: 0))),
      groups: Self.groups.map { LogQueryGroup(group: $0, log: "1:\($0)") }, from: 0, to: 1 << 40)
    let rows = try await query.results().rows
    if !query.progress.faults.isEmpty { return nil }
    var found: [String: Int] = [:]
    for row in rows where row.count == 3 { found["\(row[1].value.dropFirst(2))/\(row[0].value)"] = Int(row[2].value) }
    return found
  }

  /// Whether all three files of a group that know what was deleted are damaged.
  private static func isForgotten(_ done: [String]) -> Bool {
    (1...3).contains { group in
      ["index", "deleted", "deleted-copy"].allSatisfy { name in done.contains { $0.hasPrefix("groups/\(group)/\(name):") } }
    }
  }

  @Test("show what was written and tell what is missing", arguments: 0..<6 as Range<UInt64>)
  func damage(kind: UInt64) async throws {
    let whole = Scratch()
    let all = try await fill(whole, kind)
    for seed in stride(from: kind, to: DamageDice.rounds, by: 6) { try await damage(seed, whole, all) }
  }

  private func damage(_ seed: UInt64, _ whole: Scratch, _ all: [String: [Seen]]) async throws {
    let scratch = try whole.copy()
    var dice = DamageDice(random: Seeded(seed + 1))
    let done = try dice.damage(scratch)
    let hint = Comment(rawValue: "seed \(seed) \(done)")
    var added: [String] = []
    for round in 0..<3 {
      let engine: LogEngine
      do { engine = try open(scratch, seed % 6) } catch let fault as SeriesFault {
        // It names a file that was damaged.
        #expect(done.contains { fault.message.contains($0.prefix { $0 != ":" }) }, "\(hint) \(fault)")
        return
      }
      let found = try contents(engine)
      // Nothing is left that could know what was deleted, and that is told.
      if Self.isForgotten(done) {
        #expect(engine.faults.contains { $0.message.contains("may be there again") }, "\(hint)")
        return await engine.close()
      }
      for (name, events) in all {
        let old = (found[name] ?? []).filter { !$0.message.hasPrefix("new ") }
        #expect(isPart(old, of: events), "\(hint) round \(round): \(name) has what was not written")
        // Later rounds miss what was told before.
        if round == 0, old.count < events.count {
          #expect(!engine.faults.isEmpty, "\(hint): \(name) has \(old.count) of \(events.count), and nobody was told")
        }
      }
      for text in added { #expect(found["b/s1"]?.contains { $0.message == text } == true, "\(hint): \(text) is missing") }
      if let counts = try await counted(engine) {
        // Events whose messages are damaged count all the same.
        for (name, count) in counts {
          let (least, most) = (found[name]?.count ?? 0, (all[name]?.count ?? 0) + added.count)
          #expect(least <= count && count <= most, "\(hint): \(name) is counted as \(count)")
        }
      }
      _ = try await engine.append([event(5_000, "new \(round)")], group: "b", stream: "s1")
      added.append("new \(round)")
      if round == 1 { try await engine.settle() }
      await engine.close()
    }
  }
}
