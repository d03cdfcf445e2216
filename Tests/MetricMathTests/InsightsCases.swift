import JSON
import MetricMath
import Testing

@Suite struct InsightsCases {
  private func measured() throws -> [InsightsQuery.Measured] {
    (try fixture("insights.json")["metrics"]?.array ?? []).map { one in
      let tags = Dictionary(uniqueKeysWithValues: (one["tags"]?.object ?? [:]).map { ($0.key, $0.value.string ?? "") })
      let buckets = (one["buckets"]?.array ?? []).map { bucket in
        let numbers = (bucket.array ?? []).compactMap(\.double)
        return InsightsQuery.Measured.Bucket(time: Int64(numbers[0]), count: numbers[1], sum: numbers[2], min: numbers[3], max: numbers[4])
      }
      return .init(metric(one["metric"] ?? .null), tags: tags, buckets)
    }
  }

  @Test func evaluates() throws {
    let measured = try measured()
    let cases = try #require(fixture("insights.json")["cases"]?.array)
    #expect(cases.count > 15)
    for one in cases {
      let text = one["query"]?.string ?? ""
      #expect(InsightsQuery.isQuery(text))
      let query = try #require(try? InsightsQuery(text), "\(text)")
      let results = query.evaluate(measured, period: 60, localAccount: "999900001111")
      let expected = try #require(one["results"]?.array)
      #expect(results.map(\.label) == expected.map { $0[0]?.string }, "\(text)")
      for (result, expected) in zip(results, expected) {
        for (position, value) in (expected[1]?.array ?? []).enumerated() {
          let found = result.value(at: Int64(position) * 60)
          #expect(found == value.double, "\(text): \(result.label)")
        }
      }
    }
  }

  @Test func refuses() throws {
    for text in try #require(fixture("insights.json")["refused"]?.array) {
      #expect(throws: MetricMathError.self, "\(text.text)") { try InsightsQuery(text.string ?? "") }
    }
    let deep = "SELECT AVG(x) FROM y WHERE " + String(repeating: "(", count: 5_000)
    #expect(throws: MetricMathError.self) { try InsightsQuery(deep) }
    #expect(!InsightsQuery.isQuery("selected + 1"))
    #expect(!InsightsQuery.isQuery(""))
  }

  @Test func survivesTruncation() throws {
    for one in try fixture("insights.json")["cases"]?.array ?? [] {
      let text = one["query"]?.string ?? ""
      for length in 0...text.count { _ = try? InsightsQuery(String(text.prefix(length))) }
    }
  }

  /// Times that do not agree, in any order, some twice.
  @Test func bucketsInAnyOrder() throws {
    func measured(_ number: Int, _ times: [Int64]) -> InsightsQuery.Measured {
      .init(
        MetricIdentity(namespace: "n", metricName: "m", dimensions: [.init(name: "d", value: "\(number)")]),
        times.map { .init(time: $0, count: 1, sum: 1, min: 1, max: 1) })
    }
    let all = [measured(1, [120, 0]), measured(2, [0, 60, 120, 60]), measured(3, [180, 120, 60, 0]), measured(4, [])]
    let results = try InsightsQuery("SELECT COUNT(m) FROM n").evaluate(all, period: 60)
    #expect(results.first?.times == [0, 60, 120, 180])
    #expect(results.first?.values == [3, 3, 3, 1])
  }

  @Test func yieldsUpToFiveHundred() throws {
    let many = (0..<700).map { number in
      InsightsQuery.Measured(
        MetricIdentity(namespace: "n", metricName: "m", dimensions: [.init(name: "d", value: "\(number)")]),
        [.init(time: 0, count: 1, sum: Double(number), min: 0, max: 0)])
    }
    let results = try InsightsQuery("SELECT SUM(m) FROM n GROUP BY d ORDER BY SUM() DESC").evaluate(many, period: 60)
    #expect(results.count == 500)
    #expect(results.first?.label == "699")
  }
}
