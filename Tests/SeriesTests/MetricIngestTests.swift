import Foundation
import Series
import Testing
import Time

@Suite("Taking many samples")
struct MetricIngestTests {
  let store = MetricStoreCase()

  private func batch(_ engine: MetricEngine, _ samples: [(String, Int64, Double)]) throws -> MetricBatch {
    try engine.collect(expected: samples.count) { collector in
      for (name, second, value) in samples {
        try Array(name.utf8).withUnsafeBytes { bytes in
          let space = MetricCollector.space("1/eu")
          let handle =
            try collector.find(bytes, space: space) ?? collector.define(bytes, space: space, key: store.key(name), unit: nil)
          _ = collector.add(handle, second: second, value: value)
        }
      }
    }
  }

  private func total(_ engine: MetricEngine, _ name: String) throws -> Double {
    try engine.buckets(store.key(name), from: store.time(0), to: store.time(86_400), period: 86_400, unit: nil).reduce(0) { $0 + $1.count }
  }

  @Test("batches are there at once, after moves and after opening, beside samples by name")
  func batches() async throws {
    var engine = try store.open(journal: 10_000)
    for round in 0..<100 {
      try await engine.append(try batch(engine, (0..<20).map { ("m\($0)", store.start + Int64(round), Double(round)) }))
      try await engine.append([store.sample(store.key("m3"), Int64(round), 1)])
    }
    for _ in 0..<2 {
      #expect(try total(engine, "m0") == 100 && total(engine, "m3") == 200 && total(engine, "m19") == 100)
      #expect(engine.seriesCount == 20 && engine.backgroundFault == nil)
      await engine.close()
      engine = try store.open(journal: 10_000)
    }
    await engine.close()
  }

  @Test("a repeated batch is taken once where that is asked for")
  func unique() async throws {
    let engine = try store.open()
    let samples = (0..<30).map { ("m\($0 % 3)", store.start + Int64($0), Double($0)) }
    for _ in 0..<3 { try await engine.append(try batch(engine, samples), unique: true) }
    #expect(try total(engine, "m0") == 10)
    try await engine.append(try batch(engine, samples))
    #expect(try total(engine, "m0") == 20)
    try await engine.append(try batch(engine, [("m0", store.start + 3, 99)]), unique: true)
    #expect(try total(engine, "m0") == 21)
    await engine.close()
  }

  @Test("what is no number or no time is not taken, and series are bounded")
  func bounds() async throws {
    let engine = try store.open(series: 3)
    let odd = try batch(engine, [("a", -1, 1), ("a", 5_000_000_000, 1), ("a", 1, .nan), ("a", 1, .infinity), ("a", store.start, 2)])
    #expect(odd.count == 1)
    try await engine.append(odd)
    try await engine.append([store.sample(store.key("b"), 0, 1), store.sample(store.key("c"), 0, 1)])
    #expect(throws: SeriesFault.self) { _ = try batch(engine, [("d", 1, 1)]) }
    await #expect(throws: SeriesFault.self) { try await engine.append([store.sample(store.key("d"), 0, 1)]) }
    await #expect(throws: SeriesFault.self) {
      try await engine.append([MetricSample(key: store.key("a"), at: Timestamp(seconds: -1), unit: nil, data: .value(1))])
    }
    try await engine.append([store.sample(store.key("c"), 1, 1)])
    #expect(try total(engine, "c") == 2)
    await engine.close()
  }

  @Test("samples of a thousand days in one journal find their days")
  func days() async throws {
    let engine = try store.open(journal: 30_000)
    for day in stride(from: Int64(0), to: 100, by: 1) {
      try await engine.append([
        store.sample(store.key("m"), -day * 86_400, Double(day)), store.sample(store.key("m"), -day * 86_400 + 5, 1),
      ])
    }
    try await engine.settle()
    let found = try engine.buckets(store.key("m"), from: store.time(-200 * 86_400), to: store.time(86_400), period: 86_400, unit: nil)
    #expect(found.map(\.sum) == (0..<100).reversed().map { Double($0) + 1 } && engine.backgroundFault == nil)
    await engine.close()
  }

  @Test("a ladder of one's own is kept, a wrong one is refused by name")
  func ladder() async throws {
    #expect(try RetentionLadder("1s:3h,1m:15d,5m:63d,1h:455d") == .aws && RetentionLadder.aws.text == "1s:3h,1m:15d,5m:63d,1h:455d")
    for wrong in [
      "", "1s", "1m:15d,1s:20d", "7s:1d", "1s:3h,1m:2h", "1s:3h,7m:1d", "0s:1d", "1s:-1d", "x:1d", "1s:99999999d", "2m:1d,3m:2d",
    ] {
      #expect(throws: SeriesFault.self) { _ = try RetentionLadder(wrong) }
    }
    let engine = try store.open(ladder: try RetentionLadder("10s:2d,10m:10d"))
    try await engine.append((0..<600).map { store.sample(store.key("m"), Int64($0), Double($0)) })
    try await engine.settle()
    func counts(_ period: Int) throws -> [Double] {
      try engine.buckets(store.key("m"), from: store.time(0), to: store.time(600), period: period, unit: nil).map(\.count)
    }
    store.clock.advance(by: .seconds(2 * 86_400))
    try await engine.expire()
    #expect(try counts(1) == Array(repeating: 10, count: 60))
    store.clock.advance(by: .seconds(2 * 86_400))
    try await engine.expire()
    #expect(try counts(1) == [600])
    store.clock.advance(by: .seconds(20 * 86_400))
    try await engine.expire()
    #expect(try counts(1) == [] && engine.backgroundFault == nil)
    await engine.close()
  }
}
