/// Evaluates expressions whose types have been checked.
struct MathEvaluator {
  let window: TimeWindow
  /// Seconds of series that are made of numbers.
  var period: Int
  /// What the ids have come to.
  var values: [String: MathValue]
  /// Ids of metrics as the request has them.
  let metrics: [String]
  let source: any MetricMathSource
  /// How many points may still be made.
  var budget: Int

  /// Series of one array at most.
  static let mostSeries = 10_000

  mutating func value(of node: MathNode) throws -> MathValue {
    switch node {
    case .number(let number): return .scalar(number)
    case .string, .word: throw MetricMathError("Invalid syntax")
    case .id(let id):
      guard let value = values[id] else { throw MetricMathError("Undefined variable '\(id)'") }
      return value
    case .array(let nodes):
      var series: [TimeSeries] = []
      for node in nodes {
        let value = try value(of: node)
        try charge(value)
        series += value.all
        guard series.count <= Self.mostSeries else {
          throw MetricMathError("Too many time series", detail: "an array has up to \(Self.mostSeries)")
        }
      }
      return .array(series)
    case .negated(let node):
      let value = try value(of: node)
      if case .scalar(let number) = value { return .scalar(number.map { -$0 }) }
      try charge(value)
      return value.mapped { $0.mapped { -$0 } }
    case .power(let base, let exponent):
      return try combined(try value(of: base), try value(of: exponent), .power)
    case .chain(let first, let links):
      var result = try value(of: first)
      for link in links { result = try combined(result, try value(of: link.operand), link.symbol) }
      return result
    case .call(let function, let arguments): return try value(of: function, arguments)
    }
  }

  /// Counts the points that a step is about to make.
  mutating func charge(_ values: MathValue...) throws {
    var points = 0
    for value in values { for series in value.all { points += series.count + 1 } }
    try charge(points)
  }

  mutating func charge(_ points: Int) throws {
    budget -= points
    if budget < 0 { throw MetricMathError("Too many data points", detail: "evaluate a shorter time range or a longer period") }
  }

  // MARK: Operators

  private mutating func combined(_ left: MathValue, _ right: MathValue, _ symbol: MathOperator) throws -> MathValue {
    try charge(left, right)
    switch (left, right) {
    case (.scalar(let a), .scalar(let b)):
      guard let a, let b else { return .scalar(nil) }
      return .scalar(symbol.apply(a, b))
    case (_, .scalar(let b)):
      return left.mapped { series in series.mapped { a in b.flatMap { symbol.apply(a, $0) } } }
    case (.scalar(let a), _):
      return right.mapped { series in series.mapped { b in a.flatMap { symbol.apply($0, b) } } }
    case (.series(let a), .series(let b)): return .series(a.combined(with: b, symbol.apply))
    case (.array(let a), .series(let b)):
      try charge(a.count &* b.count)
      return .array(a.map { $0.combined(with: b, symbol.apply) })
    case (.series(let a), .array(let b)):
      try charge(a.count &* b.count)
      return .array(b.map { a.combined(with: $0, symbol.apply).named($0.label, $0.metric) })
    case (.array(let a), .array(let b)):
      // One with one; what the longer has more meets nothing, which is 0 everywhere.
      let nothing = TimeSeries(period: 1)
      return .array(
        (0..<max(a.count, b.count)).map { position in
          guard position < a.count else {
            return nothing.combined(with: b[position], symbol.apply).named(b[position].label, b[position].metric)
          }
          return a[position].combined(with: position < b.count ? b[position] : nothing, symbol.apply)
        })
    }
  }
}
