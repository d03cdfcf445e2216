import Foundation
import Series
import Testing
import Time

@Suite("Files of metrics")
struct MetricFormatTests {
  let store = MetricStoreCase()

  @Test("version 1 is written anew when it is opened, the journal's samples too")
  func migration() async throws {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Fixtures/metrics-v1").path
    try FileManager.default.copyItem(atPath: fixture, toPath: store.scratch.path)
    for round in 0..<2 {
      let engine = try store.open()
      func total(_ name: String, _ dimensions: [String: String] = [:]) throws -> [MetricBucket] {
        try engine.buckets(store.key(name, dimensions), from: store.time(0), to: store.time(3_600), period: 3_600, unit: nil)
      }
      for (host, sum) in [("h0", 1_225.0), ("h1", 1_250.0)] {
        let found = try total("plain", ["host": host])
        #expect(found.map(\.count) == [50] && found.map(\.sum) == [sum] && found.first?.sketch != nil)
      }
      let sets = try total("sets")
      #expect(sets.map(\.count) == [200] && sets.map(\.sum) == [300] && sets.map(\.unit) == ["Seconds"] && sets.first?.sketch == nil)
      let many = try total("many")
      #expect(many.map(\.count) == [300] && abs((many.first?.percentile(50) ?? 0) - 1) <= 0.01 && many.first?.max == 99)
      #expect(engine.seriesCount == 4 + round)
      try await engine.append([store.sample(store.key("new"), 0, 1)])
      try await engine.settle()
      #expect(engine.backgroundFault == nil)
      await engine.close()
    }
    #expect(!store.scratch.files().keys.contains("catalogue"))
  }

  @Test("values of every kind come back bit by bit", arguments: 1...12)
  func values(seed: UInt64) async throws {
    var random = Seeded(seed)
    let engine = try store.open(journal: 40_000)
    let count = 3_000
    var value = Double.random(in: -100...100, using: &random)
    let values = (0..<count).map { place -> Double in
      switch seed % 6 {
      case 0: return Double(bitPattern: random.next())
      case 1: return (Double.random(in: -1_000...1_000, using: &random) * 100).rounded() / 100
      case 2: return Double(place * place) * 4_096
      case 3: return [0, -0.0, 1e-300, 1e300, .leastNonzeroMagnitude, 0.1, 9_007_199_254_740_992][place % 7]
      case 4:
        value += Double.random(in: -1...1, using: &random)
        return value
      default: return 7.25
      }
    }.map { $0.isFinite ? $0 : 1 }
    for start in stride(from: 0, to: count, by: 100) {
      try await engine.append(
        (start..<(start + 100)).map { store.sample(store.key("m"), Int64($0 * (seed % 2 == 0 ? 7 : $0 % 3 + 5)), values[$0]) })
    }
    try await engine.settle()
    var expected: [Int64: [Double]] = [:]
    for place in 0..<count { expected[Int64(place * (seed % 2 == 0 ? 7 : place % 3 + 5)), default: []].append(values[place]) }
    let found = try engine.buckets(store.key("m"), from: store.time(0), to: store.time(30_000), period: 1, unit: nil)
    #expect(found.count == expected.count)
    for bucket in found {
      let values = expected[bucket.start.seconds - store.start] ?? []
      #expect(bucket.count == Double(values.count) && bucket.min == values.min() && bucket.max == values.max())
    }
    #expect(engine.backgroundFault == nil)
    await engine.close()
  }

  @Test("a damaged block costs its samples, says so, and the rest goes on")
  func damage() async throws {
    var engine = try store.open()
    // Values that do not compress, so that there are many blocks.
    var random = Seeded(4)
    let keys = (0..<40).map { store.key("m\($0)") }
    for round in 0..<10 {
      try await engine.append(
        keys.flatMap { key in
          (0..<100).map { store.sample(key, Int64(round * 100 + $0), Double.random(in: 0...1, using: &random)) }
        })
    }
    try await engine.settle()
    await engine.close()
    let name = try need(store.scratch.files().keys.first { $0.hasPrefix("block-") })
    let path = URL(fileURLWithPath: "\(store.scratch.path)/\(name)")
    var bytes = try Data(contentsOf: path)
    bytes[bytes.count / 2] ^= 0x40
    try bytes.write(to: path)
    engine = try store.open(files: 2)
    func readable() -> Int {
      keys.filter { key in
        (try? engine.buckets(key, from: store.time(0), to: store.time(1_000), period: 3_600, unit: nil))?.first?.count == 1_000
      }.count
    }
    let left = readable()
    #expect(left < 40 && left >= 20, "\(left) of 40 are left")
    // Joining passes over the block, keeps the file aside and tells.
    try await engine.append([store.sample(keys[0], 2_000, 1)])
    try await engine.settle()
    store.clock.advance(by: .seconds(2 * 86_400))
    try await engine.expire()
    #expect(engine.backgroundFault?.message.contains("damaged") == true)
    #expect(store.scratch.files().keys.contains { $0.hasPrefix("damaged-block-") })
    #expect(readable() >= left - 1)
    await engine.close()
  }

  @Test("a file whose end is damaged is read by its blocks")
  func index() async throws {
    var engine = try store.open()
    for number in 0..<50 { try await engine.append([store.sample(store.key("m\(number)"), 1, Double(number))]) }
    try await engine.settle()
    await engine.close()
    let name = try need(store.scratch.files().keys.first { $0.hasPrefix("block-") })
    let path = URL(fileURLWithPath: "\(store.scratch.path)/\(name)")
    let bytes = try Data(contentsOf: path)
    try bytes.dropLast(5).write(to: path)
    engine = try store.open()
    for number in 0..<50 {
      let found = try engine.buckets(store.key("m\(number)"), from: store.time(0), to: store.time(60), period: 60, unit: nil)
      #expect(found.map(\.sum) == [Double(number)])
    }
    await engine.close()
  }
}
