extension MathEvaluator {
  mutating func value(of function: MathFunction, _ arguments: [MathNode]) throws -> MathValue {
    switch function {
    case .metrics: return .array(chosenMetrics(arguments.first))
    case .search: return .array(try found(try MathSearch(arguments)))
    case .anomalyDetectionBand: return try band(arguments)
    case .if: return try conditional(arguments)
    case .fill: return try filled(arguments)
    case .sort: return try sorted(arguments)
    case .slice: return try slice(arguments)
    default: break
    }
    guard let first = arguments.first else { throw MetricMathError("Invalid syntax") }
    let value = try value(of: first)
    try charge(value)
    switch function {
    case .abs: return value.mapped { $0.mapped(\.magnitude) }
    case .ceil: return value.mapped { $0.mapped { $0.rounded(.up) } }
    case .floor: return value.mapped { $0.mapped { $0.rounded(.down) } }
    case .log: return value.mapped { $0.mapped(naturalLogarithm) }
    case .log10: return value.mapped { $0.mapped(decimalLogarithm) }
    case .diff: return value.mapped { $0.steps { _, change in change } }
    case .diffTime: return value.mapped { $0.steps { seconds, _ in seconds } }
    case .rate: return value.mapped { $0.steps { seconds, change in change / seconds } }
    case .runningSum: return value.mapped { $0.runningSum() }
    case .avg, .datapointCount, .max, .min, .stddev, .sum: return reduced(value, function)
    case .first: return .series(value.all.first ?? TimeSeries(period: period))
    case .last: return .series(value.all.last ?? TimeSeries(period: period))
    case .metricCount: return .scalar(Double(value.all.count))
    case .removeEmpty: return .array(value.all.filter { !$0.isEmpty })
    case .period: return .scalar(value.all.first.map { Double($0.period) })
    case .timeSeries:
      guard case .scalar(let number) = value else { throw MetricMathError("Invalid syntax") }
      return .series(try constant(number, period: period))
    case .date, .day, .epoch, .hour, .minute, .month, .year:
      let period = value.all.first?.period ?? period
      try charge(window.pointCount(period: period))
      return .series(CalendarSeries.series(function, window, period: period))
    default: throw MetricMathError("Function '\(function.rawValue)' not found")
    }
  }

  /// A series without gaps of one value; empty where there is none.
  mutating func constant(_ number: Double?, period: Int) throws -> TimeSeries {
    guard let number else { return TimeSeries(period: period) }
    let count = window.pointCount(period: period)
    try charge(count)
    let times = window.times(period: period)
    return TimeSeries(like: TimeSeries(period: period), inOrder: times, Array(repeating: number, count: count))
  }

  private func chosenMetrics(_ argument: MathNode?) -> [TimeSeries] {
    var part = ""
    if case .string(let text)? = argument { part = text }
    return metrics.lazy.filter { part.isEmpty || $0.hasPart(part) }.flatMap { values[$0]?.all ?? [] }
  }

  private mutating func found(_ search: MathSearch) throws -> [TimeSeries] {
    let series = try source.series(found: search, period: search.period ?? period, in: window)
    try charge(.array(series))
    return Array(series.prefix(SearchExpression.mostSeries))
  }

  /// Upper and lower, in that order; two empty series where no model is trained.
  private mutating func band(_ arguments: [MathNode]) throws -> MathValue {
    guard case .id(let id)? = arguments.first, case .series(let series)? = values[id] else { throw MetricMathError("Invalid syntax") }
    var width: Double? = 2
    if arguments.count > 1, case .scalar(let number) = try value(of: arguments[1]) { width = number }
    guard let width, width > 0 else {
      throw MetricMathError("Invalid argument for function 'ANOMALY_DETECTION_BAND'", detail: "the width of a band is above 0")
    }
    try charge(2 &* window.pointCount(period: series.period))
    let empty = TimeSeries(period: series.period)
    let band = try source.band(of: id, series, width: width, in: window) ?? AnomalyBand(upper: empty, lower: empty)
    return .array([band.upper, band.lower])
  }

  private mutating func sorted(_ arguments: [MathNode]) throws -> MathValue {
    guard case .word(let key) = arguments[1], case .word(let order) = arguments[2], let function = MathFunction(rawValue: key) else {
      throw MetricMathError("Invalid syntax")
    }
    let array = try value(of: arguments[0]).all
    try charge(.array(array))
    let keyed = array.enumerated().map {
      (position: $0.offset, key: $0.element.isEmpty ? nil : $0.element.reduced(function), series: $0.element)
    }
    let sorted = keyed.sorted { left, right in
      // Those without a value come last; equals stay as they were.
      switch (left.key, right.key) {
      case (nil, nil): left.position < right.position
      case (nil, _): false
      case (_, nil): true
      case (let a?, let b?): a == b ? left.position < right.position : (order == "ASC" ? a < b : a > b)
      }
    }
    let all = sorted.map(\.series)
    guard arguments.count > 3 else { return .array(all) }
    return .array(Array(all.prefix(try count(arguments[3]))))
  }

  private mutating func slice(_ arguments: [MathNode]) throws -> MathValue {
    let array = try value(of: arguments[0]).all
    let start = min(try count(arguments[1]), array.count)
    let end = arguments.count > 2 ? min(try count(arguments[2]), array.count) : array.count
    return .array(start < end ? Array(array[start..<end]) : [])
  }

  /// A number as a count: rounded down, 0 at least.
  private mutating func count(_ node: MathNode) throws -> Int {
    guard case .scalar(let number?) = try value(of: node) else { return 0 }
    return Int(min(max(number, 0), 1_000_000))
  }
}

extension TimeWindow {
  /// When the periods of a series without gaps begin.
  func times(period: Int) -> [Int64] {
    let first = firstPoint(period: period)
    return (0..<pointCount(period: period)).map { first + Int64($0) * Int64(period) }
  }
}

extension String {
  /// Whether a text is part of it, byte by byte.
  func hasPart(_ part: String) -> Bool {
    let bytes = Array(utf8)
    let wanted = Array(part.utf8)
    guard wanted.count <= bytes.count else { return false }
    return (0...(bytes.count - wanted.count)).contains { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }
}
