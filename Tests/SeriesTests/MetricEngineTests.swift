import Foundation
import Series
import Testing
import Time

@Suite("The metric engine")
struct MetricEngineTests {
  let scratch = Scratch()
  let clock = ManualClock(Timestamp(seconds: 1_767_225_600))
  let start: Int64 = 1_767_225_600

  func open(journal: Int = 8 << 20, files: Int = 6) throws -> MetricEngine {
    var limits = MetricEngine.Limits()
    (limits.journalBytes, limits.filesOfDay) = (journal, files)
    return try MetricEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  func key(_ name: String, _ dimensions: [String: String] = [:], namespace: String = "N", scope: String = "1/eu") -> MetricKey {
    MetricKey(scope: scope, namespace: namespace, name: name, dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) })
  }

  func sample(_ key: MetricKey, _ second: Int64, _ value: Double, unit: String? = nil, resolution: Int = 1) -> MetricSample {
    MetricSample(key: key, at: Timestamp(seconds: start + second), unit: unit, data: .value(value), resolution: resolution)
  }

  func buckets(_ engine: MetricEngine, _ key: MetricKey, _ from: Int64, _ to: Int64, _ period: Int, unit: String? = nil) throws
    -> [MetricBucket]
  {
    try engine.buckets(key, from: Timestamp(seconds: start + from), to: Timestamp(seconds: start + to), period: period, unit: unit)
  }

  @Test("sums up values, repeated values and statistic sets, and knows when a percentile is unknown")
  func forms() async throws {
    let engine = try open()
    let metric = key("m", ["b": "2", "a": "1"])
    #expect(metric.dimensions.map(\.name) == ["a", "b"])
    func at(_ second: Int64, _ data: MetricSample.Data) -> MetricSample {
      MetricSample(key: metric, at: Timestamp(seconds: start + second), unit: "Seconds", data: data, resolution: 60)
    }
    try await engine.append([at(1, .value(4)), at(59, .values([(1, 2), (10, 1)]))])
    try await engine.append([at(60, .statisticSet(count: 3, sum: 9, min: 1, max: 5)), at(61, .value(2))])
    try await engine.append([at(120, .statisticSet(count: 1, sum: 7, min: 7, max: 7))])
    let found = try buckets(engine, metric, 0, 300, 60)
    #expect(found.map(\.start) == [0, 60, 120].map { Timestamp(seconds: start + $0) })
    #expect(found.map(\.count) == [4, 4, 1] && found.map(\.sum) == [16, 11, 7])
    #expect(found.map(\.min) == [1, 1, 7] && found.map(\.max) == [10, 5, 7])
    #expect(found[0].percentile(50) == 1 && found[0].percentile(75) == 4 && found[0].percentile(100) == 10)
    #expect(found[0].trimmedMean(0, 50) == 1 && found[0].trimmedMean(50, 100) == 7 && found[0].trimmedCount(50, 100) == 2)
    #expect(found[0].percentileRank(from: 2, through: 10) == 50)
    #expect(found[1].percentile(50) == nil && found[2].percentile(99) == 7)
    #expect(found.allSatisfy { $0.unit == "Seconds" })
    #expect(try buckets(engine, metric, 0, 120, 60).count == 2)
    #expect(try buckets(engine, metric, 0, 300, 300).map(\.count) == [9])
    #expect(try buckets(engine, metric, 0, 300, 60, unit: "Bytes").isEmpty)
    await #expect(throws: SeriesFault.self) { try await engine.append([at(0, .value(.nan))]) }
    await #expect(throws: SeriesFault.self) { try await engine.append([at(0, .statisticSet(count: 0, sum: 0, min: 0, max: 0))]) }
    await engine.close()
    await #expect(throws: SeriesFault.self) { try await engine.append([at(1, .value(4))]) }
  }

  @Test("keeps units apart")
  func units() async throws {
    let engine = try open()
    try await engine.append([sample(key("m"), 0, 1, unit: "Bytes"), sample(key("m"), 1, 5, unit: "Seconds"), sample(key("m"), 2, 7)])
    let found = try buckets(engine, key("m"), 0, 60, 60)
    #expect(found.map(\.unit) == [nil, "Bytes", "Seconds"] && found.map(\.sum) == [7, 1, 5])
    #expect(try buckets(engine, key("m"), 0, 60, 60, unit: "Bytes").map(\.sum) == [1])
    #expect(
      engine.series(scope: "1/eu", namespace: nil, name: nil, dimensions: [], activeSince: nil, after: nil, limit: 9).map(\.unit) == [nil])
    await engine.close()
  }

  @Test("lists series in order, filtered and page by page")
  func listing() async throws {
    let engine = try open()
    for number in 0..<20 {
      try await engine.append([
        sample(key("m\(number % 2)", ["host": "h\(number)", "zone": "z\(number % 3)"], namespace: "N\(number % 2)"), Int64(number), 1)
      ])
    }
    try await engine.append([sample(key("m0", [:], scope: "2/us"), 0, 1)])
    func list(
      _ namespace: String?, _ name: String?, _ filters: [DimensionFilter] = [], since: Int64? = nil, after: MetricKey? = nil,
      limit: Int = 99
    )
      -> [SeriesInfo]
    {
      engine.series(
        scope: "1/eu", namespace: namespace, name: name, dimensions: filters, activeSince: since.map { Timestamp(seconds: start + $0) },
        after: after, limit: limit)
    }
    let all = list(nil, nil)
    #expect(all.count == 20 && all.map(\.key) == all.map(\.key).sorted())
    #expect(list("N1", nil).count == 10 && list("N1", "m0").isEmpty && list(nil, "m0").count == 10)
    #expect(list(nil, nil, [DimensionFilter(name: "zone", value: "z1")]).count == 7)
    #expect(list(nil, nil, [DimensionFilter(name: "zone", value: nil), DimensionFilter(name: "host", value: "h3")]).count == 1)
    #expect(list(nil, nil, since: 15).count == 5)
    var (paged, after): ([MetricKey], MetricKey?) = ([], nil)
    while let last = list(nil, nil, after: after, limit: 6).map(\.key) as [MetricKey]?, !last.isEmpty {
      paged += last
      after = last.last
    }
    #expect(paged == all.map(\.key))
    #expect(all.first { $0.key.dimensions.first?.value == "h4" }?.first == Timestamp(seconds: start + 4))
    await engine.close()
  }

  @Test("agrees with a naive model, late samples, full journals and openings included", arguments: 1...8)
  func model(seed: UInt64) async throws {
    var random = Seeded(seed)
    let size = [200, 1_500, 1 << 20][Int(seed % 3)]
    var engine = try open(journal: size, files: 3)
    var model: [(name: String, second: Int64, value: Double)] = []
    for round in 0..<80 {
      let samples = (0..<Int.random(in: 1...8, using: &random)).map { _ in
        (
          name: "m\(Int.random(in: 0..<4, using: &random))",
          second: Int64.random(in: 0..<(3 * 86_400), using: &random) / (seed % 2 == 0 ? 600 : 1),
          value: Double(Int.random(in: -50..<50, using: &random))
        )
      }
      try await engine.append(samples.map { sample(key($0.name), $0.second, $0.value) })
      model += samples
      if round % 25 == 24 {
        await engine.close()
        #expect(engine.backgroundFault == nil)
        engine = try open(journal: size, files: 3)
      }
    }
    for name in ["m0", "m1", "m2", "m3", "m4"] {
      for period in [1, 60, 300, 3_600, 86_400] {
        let (from, to): (Int64, Int64) = (86_400 / 2, 3 * 86_400)
        let groups = Dictionary(grouping: model.filter { $0.name == name && $0.second < to }) { $0.second / Int64(period) * Int64(period) }
        let expected = groups.filter { $0.key >= from / Int64(period) * Int64(period) }.sorted { $0.key < $1.key }
        let found = try buckets(engine, key(name), from, to, period)
        #expect(found.map(\.start.seconds) == expected.map { start + $0.key })
        #expect(found.map(\.count) == expected.map { Double($0.value.count) })
        #expect(found.map(\.sum) == expected.map { $0.value.reduce(0) { $0 + $1.value } })
        #expect(found.map(\.min) == expected.map { $0.value.map(\.value).min() })
        #expect(found.map(\.max) == expected.map { $0.value.map(\.value).max() })
        for (bucket, group) in zip(found, expected) {
          let values = group.value.map(\.value).sorted()
          let exact = values[max(0, Int((0.9 * Double(values.count)).rounded(.up)) - 1)]
          #expect(abs((bucket.percentile(90) ?? .infinity) - exact) <= abs(exact) * 0.01)
        }
      }
    }
    await engine.close()
  }

  /// What AWS's ladder does to samples of each second, step by step.
  @Test("keeps seconds three hours, minutes fifteen days, five minutes 63 days, hours 455 days")
  func steps() async throws {
    let engine = try open()
    try await engine.append((0..<7_200).map { sample(key("m"), $0, Double($0 % 60)) })
    try await engine.settle()
    for (day, finest, count) in [(0, 1, 7_200), (2, 60, 120), (17, 300, 24), (65, 3_600, 2)] as [(Int64, Int, Int)] {
      clock.advance(to: Timestamp(seconds: start + day * 86_400 + 3_600))
      try await engine.expire()
      // A finer period than is kept finds the same, at the beginnings of what is kept.
      let found = try buckets(engine, key("m"), 0, 7_200, 1)
      #expect(found.count == count, "after \(day) days")
      #expect(found.allSatisfy { $0.start.seconds % Int64(finest) == 0 })
      let whole = try buckets(engine, key("m"), 0, 7_200, 7_200)
      #expect(whole.map(\.count) == [7_200] && whole.map(\.sum) == [7_200 * 29.5] && whole.map(\.max) == [59])
      #expect(whole.first?.percentile(50) == 29)
    }
    clock.advance(to: Timestamp(seconds: start + 457 * 86_400))
    try await engine.expire()
    #expect(try buckets(engine, key("m"), 0, 7_200, 3_600).isEmpty)
    await engine.close()
  }

  @Test("keeps samples as long as a ladder of one's own says")
  func longLadder() async throws {
    var limits = MetricEngine.Limits()
    limits.ladder = try RetentionLadder("1m:30d,1h:3650d")
    let engine = try MetricEngine(directory: scratch.path, clock: clock, limits: limits)
    try await engine.append([sample(key("m"), 0, 7)])
    try await engine.settle()
    clock.advance(by: .seconds(3_600 * 86_400))
    try await engine.expire()
    #expect(try buckets(engine, key("m"), 0, 3_600, 3_600).map(\.sum) == [7])
    await engine.close()
  }

  @Test("a cut or damaged journal loses its end only")
  func recovery() async throws {
    var engine = try open()
    for number in 0..<10 { try await engine.append([sample(key("m"), Int64(number), 1)]) }
    await engine.close()
    let path = try scratch.journal()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in stride(from: whole.count, to: 60, by: -13) {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      engine = try open()
      let count = try buckets(engine, key("m"), 0, 60, 1).count
      #expect(count <= 10 && count >= (length - 110) / 55)
      await engine.close()
    }
    try whole.write(to: URL(fileURLWithPath: path))
    engine = try open()
    #expect(try buckets(engine, key("m"), 0, 60, 1).count == 10)
    await engine.close()
  }

  @Test("coarsens what is old and lets go of what nobody keeps")
  func ladder() async throws {
    let engine = try open(journal: 2_000)
    for number in 0..<200 { try await engine.append([sample(key("m"), Int64(number), Double(number))]) }
    try await engine.expire()
    let fine = try buckets(engine, key("m"), 0, 100, 1)
    #expect(fine.count == 100)
    clock.advance(by: .seconds(20 * 86_400))
    for number in 0..<100 { try await engine.append([sample(key("new"), 20 * 86_400 + Int64(number), 1)]) }
    try await engine.expire()
    let coarse = try buckets(engine, key("m"), 0, 86_400, 300)
    #expect(coarse.map(\.count) == [200] && coarse.map(\.sum) == [199 * 100])
    #expect(abs((coarse.first?.percentile(50) ?? 0) - 99) <= 1)
    clock.advance(by: .seconds(500 * 86_400))
    try await engine.expire()
    #expect(!scratch.files().keys.contains { $0.hasPrefix("block-") })
    await engine.close()
    #expect(engine.backgroundFault == nil)
    let again = try open()
    #expect(again.series(scope: "1/eu", namespace: nil, name: "m", dimensions: [], activeSince: nil, after: nil, limit: 9).isEmpty)
    await again.close()
  }
}
