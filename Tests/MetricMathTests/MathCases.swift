import JSON
import MetricMath
import Testing

@Suite struct MathCases {
  /// A value for each period, nil where there is none.
  private func values(_ series: TimeSeries, _ window: TimeWindow) -> [Double?] {
    stride(from: window.start, to: window.end, by: series.period).map { series.value(at: $0) }
  }

  private func close(_ left: [Double?], _ right: [Double?]) -> Bool {
    left.count == right.count
      && zip(left, right).allSatisfy { a, b in
        guard let a, let b else { return a == nil && b == nil }
        return abs(a - b) <= 1e-12 * max(1, abs(a))
      }
  }

  @Test func evaluates() throws {
    let cases = try #require(fixture("evaluate.json").array)
    #expect(cases.count > 80)
    for one in cases {
      let start = one["start"]?.int ?? 0
      let period = Int(one["period"]?.int ?? 60)
      var series: [String: TimeSeries] = [:]
      var queries: [MathQuery] = []
      var length = 0
      for (id, values) in one["metrics"]?.object ?? [:] {
        let values = (values.array ?? []).map(\.double)
        length = max(length, values.count)
        let present = values.enumerated().compactMap { position, value in value.map { (start + Int64(position * period), $0) } }
        series[id] = TimeSeries(label: id, period: period, times: present.map(\.0), values: present.map(\.1))
        queries.append(MathQuery(id: id, .metric(period: period), returnsData: false))
      }
      let of = one["of"]?.string ?? "e"
      let expressions = one["expressions"]?.object ?? ["e": one["expression"] ?? .null]
      for (id, text) in expressions { queries.append(MathQuery(id: id, .expression(text.string ?? ""), returnsData: id == of)) }
      let window = TimeWindow(start: start, end: start + Int64(length * period))
      let about = Comment(rawValue: one.text)
      let results = try #require(
        try MetricDataPlan(queries).evaluate(series, in: window, from: Tables())[of], about)
      if let expected = one["series"]?.array {
        #expect(results.count == 1, about)
        let found = results.first.map { values($0, window) } ?? []
        #expect(close(found, expected.map(\.double)), "\(one.text): \(found)")
      } else {
        let expected = try #require(one["array"]?.array, about)
        #expect(results.count == expected.count, about)
        for (result, expected) in zip(results, expected) {
          #expect(close(values(result, window), (expected.array ?? []).map(\.double)), "\(one.text): \(result)")
        }
      }
    }
  }

  @Test func refuses() throws {
    let cases = try #require(fixture("errors.json").array)
    #expect(cases.count > 40)
    for one in cases {
      var queries = ["m1", "m2"].map { MathQuery(id: $0, .metric(period: 60)) }
      for (id, text) in one["expressions"]?.object ?? [:] { queries.append(MathQuery(id: id, .expression(text.string ?? ""))) }
      let fault = #expect(throws: PlanFault.self, "\(one.text)") { try MetricDataPlan(queries) }
      #expect(fault?.message == one["message"]?.string, "\(fault?.description ?? "")")
    }
  }

  /// Every beginning of every expression is one or is refused.
  @Test func survivesTruncation() throws {
    for one in try fixture("evaluate.json").array ?? [] {
      let text = one["expression"]?.string ?? ""
      for length in 0...text.count { _ = try? MathExpression(String(text.prefix(length))) }
    }
  }
}
