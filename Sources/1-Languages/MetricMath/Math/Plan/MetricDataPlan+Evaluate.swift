extension MetricDataPlan {
  /// How much one evaluation may do.
  public struct Limits: Hashable, Sendable {
    /// Points that all steps together may make, and series as one point each.
    public var points: Int

    public init(points: Int = 20_000_000) { self.points = points }
  }

  /// The series of each query that returns data, by its id.
  ///
  /// - Parameters:
  ///   - series: those of the metrics; one that is missing is empty.
  ///   - period: seconds of expressions that neither have a period of their own nor get one from what they are made of.
  /// Throws PlanFault, and what the source throws.
  public func evaluate(
    _ series: [String: TimeSeries], in window: TimeWindow, period: Int = 300, from source: any MetricMathSource, limits: Limits = .init()
  ) throws -> [String: [TimeSeries]] {
    var evaluator = MathEvaluator(
      window: window, period: period, values: [:], metrics: metrics, source: source, budget: limits.points)
    for id in metrics {
      evaluator.values[id] = .series(series[id] ?? TimeSeries(label: id, period: periods[id] ?? period))
    }
    for id in order {
      do {
        evaluator.period = periods[id] ?? defaultPeriod(of: id, period)
        evaluator.values[id] = try value(of: id, &evaluator)
      } catch let error as MetricMathError {
        throw PlanFault(error, in: id)
      }
    }
    var results: [String: [TimeSeries]] = [:]
    for query in queries where query.returnsData { results[query.id] = evaluator.values[query.id]?.all ?? [] }
    return results
  }

  private func value(of id: String, _ evaluator: inout MathEvaluator) throws -> MathValue {
    switch steps[id] {
    case .math(let expression):
      let value = try evaluator.value(of: expression.root)
      // The result of an expression is no metric, and has the id for a label unless the query gives one.
      guard case .series(let series) = value else { return value }
      if case .id = expression.root { return value }
      return .series(series.named(id))
    case .insights(let query):
      let found = try evaluator.source.series(selected: query, period: evaluator.period, in: evaluator.window)
      try evaluator.charge(.array(found))
      if !query.groups.isEmpty { return .array(Array(found.prefix(InsightsQuery.mostSeries))) }
      return .series((found.first ?? TimeSeries(period: evaluator.period)).named(id))
    case .metric, nil: return .array([])
    }
  }

  /// The longest period of the metrics an expression names, of all metrics when it names none.
  private func defaultPeriod(of id: String, _ fallback: Int) -> Int {
    let named = (references(id)?.ids ?? []).compactMap { periods[$0] }.max()
    return named ?? metrics.compactMap { periods[$0] }.max() ?? fallback
  }
}
