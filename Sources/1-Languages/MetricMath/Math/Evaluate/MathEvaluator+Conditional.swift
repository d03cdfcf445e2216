extension MathEvaluator {
  /// IF(condition, value, otherwise). Source: CloudWatch User Guide, "Using IF expressions".
  ///
  /// A series as condition decides for each of its points, and only those: the value (0 where that is missing), else the other
  /// (nothing where that is missing). A number as condition decides for all.
  mutating func conditional(_ arguments: [MathNode]) throws -> MathValue {
    let condition = try value(of: arguments[0])
    let value = try self.value(of: arguments[1])
    let otherwise: MathValue? = arguments.count > 2 ? try self.value(of: arguments[2]) : nil
    try charge(condition, value)
    switch condition {
    case .scalar(let number):
      let chosen = number.map { $0 != 0 ? value : otherwise } ?? nil
      // A condition over numbers alone is a number, unless there may be no value: then it is a series.
      guard let chosen else { return .series(TimeSeries(period: period)) }
      guard case .scalar(let result) = chosen, isSeries(value, otherwise) else { return chosen }
      return .series(try constant(result, period: seriesPeriod(value, otherwise)))
    case .series(let series): return .series(try decided(series, value, otherwise))
    case .array: throw MetricMathError("Invalid argument type for function 'IF'")
    }
  }

  private func isSeries(_ value: MathValue, _ otherwise: MathValue?) -> Bool {
    guard let otherwise else { return true }
    if case .scalar = value, case .scalar = otherwise { return false }
    return true
  }

  private func seriesPeriod(_ value: MathValue, _ otherwise: MathValue?) -> Int {
    (value.all + (otherwise?.all ?? [])).map(\.period).max() ?? period
  }

  private func decided(_ condition: TimeSeries, _ value: MathValue, _ otherwise: MathValue?) throws -> TimeSeries {
    let period = ((value.all + (otherwise?.all ?? [])).map(\.period) + [condition.period]).max() ?? condition.period
    let condition = condition.coarser(period)
    var yes = Lookup(value)
    var no = otherwise.map(Lookup.init)
    var times: [Int64] = []
    var values: [Double] = []
    for (time, test) in zip(condition.times, condition.values) {
      // Both move on, so that each is walked through once.
      let ifTrue = yes.value(at: time)
      let ifFalse = no?.value(at: time)
      let result: Double? = test != 0 ? (ifTrue ?? (yes.isSeries ? 0 : nil)) : (ifFalse ?? nil)
      guard let result else { continue }
      times.append(time)
      values.append(result)
    }
    return TimeSeries(like: TimeSeries(period: condition.period), inOrder: times, values)
  }
}

/// The value of a number or a series at times that are asked for in ascending order.
struct Lookup {
  private let number: Double?
  private let series: TimeSeries?
  private var position = 0

  init(_ value: MathValue) {
    switch value {
    case .scalar(let number):
      self.number = number
      series = nil
    case .series(let series):
      number = nil
      self.series = series
    case .array(let array):
      number = nil
      series = array.first
    }
  }

  var isSeries: Bool { series != nil }

  mutating func value(at time: Int64) -> Double? {
    guard let series else { return number }
    while position < series.count, series.times[position] < time { position += 1 }
    return position < series.count && series.times[position] == time ? series.values[position] : nil
  }
}
