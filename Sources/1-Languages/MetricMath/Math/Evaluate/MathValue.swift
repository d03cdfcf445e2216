/// What an expression, or a part of it, comes to.
enum MathValue: Sendable {
  /// Nil where there is no number: the average of no values, a division by zero.
  case scalar(Double?)
  case series(TimeSeries)
  case array([TimeSeries])

  /// The series it has, in order.
  var all: [TimeSeries] {
    switch self {
    case .scalar: []
    case .series(let series): [series]
    case .array(let series): series
    }
  }

  /// The same with each series changed; a scalar stays.
  func mapped(_ change: (TimeSeries) throws -> TimeSeries) rethrows -> MathValue {
    switch self {
    case .scalar: self
    case .series(let series): .series(try change(series))
    case .array(let array): .array(try array.map(change))
    }
  }
}

extension TimeSeries {
  /// The values changed; a point whose change has no result is dropped.
  func mapped(_ change: (Double) -> Double?) -> TimeSeries {
    var changed: [Double] = []
    changed.reserveCapacity(count)
    var dropped: [Int] = []
    for position in values.indices {
      if let value = change(values[position]), value.isFinite { changed.append(value) } else { dropped.append(position) }
    }
    return TimeSeries(like: self, inOrder: times.without(dropped), changed)
  }

  /// Two series point by point: wherever one has a value, a missing one of the other counts as 0.
  ///
  /// Periods that differ: the result has the longer, and only the times that are multiples of it take part.
  /// Differs: AWS does not say what it does there.
  func combined(with other: TimeSeries, _ combine: (Double, Double) -> Double?) -> TimeSeries {
    let period = Swift.max(self.period, other.period)
    let left = coarser(period)
    let right = other.coarser(period)
    if left.times == right.times {
      var position = -1
      return TimeSeries(like: self, period: period, inOrder: left.times, left.values).mapped { value in
        position += 1
        return combine(value, right.values[position])
      }
    }
    var times: [Int64] = []
    var values: [Double] = []
    times.reserveCapacity(Swift.max(left.count, right.count))
    values.reserveCapacity(Swift.max(left.count, right.count))
    var at = 0
    var to = 0
    while at < left.count || to < right.count {
      let time = Swift.min(at < left.count ? left.times[at] : .max, to < right.count ? right.times[to] : .max)
      var a = 0.0
      var b = 0.0
      if at < left.count, left.times[at] == time {
        a = left.values[at]
        at += 1
      }
      if to < right.count, right.times[to] == time {
        b = right.values[to]
        to += 1
      }
      if let value = combine(a, b) {
        times.append(time)
        values.append(value)
      }
    }
    return TimeSeries(like: self, period: period, inOrder: times, values)
  }

  /// The points at multiples of a longer period; itself for its own.
  func coarser(_ period: Int) -> TimeSeries {
    guard period > self.period else { return self }
    var times: [Int64] = []
    var values: [Double] = []
    for position in self.times.indices where self.times[position] % Int64(period) == 0 {
      times.append(self.times[position])
      values.append(self.values[position])
    }
    return TimeSeries(like: self, period: period, inOrder: times, values)
  }

  func named(_ label: String, _ metric: MetricIdentity? = nil) -> TimeSeries {
    var series = self
    series.label = label
    series.metric = metric
    return series
  }
}

extension [Int64] {
  /// Itself without the elements at these positions, which ascend.
  fileprivate func without(_ positions: [Int]) -> [Int64] {
    guard !positions.isEmpty else { return self }
    var kept: [Int64] = []
    kept.reserveCapacity(count - positions.count)
    var next = 0
    for position in indices {
      if next < positions.count, positions[next] == position { next += 1 } else { kept.append(self[position]) }
    }
    return kept
  }
}
