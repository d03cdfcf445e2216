import CloudWatch
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct MeasuredSeriesTests {
  private static func read(_ room: MetricRoom, _ query: MeasuredQuery) async throws -> [MeasuredSeries] {
    let source = try #require(room.house.invoker.measured)
    var (query, found) = (query, [MeasuredSeries]())
    repeat {
      let page = try await source.measured(query, in: TestHouse.partition)
      #expect(page.series.count <= query.limit)
      found += page.series
      query.after = page.next
    } while query.after != nil
    return found
  }

  @Test func pagesHaveEverySeriesOnce() async throws {
    let room = try await MetricRoom()
    for number in 0..<7 { try await room.put("M\(number)", [1, 2], [("D", "a")]) }
    try await room.put("Other", [5], namespace: "Z")
    let now = room.house.clock.now()
    for limit in [1, 2, 3, 100] {
      let query = MeasuredQuery(namespaces: ["N"], from: now - .seconds(300), to: now, period: 60, limit: limit)
      let found = try await Self.read(room, query)
      #expect(found.map(\.place.name) == (0..<7).map { "M\($0)" }, "limit \(limit)")
      #expect(found.allSatisfy { $0.points.map(\.sum) == [1, 2] && $0.place.dimensions == [.init(name: "D", value: "a")] })
    }
    let all = MeasuredQuery(namespaces: ["N*", "Z"], names: ["M1", "Oth*"], from: now - .seconds(300), to: now, period: 60, limit: 2)
    #expect(try await Self.read(room, all).map(\.place.name) == ["M1", "Other"])
    #expect(try await room.house.invoker.measured?.measuredPartitions() == [TestHouse.partition])
  }

  @Test func seriesWithoutSamplesInThePeriodsMakeNoGap() async throws {
    let room = try await MetricRoom()
    let now = room.house.clock.now()
    for number in 0..<6 { try await room.put("M\(number)", number % 2 == 0 ? [1, 1, 1] : [1]) }
    let query = MeasuredQuery(from: now - .seconds(240), to: now - .seconds(120), period: 60, limit: 2)
    #expect(try await Self.read(room, query).map(\.place.name) == ["M0", "M2", "M4"])
  }

  @Test func distributionsComeInByTheSink() async throws {
    let room = try await MetricRoom()
    let sink = try #require(room.house.invoker.metrics)
    let now = room.house.clock.now()
    try await sink.store(
      [MetricDatum(namespace: "N", name: "D", value: 0, time: now - .seconds(60), values: [.init(1, 2), .init(10, 1)])],
      in: TestHouse.partition)
    let query = MeasuredQuery(from: now - .seconds(300), to: now, period: 60, limit: 10)
    let point = try #require(try await Self.read(room, query).first?.points.first)
    #expect(point.count == 3 && point.sum == 12 && point.min == 1 && point.max == 10)
  }
}
