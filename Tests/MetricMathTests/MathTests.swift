import MetricMath
import Testing

@Suite struct MathTests {
  private let window = TimeWindow(start: 0, end: 600)

  private func plan(_ expressions: String..., periods: [Int] = [60, 60]) throws -> MetricDataPlan {
    var queries = periods.enumerated().map { MathQuery(id: "m\($0.offset + 1)", .metric(period: $0.element), returnsData: false) }
    for (position, text) in expressions.enumerated() { queries.append(MathQuery(id: "e\(position + 1)", .expression(text))) }
    return try MetricDataPlan(queries)
  }

  @Test func tellsWhatItNeeds() throws {
    let expression = try MathExpression(
      "SUM(SEARCH('{AWS/Lambda, FunctionName} MetricName=\"Errors\"', 'Sum', 300)) + m1 * m1 / m2 + SUM(METRICS('x')) - FIRST(ANOMALY_DETECTION_BAND(m3, 4))"
    )
    #expect(expression.references.ids == ["m1", "m2", "m3"])
    #expect(expression.references.bands == ["m3"])
    #expect(expression.references.metrics == ["x"])
    let search = try #require(expression.references.searches.first)
    #expect(search.period == 300)
    #expect(search.statistic == .sum)
    #expect(search.search.namespace == "AWS/Lambda")
    #expect(search.search.metricName == "Errors")
  }

  @Test func typesAreKnownBeforeDataIs() throws {
    let plan = try plan("m1 + m2", "METRICS()", "SELECT AVG(a) FROM b GROUP BY c", "SELECT AVG(a) FROM b", "SUM(e3) / e4")
    #expect(plan.types["e1"] == .series)
    #expect(plan.types["e2"] == .array)
    #expect(plan.types["e3"] == .array)
    #expect(plan.types["e4"] == .series)
    #expect(plan.types["e5"] == .series)
    #expect(plan.insights.map(\.id) == ["e3", "e4"])
    #expect(plan.order.last == "e5")
  }

  @Test func theLongerPeriodDecides() throws {
    let fine = TimeSeries(period: 60, times: [0, 60, 120, 180, 240, 300], values: [1, 2, 3, 4, 5, 6])
    let coarse = TimeSeries(period: 300, times: [0, 300], values: [10, 20])
    let result = try #require(
      try plan("m1 + m2", periods: [60, 300]).evaluate(["m1": fine, "m2": coarse], in: window, from: Tables())["e1"]?.first)
    #expect(result.period == 300)
    #expect(result.times == [0, 300])
    #expect(result.values == [11, 26])
  }

  @Test func periodsOfExpressions() throws {
    func period(_ text: String, _ period: Int? = nil, metrics: [Int] = [], fallback: Int = 300) throws -> Int? {
      var queries = metrics.enumerated().map { MathQuery(id: "m\($0.offset + 1)", .metric(period: $0.element), returnsData: false) }
      queries.append(MathQuery(id: "e", .expression(text), period: period))
      return try MetricDataPlan(queries).evaluate([:], in: window, period: fallback, from: Tables())["e"]?.first?.period
    }
    #expect(try period("TIME_SERIES(5)") == 300)
    #expect(try period("TIME_SERIES(5)", fallback: 10) == 10)
    #expect(try period("TIME_SERIES(5)", 120) == 120)
    #expect(try period("TIME_SERIES(SUM(m1))", metrics: [60, 300]) == 60)
    #expect(try period("TIME_SERIES(5)", metrics: [60, 300]) == 300)
    #expect(try period("HOUR(m1)", metrics: [60, 300]) == 60)
    #expect(try period("SELECT AVG(a) FROM b", 180) == 180)
  }

  @Test func labelsOfArraysStay() throws {
    let one = TimeSeries(label: "one", period: 60, times: [0], values: [1])
    let two = TimeSeries(label: "two", period: 60, times: [0], values: [2])
    let results = try plan("FILL(METRICS(), 0)", "m1 - METRICS()", "m1 + m2").evaluate(["m1": one, "m2": two], in: window, from: Tables())
    #expect(results["e1"]?.map(\.label) == ["one", "two"])
    #expect(results["e2"]?.map(\.label) == ["one", "two"])
    #expect(results["e3"]?.map(\.label) == ["e3"])
  }

  @Test func searchesAndQueries() throws {
    var tables = Tables()
    for function in ["a", "b"] {
      let metric = MetricIdentity(
        namespace: "AWS/Lambda", metricName: "Errors", dimensions: [.init(name: "FunctionName", value: function)])
      tables.metrics.append(TimeSeries(label: function, metric: metric, period: 60, times: [0, 60], values: [1, 2]))
      tables.measured.append(.init(metric, [.init(time: 0, count: 1, sum: 3, min: 3, max: 3)]))
    }
    let plan = try plan(
      "SUM(SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum'))",
      "SELECT SUM(Errors) FROM \"AWS/Lambda\" GROUP BY FunctionName",
      "MAX(e2)", "SEARCH('nothing', 'Sum')")
    let results = try plan.evaluate([:], in: window, from: tables)
    #expect(results["e1"]?.first?.values == [2, 4])
    #expect(results["e2"]?.map(\.label) == ["a", "b"])
    #expect(results["e3"]?.first?.values == [3])
    #expect(results["e4"] == [])
  }

  @Test func bandsAreUpperThenLower() throws {
    var tables = Tables()
    let steady = TimeSeries(period: 60, times: (0..<2_000).map { Int64($0) * 60 }, values: (0..<2_000).map { 100 + Double($0 % 7) })
    tables.bands["m1"] = AnomalyModel.train(steady)
    let plan = try plan("ANOMALY_DETECTION_BAND(m1, 3)", "LAST(e1)", "IF(m1 > FIRST(e1), 1, 0)", "ANOMALY_DETECTION_BAND(m2)")
    #expect(plan.bands == ["m1", "m2"])
    let series = TimeSeries(period: 60, times: [0, 60, 120], values: [100, 1_000, 103])
    let results = try plan.evaluate(["m1": series], in: window, from: tables)
    let band = try #require(results["e1"])
    #expect(band.count == 2)
    #expect(band[0].values[0] > 103 && band[1].values[0] < 103)
    #expect(results["e2"]?.first?.values == band[1].values)
    #expect(results["e3"]?.first?.values.prefix(3) == [0, 1, 0])
    #expect(results["e4"]?.map(\.isEmpty) == [true, true])
    #expect(throws: PlanFault.self) {
      try self.plan("ANOMALY_DETECTION_BAND(m1, 0 - 1)").evaluate(["m1": series], in: window, from: tables)
    }
  }

  @Test func longSumsAreNotDeep() throws {
    let terms = Array(repeating: "m1", count: 3_000).joined(separator: "+")
    let series = TimeSeries(period: 60, times: [0], values: [1])
    #expect(try plan(terms).evaluate(["m1": series], in: window, from: Tables())["e1"]?.first?.values == [3_000])
    for deep in [
      String(repeating: "(", count: 5_000), String(repeating: "ABS(", count: 3_000), String(repeating: "m1^", count: 4_000),
      String(repeating: "[", count: 10_000), String(repeating: "-", count: 10_000), String(repeating: "m1^-", count: 3_000),
      String(repeating: "x", count: 100_000),
    ] {
      #expect(throws: MetricMathError.self) { try MathExpression(deep) }
    }
  }

  @Test func workIsBounded() throws {
    let endless = TimeWindow(start: .min, end: .max)
    let series = TimeSeries(period: 1, times: [.min, 0, .max], values: [1, .nan, 2])
    #expect(series.isEmpty)
    for text in ["FILL(m1, 0)", "TIME_SERIES(1)", "HOUR(m1)", "IF(1, 2, m1)", "ANOMALY_DETECTION_BAND(m1)"] {
      #expect(throws: PlanFault.self, "\(text)") {
        try plan(text, periods: [1]).evaluate(["m1": series], in: endless, from: Tables())
      }
    }
    #expect(throws: PlanFault.self) {
      let many = (0..<20).map { _ in "[METRICS(), METRICS()]" }
      var queries = [MathQuery(id: "m1", .metric(period: 60))]
      for (position, _) in many.enumerated() {
        let before = position == 0 ? "m1" : "e\(position - 1)"
        queries.append(MathQuery(id: "e\(position)", .expression("-[\(before), \(before), \(before), \(before)]"), returnsData: false))
      }
      let series = TimeSeries(period: 60, times: [0], values: [1])
      _ = try MetricDataPlan(queries).evaluate(["m1": series], in: window, from: Tables())
    }
  }

  @Test(arguments: [
    ("m1 + m2", nil), ("SEARCH('a', 'Sum')", "SEARCH is not supported on Metric Alarms."),
    (
      "METRICS()",
      "Metrics expression that return multi time series are only allowed for MetricsInsights expression with an ORDER BY clause"
    ),
    (
      "SELECT AVG(a) FROM b GROUP BY c",
      "Metrics expression that return multi time series are only allowed for MetricsInsights expression with an ORDER BY clause"
    ), ("SELECT AVG(a) FROM b GROUP BY c ORDER BY MAX() DESC", nil), ("SELECT AVG(a) FROM b", nil),
  ]) func alarms(_ text: String, _ message: String?) throws {
    #expect(try plan(text).alarmError()?.message == message)
  }

  @Test func alarmsOnBands() throws {
    let queries = [
      MathQuery(id: "m1", .metric(period: 60)), MathQuery(id: "band", .expression("ANOMALY_DETECTION_BAND(m1, 2)")),
    ]
    let plan = try MetricDataPlan(queries)
    #expect(plan.alarmError(thresholdMetricId: "band") == nil)
    #expect(plan.alarmError(thresholdMetricId: "m1") != nil)
    #expect(plan.alarmError()?.message == "Exactly one element of the metrics list should return data.")
    let many = (0..<11).map { MathQuery(id: "m\($0)", .metric(period: 60), returnsData: $0 == 0) }
    #expect(try MetricDataPlan(many).alarmError()?.message == "Too many metrics in alarm, maximum is 10")
  }

  @Test func detectorsOnMath() throws {
    #expect(try plan("m1 / m2").anomalyDetectorError == nil)
    #expect(try plan("SUM(METRICS())").anomalyDetectorError != nil)
    #expect(try plan("m1 / m2", periods: [60, 300]).anomalyDetectorError != nil)
    #expect(try plan("m1 / m2", periods: [1, 1]).anomalyDetectorError != nil)
  }
}
