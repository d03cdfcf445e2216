import Foundation
import Series
import Testing
import Time

@Suite("Blocks kept as they were before compression")
struct MetricPlainBlockTests {
  let store = MetricStoreCase()

  /// Values that do not compress, so that there are many blocks, in two files; some aggregates among them.
  private func fill(_ engine: MetricEngine, _ keys: [MetricKey]) async throws {
    var random = Seeded(9)
    for round in 0..<2 {
      for key in keys {
        try await engine.append(
          (0..<1_000).map { store.sample(key, Int64(round * 1_000 + $0), Double.random(in: 0...1, using: &random)) })
      }
      let sets = (0..<20).map { place in
        MetricSample(
          key: keys[3], at: store.time(Int64(round * 1_000 + place)), unit: nil,
          data: .statisticSet(count: 4, sum: 10, min: 1, max: 4), resolution: 1)
      }
      try await engine.append(sets)
      try await engine.settle()
    }
  }

  private func sums(_ engine: MetricEngine, _ keys: [MetricKey]) throws -> [[Double]] {
    let found = try engine.buckets(of: keys, from: store.time(0), to: store.time(2_000), period: 60, unit: nil, need: .summary)
    return found.columns.map { $0.count + $0.sum + $0.min + $0.max }
  }

  @Test("answers are the same as without, however often they are asked for")
  func same() async throws {
    let keys = (0..<40).map { store.key("m\($0)") }
    var engine = try store.open()
    try await fill(engine, keys)
    await engine.close()
    engine = try store.open(plain: 0)
    let expected = try keys.map { try sums(engine, [$0]) }
    #expect(expected.allSatisfy { $0.count == 1 } && engine.plainBytes == 0)
    await engine.close()
    for bytes in [200_000, 16 << 20] {
      engine = try store.open(plain: bytes)
      for _ in 0..<3 {
        for (key, sums) in zip(keys, expected) { #expect(try self.sums(engine, [key]) == sums) }
        // Some at once, not in order, one twice and one that is not there.
        let mixed = [keys[30], keys[2], store.key("none"), keys[3], keys[2]]
        #expect(try sums(engine, mixed) == [expected[30], expected[2], expected[3], expected[2]].flatMap { $0 })
        #expect(engine.plainBytes > 0 && engine.plainBytes <= bytes)
      }
      await engine.close()
    }
  }

  @Test("reads of many series keep nothing")
  func many() async throws {
    let keys = (0..<40).map { store.key("m\($0)") }
    let engine = try store.open()
    try await fill(engine, keys)
    _ = try sums(engine, keys)
    #expect(engine.plainBytes == 0)
    _ = try sums(engine, Array(keys.prefix(2)))
    #expect(engine.plainBytes > 0)
    await engine.close()
  }

  @Test("blocks of files that are gone are let go of")
  func joined() async throws {
    let keys = (0..<8).map { store.key("m\($0)") }
    let engine = try store.open(files: 2)
    try await fill(engine, keys)
    _ = try sums(engine, [keys[5]])
    let before = engine.plainBytes
    store.clock.advance(by: .seconds(2 * 86_400))
    try await engine.expire()
    #expect(before > 0 && engine.plainBytes == 0)
    #expect(try sums(engine, [keys[5]]).first?.isEmpty == false)
    await engine.close()
  }

  @Test("a damaged block is told of each time, and none of it is kept")
  func damage() async throws {
    let keys = (0..<40).map { store.key("m\($0)") }
    var engine = try store.open()
    try await fill(engine, keys)
    await engine.close()
    let name = try need(store.scratch.files().keys.filter { $0.hasPrefix("block-") }.min())
    let path = URL(fileURLWithPath: "\(store.scratch.path)/\(name)")
    var bytes = try Data(contentsOf: path)
    bytes[bytes.count / 2] ^= 0x40
    try bytes.write(to: path)
    engine = try store.open()
    func unreadable() -> [Int] { keys.indices.filter { (try? sums(engine, [keys[$0]])) == nil } }
    let first = unreadable()
    #expect(!first.isEmpty && first.count < 20)
    #expect(unreadable() == first)
    await engine.close()
  }
}
