import JSON
import MetricMath
import Testing

/// Values with how often each was seen.
private struct Exact: ValueDistribution {
  var values: [(value: Double, count: Double)]
  var isSummary = false

  var count: Double { values.reduce(0) { $0 + $1.count } }
  var sum: Double { values.reduce(0) { $0 + $1.value * $1.count } }
  var min: Double { values.first?.value ?? 0 }
  var max: Double { values.last?.value ?? 0 }
  var bucketCount: Int? { isSummary ? nil : values.count }
  func bucket(at position: Int) -> (value: Double, count: Double) { values[position] }
}

@Suite struct StatisticCases {
  @Test func computes() throws {
    let file = try fixture("statistics.json")
    let values = (file["values"]?.array ?? []).map { (value: $0[0]?.double ?? 0, count: $0[1]?.double ?? 0) }
    let cases = try #require(file["cases"]?.array)
    #expect(cases.count > 30)
    for one in cases {
      let name = one["name"]?.string ?? ""
      let statistic = try #require(Statistic(name), "\(name)")
      #expect(statistic.description == one["named"]?.string ?? name)
      #expect(Statistic(statistic.description) == statistic)
      let found = statistic.compute(Exact(values: values))
      if let expected = one["is"]?.double {
        #expect(abs((found ?? .infinity) - expected) < 1e-9, "\(name): \(found ?? .nan)")
      } else {
        #expect(found == nil, "\(name)")
      }
    }
  }

  @Test func refuses() throws {
    for name in try #require(fixture("statistics.json")["refused"]?.array) {
      #expect(Statistic(name.string ?? "") == nil, "\(name.text)")
    }
  }

  @Test func countsWeigh() {
    let values = Exact(values: [(1, 98), (100, 2)])
    #expect(Statistic("p98")?.compute(values) == 1)
    #expect(Statistic("p99")?.compute(values) == 100)
    #expect(Statistic("tm98")?.compute(values) == 1)
    #expect(Statistic("tc99")?.compute(values) == 99)
    #expect(Statistic("ts99")?.compute(values) == 198)
    #expect(Statistic("PR(:1)")?.compute(values) == 98)
  }

  @Test func summariesHaveNoPercentiles() {
    let summary = Exact(values: [(1, 5), (2, 5)], isSummary: true)
    #expect(Statistic("Average")?.compute(summary) == 1.5)
    #expect(Statistic("p50")?.compute(summary) == nil)
    let same = Exact(values: [(3, 5)], isSummary: true)
    #expect(Statistic("p50")?.compute(same) == 3)
    #expect(Statistic("tm90")?.compute(same) == 3)
    #expect(Statistic("p50")?.compute(Exact(values: [])) == nil)
  }
}
