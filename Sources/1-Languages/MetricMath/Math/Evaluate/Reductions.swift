extension MathEvaluator {
  /// A series to a number, an array to a series: at each time that any of its series has.
  mutating func reduced(_ value: MathValue, _ function: MathFunction) -> MathValue {
    switch value {
    case .scalar: value
    case .series(let series): .scalar(series.reduced(function))
    case .array(let array): .series(Self.reduced(array, function, period: period))
    }
  }

  private static func reduced(_ array: [TimeSeries], _ function: MathFunction, period: Int) -> TimeSeries {
    let period = array.map(\.period).max() ?? period
    let array = array.map { $0.coarser(period) }
    let gathered = dense(array, function, period: period) ?? sparse(array, function)
    var times: [Int64] = []
    var values: [Double] = []
    for (time, moments) in gathered {
      // A value that is missing counts as 0 in an average, not in the others.
      guard moments.count > 0, let value = moments.result(function, outOf: array.count), value.isFinite else { continue }
      times.append(time)
      values.append(value)
    }
    return TimeSeries(like: TimeSeries(period: period), inOrder: times, values)
  }

  /// The values of each time, in a list with a place for every period; nil when the times are not of one grid or too far apart.
  private static func dense(_ array: [TimeSeries], _ function: MathFunction, period: Int) -> [(Int64, Moments)]? {
    let step = Int64(period)
    guard let first = array.compactMap(\.times.first).min(), let last = array.compactMap(\.times.last).max() else { return [] }
    let places = (last - first) / step + 1
    guard places <= Int64(array.reduce(1_000) { $0 + 4 * $1.count }) else { return nil }
    var gathered = (0..<places).map { (first + $0 * step, Moments()) }
    let isDeviation = function == .stddev
    for series in array {
      for position in series.times.indices {
        let (place, rest) = (series.times[position] - first).quotientAndRemainder(dividingBy: step)
        guard rest == 0 else { return nil }
        gathered[Int(place)].1.add(series.values[position], isDeviation: isDeviation)
      }
    }
    return gathered
  }

  private static func sparse(_ array: [TimeSeries], _ function: MathFunction) -> [(Int64, Moments)] {
    var gathered: [Int64: Moments] = [:]
    for series in array {
      for (time, value) in zip(series.times, series.values) {
        gathered[time, default: Moments()].add(value, isDeviation: function == .stddev)
      }
    }
    return gathered.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension TimeSeries {
  /// A number of all values; nil where no values have none.
  func reduced(_ function: MathFunction) -> Double? {
    var moments = Moments()
    for value in values { moments.add(value, isDeviation: function == .stddev) }
    return moments.result(function, outOf: count).flatMap { $0.isFinite ? $0 : nil }
  }

  /// A value for each two neighbours, at the time of the later, of the seconds between them and the change.
  func steps(_ step: (Double, Double) -> Double) -> TimeSeries {
    var times: [Int64] = []
    var values: [Double] = []
    for position in self.times.indices.dropFirst() {
      let value = step(
        Double(self.times[position] - self.times[position - 1]), self.values[position] - self.values[position - 1])
      guard value.isFinite else { continue }
      times.append(self.times[position])
      values.append(value)
    }
    return TimeSeries(like: self, inOrder: times, values)
  }

  func runningSum() -> TimeSeries {
    var sum = 0.0
    return mapped {
      sum += $0
      return sum
    }
  }
}

/// What the reductions need of values, gathered in one pass.
struct Moments {
  private(set) var count = 0.0
  private(set) var sum = 0.0
  private(set) var least = Double.infinity
  private(set) var greatest = -Double.infinity
  private var mean = 0.0
  private var squares = 0.0

  /// What only the deviation needs is left out unless that is wanted.
  mutating func add(_ value: Double, isDeviation: Bool) {
    count += 1
    sum += value
    least = min(least, value)
    greatest = max(greatest, value)
    guard isDeviation else { return }
    // B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products".
    let change = value - mean
    mean += change / count
    squares += change * (value - mean)
  }

  /// The average is over that many values, of which those not added are 0. The deviation is that of the values themselves
  /// (population).
  func result(_ function: MathFunction, outOf total: Int) -> Double? {
    switch function {
    case .sum: return sum
    case .datapointCount: return count
    default: break
    }
    guard count > 0 else { return nil }
    switch function {
    case .avg: return sum / Double(max(total, 1))
    case .min: return least
    case .max: return greatest
    case .stddev: return (max(squares, 0) / count).squareRoot()
    default: return nil
    }
  }
}
