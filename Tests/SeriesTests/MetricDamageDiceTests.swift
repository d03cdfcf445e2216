import Foundation
import Series
import Testing
import Time

/// Files of metrics damaged at random: the engine opens or names the file, and what it shows was measured; what is missing is told.
@Suite("Files of metrics damaged at random")
struct MetricDamageDiceTests {
  /// A second's samples.
  struct Seen: Equatable {
    var second: Int64
    var count: Double
    var sum: Double
    var min: Double
    var max: Double
  }

  private func fill(_ store: MetricStoreCase, _ kind: UInt64) async throws -> [String: [Seen]] {
    var random = Seeded(kind + 70)
    let engine = try open(store, kind)
    for round in 0..<8 {
      var samples: [MetricSample] = []
      for number in 0..<(6 + round) {
        for _ in 0..<Int.random(in: 1...12, using: &random) {
          let second = Int64.random(in: 0..<200_000, using: &random)
          samples.append(
            store.sample(store.key("m\(number)", ["d": "\(number)"]), second, Double(Int.random(in: 0..<1_000, using: &random)) / 8))
        }
      }
      try await engine.append(samples)
      if round % 2 == 0, round < 7 { try await engine.settle() }
    }
    let all = try contents(engine, store)
    await engine.close()
    return all
  }

  private func open(_ store: MetricStoreCase, _ kind: UInt64) throws -> MetricEngine {
    try store.open(journal: [2_000, 8 << 20][Int(kind % 2)], files: 2 + Int(kind % 3))
  }

  private func contents(_ engine: MetricEngine, _ store: MetricStoreCase) throws -> [String: [Seen]] {
    var all: [String: [Seen]] = [:]
    for number in 0..<14 {
      let key = store.key("m\(number)", ["d": "\(number)"])
      all[key.name] = try engine.buckets(key, from: store.time(0), to: store.time(300_000), period: 1, unit: nil).map {
        Seen(second: $0.start.seconds, count: $0.count, sum: $0.sum, min: $0.min, max: $0.max)
      }
    }
    return all
  }

  @Test("show what was measured and tell what is missing", arguments: 0..<6 as Range<UInt64>)
  func damage(kind: UInt64) async throws {
    let whole = MetricStoreCase()
    let all = try await fill(whole, kind)
    for seed in stride(from: kind, to: DamageDice.rounds, by: 6) { try await damage(seed, whole, all) }
  }

  private func damage(_ seed: UInt64, _ whole: MetricStoreCase, _ all: [String: [Seen]]) async throws {
    let store = MetricStoreCase(try whole.scratch.copy())
    var dice = DamageDice(random: Seeded(seed + 1))
    let done = try dice.damage(store.scratch)
    let hint = Comment(rawValue: "seed \(seed) \(done)")
    for round in 0..<3 {
      do {
        let engine = try open(store, seed % 6)
        let found = try contents(engine, store)
        for (name, seen) in all {
          let mine = found[name] ?? []
          // A second of which a record is missing has fewer samples.
          let isRight = mine.allSatisfy { one in
            seen.contains { $0.second == one.second && $0.count >= one.count && $0.min <= one.min && $0.max >= one.max }
          }
          #expect(isRight, "\(hint) round \(round): \(name) has what was not measured")
          if round == 0, mine != seen { #expect(engine.backgroundFault != nil, "\(hint): \(name) misses some, and nobody was told") }
        }
        try await engine.append([store.sample(store.key("new"), Int64(round), 1)])
        try await engine.settle()
        let new = try engine.buckets(store.key("new"), from: store.time(0), to: store.time(10), period: 1, unit: nil)
        #expect(new.map(\.start.seconds).contains(store.start + Int64(round)), "\(hint): what was just stored is missing")
        await engine.close()
      } catch let fault as SeriesFault {
        // It names a file that was damaged.
        #expect(done.contains { fault.message.contains($0.prefix { $0 != ":" }) }, "\(hint) \(fault)")
        return
      }
    }
  }
}
