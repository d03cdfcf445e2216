/// A metric math expression, read once. What it yields depends on the queries around it: see ``MetricDataPlan``.
///
/// Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
/// Differs: functions whose data Martlet does not have (DB_PERF_INSIGHTS, INSIGHT_RULE_METRIC, LAMBDA, SERVICE_QUOTA) are refused
/// by name.
public struct MathExpression: Hashable, Sendable {
  public let text: String
  /// What it needs from others.
  public let references: MathReferences
  let root: MathNode

  public init(_ text: String) throws(MetricMathError) {
    self.text = text
    root = try MathParser.parse(text)
    var references = MathReferences()
    try references.collect(root)
    self.references = references
  }
}

/// What an expression needs from others, each once and in the order of its appearance.
public struct MathReferences: Hashable, Sendable {
  /// Metrics and other expressions.
  public private(set) var ids: [String] = []
  public private(set) var searches: [MathSearch] = []
  /// For each METRICS(...) the text that the ids have to contain; empty for all.
  public private(set) var metrics: [String] = []
  /// Ids that an anomaly detection band is wanted of.
  public private(set) var bands: [String] = []
  /// How many calls of ANOMALY_DETECTION_BAND there are.
  public private(set) var bandCalls = 0

  mutating func collect(_ node: MathNode) throws(MetricMathError) {
    switch node {
    case .number, .string, .word: break
    case .id(let id): if !ids.contains(id) { ids.append(id) }
    case .array(let nodes): for node in nodes { try collect(node) }
    case .negated(let node): try collect(node)
    case .power(let base, let exponent):
      try collect(base)
      try collect(exponent)
    case .chain(let first, let links):
      try collect(first)
      for link in links { try collect(link.operand) }
    case .call(let function, let arguments):
      try collect(function, arguments)
    }
  }

  private mutating func collect(_ function: MathFunction, _ arguments: [MathNode]) throws(MetricMathError) {
    switch function {
    case .search:
      let search = try MathSearch(arguments)
      if !searches.contains(search) { searches.append(search) }
      return
    case .metrics:
      var part = ""
      if case .string(let text)? = arguments.first { part = text }
      if !metrics.contains(part) { metrics.append(part) }
    case .anomalyDetectionBand:
      bandCalls += 1
      if case .id(let id)? = arguments.first, !bands.contains(id) { bands.append(id) }
    default: break
    }
    for argument in arguments { try collect(argument) }
  }
}

/// A call of SEARCH within an expression.
public struct MathSearch: Hashable, Sendable {
  public let search: SearchExpression
  public let statistic: Statistic
  /// Seconds; nil when the call names none and that of the query holds.
  public let period: Int?

  /// `SEARCH('query', 'statistic', period)`, the period optional.
  init(_ arguments: [MathNode]) throws(MetricMathError) {
    guard MathFunction.search.arity.contains(arguments.count) else {
      throw MetricMathError("Invalid number of arguments to function 'SEARCH'", detail: "\(arguments.count) where it takes 2 to 3")
    }
    guard case .string(let query) = arguments[0], case .string(let name) = arguments[1] else {
      throw MetricMathError("Invalid argument type for function 'SEARCH'", detail: "query and statistic are strings")
    }
    search = try SearchExpression(query)
    guard let statistic = Statistic(name) else {
      throw MetricMathError("Invalid statistic '\(name.prefix(64))' for function 'SEARCH'")
    }
    self.statistic = statistic
    guard arguments.count > 2 else {
      period = nil
      return
    }
    guard case .number(let seconds) = arguments[2], let period = Int(exactly: seconds), MathQuery.isPeriod(period) else {
      throw MetricMathError(
        "Invalid period for function 'SEARCH'", detail: "a period is 1, 5, 10, 20, 30 or a multiple of 60, in seconds")
    }
    self.period = period
  }
}
