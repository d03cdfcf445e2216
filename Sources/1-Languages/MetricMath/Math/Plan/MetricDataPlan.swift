/// The queries of a request, checked and put into the order in which they can be evaluated.
///
/// How a room uses it:
/// 1. `MetricDataPlan(queries)` refuses what AWS refuses before any data is read; `alarmError` adds what only alarms refuse.
/// 2. `searches`, `insights` and `bands` say what has to be found or computed beside the metrics themselves.
/// 3. `evaluate` is given the series of the metrics and a ``MetricMathSource`` that answers those three, and yields the series of
///    each query.
///
/// Source: CloudWatch API Reference, GetMetricData, MetricDataQuery; User Guide, "Using math expressions with CloudWatch metrics".
public struct MetricDataPlan: Sendable {
  public enum Step: Hashable, Sendable {
    case metric(period: Int)
    case math(MathExpression)
    case insights(InsightsQuery)
  }

  public let queries: [MathQuery]
  /// Ids of the expressions, each after those it needs.
  public let order: [String]
  /// What each id yields.
  public let types: [String: MathType]
  let steps: [String: Step]
  /// Ids of metrics as the request has them, for METRICS().
  let metrics: [String]
  let periods: [String: Int]

  /// Throws PlanFault; an expression's is told with its id.
  public init(_ queries: [MathQuery]) throws(PlanFault) {
    self.queries = queries
    var steps: [String: Step] = [:]
    var periods: [String: Int] = [:]
    var metrics: [String] = []
    for query in queries {
      guard MathQuery.isId(query.id) else {
        throw PlanFault(
          message: "The value \(query.id.prefix(255)) for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.")
      }
      guard steps[query.id] == nil else { throw PlanFault(message: "The values for parameter id in MetricDataQueries are not unique.") }
      let step = try Self.step(of: query)
      steps[query.id] = step
      periods[query.id] = query.period
      if case .metric(let period) = step {
        metrics.append(query.id)
        periods[query.id] = period
      }
    }
    self.steps = steps
    self.metrics = metrics
    self.periods = periods
    order = try Self.order(queries, steps)
    types = try Self.types(queries, order, steps, metrics)
  }

  private static func step(of query: MathQuery) throws(PlanFault) -> Step {
    switch query.source {
    case .metric(let period): return .metric(period: period)
    case .expression(let text):
      do {
        return InsightsQuery.isQuery(text) ? .insights(try InsightsQuery(text)) : .math(try MathExpression(text))
      } catch {
        throw PlanFault(error, in: query.id)
      }
    }
  }

  /// The expressions so that each comes after those it needs, otherwise as the request has them. Throws when they need each other.
  private static func order(_ queries: [MathQuery], _ steps: [String: Step]) throws(PlanFault) -> [String] {
    var open: [String: Int] = [:]
    var needing: [String: [String]] = [:]
    var ready: [String] = []
    for query in queries {
      guard let step = steps[query.id] else { continue }
      if case .metric = step { continue }
      var needs = 0
      if case .math(let expression) = step {
        for id in expression.references.ids {
          switch steps[id] {
          case nil: throw PlanFault(MetricMathError("Undefined variable '\(id)'"), in: query.id)
          case .metric: continue
          case .math, .insights:
            needs += 1
            needing[id, default: []].append(query.id)
          }
        }
      }
      open[query.id] = needs
      if needs == 0 { ready.append(query.id) }
    }
    var at = 0
    while at < ready.count {
      for id in needing[ready[at]] ?? [] {
        let left = (open[id] ?? 1) - 1
        open[id] = left
        if left == 0 { ready.append(id) }
      }
      at += 1
    }
    if let stuck = queries.first(where: { (open[$0.id] ?? 0) > 0 }) {
      throw PlanFault(MetricMathError("Circular reference", detail: "the expression needs its own result"), in: stuck.id)
    }
    return ready
  }

  private static func types(
    _ queries: [MathQuery], _ order: [String], _ steps: [String: Step], _ metrics: [String]
  ) throws(PlanFault) -> [String: MathType] {
    var typing = MathTyping(types: [:], metrics: Set(metrics))
    for id in metrics { typing.types[id] = .series }
    let returning = Set(queries.lazy.filter(\.returnsData).map(\.id))
    for id in order {
      switch steps[id] {
      case .insights(let query): typing.types[id] = query.groups.isEmpty ? .series : .array
      case .math(let expression):
        do throws(MetricMathError) {
          let type = try typing.type(of: expression.root)
          if type == .scalar, returning.contains(id) {
            throw MetricMathError("The result is a scalar", detail: "it must be a time series or an array of time series")
          }
          typing.types[id] = type
        } catch {
          throw PlanFault(error, in: id)
        }
      case .metric, nil: break
      }
    }
    return typing.types
  }

  // MARK: What it needs

  /// The searches of all expressions with the ids of the expressions.
  public var searches: [(id: String, search: MathSearch)] {
    order.flatMap { id in references(id)?.searches.map { (id, $0) } ?? [] }
  }

  public var insights: [(id: String, query: InsightsQuery)] {
    order.compactMap { id in if case .insights(let query)? = steps[id] { (id, query) } else { nil } }
  }

  /// Ids that an anomaly detection band is wanted of.
  public var bands: [String] {
    var ids: [String] = []
    for id in order { for band in references(id)?.bands ?? [] where !ids.contains(band) { ids.append(band) } }
    return ids
  }

  /// What an expression needs; nil for a metric or a Metrics Insights query.
  public func references(_ id: String) -> MathReferences? {
    if case .math(let expression)? = steps[id] { expression.references } else { nil }
  }
}

/// Why queries are refused: the sentence of a ValidationError.
public struct PlanFault: Error, Hashable, Sendable, CustomStringConvertible {
  public let message: String
  /// What exactly, where AWS's sentence does not say.
  public let detail: String

  init(message: String, detail: String = "") {
    self.message = message
    self.detail = detail
  }

  init(_ error: MetricMathError, in id: String) {
    self.init(message: error.message(in: id), detail: error.detail)
  }

  public var description: String { detail.isEmpty ? message : "\(message): \(detail)" }
}
