/// What an expression yields, in AWS's abbreviations.
public enum MathType: String, Hashable, Sendable {
  /// A number.
  case scalar = "S"
  /// A time series.
  case series = "TS"
  /// An array of time series.
  case array = "TS[]"
}

/// Finds out what an expression yields before there is any data, and refuses what can not be evaluated.
struct MathTyping {
  /// What the ids yield.
  var types: [String: MathType]
  /// Ids of metrics, which PERIOD needs.
  var metrics: Set<String>

  func type(of node: MathNode) throws(MetricMathError) -> MathType {
    switch node {
    case .number: return .scalar
    case .string, .word: throw MetricMathError("Invalid syntax", detail: "\(node.words) is no value")
    case .id(let id):
      guard let type = types[id] else { throw MetricMathError("Undefined variable '\(id)'") }
      return type
    case .array(let nodes):
      for node in nodes where try type(of: node) == .scalar {
        throw MetricMathError("Invalid argument type", detail: "an array has time series in it, not numbers")
      }
      return .array
    case .negated(let node): return try type(of: node)
    case .power(let base, let exponent): return Self.combined(try type(of: base), try type(of: exponent))
    case .chain(let first, let links):
      var result = try type(of: first)
      for link in links { result = Self.combined(result, try type(of: link.operand)) }
      return result
    case .call(let function, let arguments): return try type(of: function, arguments)
    }
  }

  /// An array makes the result an array, else a series makes it a series.
  private static func combined(_ left: MathType, _ right: MathType) -> MathType {
    if left == .array || right == .array { return .array }
    return left == .series || right == .series ? .series : .scalar
  }

  private func type(of function: MathFunction, _ arguments: [MathNode]) throws(MetricMathError) -> MathType {
    guard function.arity.contains(arguments.count) else {
      throw MetricMathError(
        "Invalid number of arguments to function '\(function.rawValue)'",
        detail: "\(arguments.count) where it takes \(function.arity.words)")
    }
    switch function {
    case .metrics:
      if let argument = arguments.first { try require(argument, in: function, "a string") { if case .string = $0 { true } else { false } } }
      return .array
    case .search:
      _ = try MathSearch(arguments)
      return .array
    case .anomalyDetectionBand:
      try require(arguments[0], in: function, "the id of a metric or expression") { if case .id = $0 { true } else { false } }
      try expect(arguments[0], .series, in: function)
      if arguments.count > 1 { try expect(arguments[1], .scalar, in: function) }
      return .array
    case .period:
      try require(arguments[0], in: function, "the id of a metric") { if case .id(let id) = $0 { metrics.contains(id) } else { false } }
      return .scalar
    case .fill: return try fill(arguments)
    case .sort: return try sort(arguments)
    case .if: return try conditional(arguments)
    default: return try plain(function, arguments)
    }
  }

  private func plain(_ function: MathFunction, _ arguments: [MathNode]) throws(MetricMathError) -> MathType {
    let first = try type(of: arguments[0])
    switch function {
    case .abs, .ceil, .floor, .log, .log10, .diff, .diffTime, .rate, .runningSum:
      guard first != .scalar else { throw mismatch(function, "a time series or an array of them", first) }
      return first
    case .avg, .datapointCount, .max, .min, .stddev, .sum:
      guard first != .scalar else { throw mismatch(function, "a time series or an array of them", first) }
      return first == .series ? .scalar : .series
    case .first, .last:
      guard first == .array else { throw mismatch(function, "an array of time series", first) }
      return .series
    case .metricCount:
      guard first == .array else { throw mismatch(function, "an array of time series", first) }
      return .scalar
    case .removeEmpty, .slice:
      guard first == .array else { throw mismatch(function, "an array of time series", first) }
      for bound in arguments.dropFirst() { try expect(bound, .scalar, in: function) }
      return .array
    case .timeSeries:
      guard first == .scalar else { throw mismatch(function, "a number", first) }
      return .series
    default:
      guard first == .series else { throw mismatch(function, "a time series", first) }
      return .series
    }
  }

  private func fill(_ arguments: [MathNode]) throws(MetricMathError) -> MathType {
    let filled = try type(of: arguments[0])
    guard filled != .scalar else { throw mismatch(.fill, "a time series or an array of them", filled) }
    if case .word(let word) = arguments[1] {
      guard word == "REPEAT" || word == "LINEAR" else { throw mismatch(.fill, "REPEAT, LINEAR, a number or a time series", word) }
    } else if try type(of: arguments[1]) == .array {
      throw mismatch(.fill, "REPEAT, LINEAR, a number or a time series", MathType.array)
    }
    return filled
  }

  private func sort(_ arguments: [MathNode]) throws(MetricMathError) -> MathType {
    try expect(arguments[0], .array, in: .sort)
    guard case .word(let key) = arguments[1], ["AVG", "MIN", "MAX", "SUM"].contains(key) else {
      throw mismatch(.sort, "AVG, MIN, MAX or SUM", arguments[1].words)
    }
    guard case .word(let order) = arguments[2], order == "ASC" || order == "DESC" else {
      throw mismatch(.sort, "ASC or DESC", arguments[2].words)
    }
    if arguments.count > 3 { try expect(arguments[3], .scalar, in: .sort) }
    return .array
  }

  private func conditional(_ arguments: [MathNode]) throws(MetricMathError) -> MathType {
    var result = MathType.scalar
    for argument in arguments {
      let type = try type(of: argument)
      guard type != .array else { throw mismatch(.if, "a time series or a number", type) }
      if type == .series { result = .series }
    }
    // Without a value for false there may be no value at all, which only a time series can say.
    return arguments.count == 2 ? .series : result
  }

  private func expect(_ node: MathNode, _ wanted: MathType, in function: MathFunction) throws(MetricMathError) {
    let type = try type(of: node)
    guard type == wanted else { throw mismatch(function, wanted.rawValue, type) }
  }

  private func require(
    _ node: MathNode, in function: MathFunction, _ wanted: String, _ test: (MathNode) -> Bool
  ) throws(MetricMathError) {
    guard test(node) else { throw mismatch(function, wanted, node.words) }
  }

  private func mismatch(_ function: MathFunction, _ wanted: String, _ found: MathType) -> MetricMathError {
    mismatch(function, wanted, found.rawValue)
  }

  private func mismatch(_ function: MathFunction, _ wanted: String, _ found: String) -> MetricMathError {
    MetricMathError("Invalid argument type for function '\(function.rawValue)'", detail: "it takes \(wanted), not \(found)")
  }
}

extension MathNode {
  /// What it is, for an error.
  fileprivate var words: String {
    switch self {
    case .number(let number): "the number \(number)"
    case .string(let text): "the string '\(text.prefix(64))'"
    case .id(let id): "'\(id.prefix(64))'"
    case .word(let word): "'\(word.prefix(64))'"
    case .array: "an array"
    case .call(let function, _): "\(function.rawValue)(...)"
    case .negated, .chain, .power: "an expression"
    }
  }
}

extension ClosedRange<Int> {
  fileprivate var words: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound) to \(upperBound)" }
}
