extension MathEvaluator {
  /// FILL(series, filler): a value for each period of the window. Source: CloudWatch User Guide, "Functions supported for metric math".
  ///
  /// REPEAT takes the value before the gap, LINEAR draws a line over it; both leave what has no value on the needed side. Another
  /// series gives what it has at that time.
  mutating func filled(_ arguments: [MathNode]) throws -> MathValue {
    let value = try value(of: arguments[0])
    for series in value.all { try charge(window.pointCount(period: series.period)) }
    if case .word(let word) = arguments[1] {
      return value.mapped { word == "REPEAT" ? $0.filledRepeating(window) : $0.filledLinear(window) }
    }
    let filler = try self.value(of: arguments[1])
    return value.mapped { series in
      var lookup = Lookup(filler)
      return series.filled(window) { lookup.value(at: $0) }
    }
  }
}

extension TimeSeries {
  /// Its points, and at the times of the window that have none what the filler gives, which is asked in ascending order.
  func filled(_ window: TimeWindow, _ filler: (Int64) -> Double?) -> TimeSeries {
    let grid = window.times(period: period)
    var times: [Int64] = []
    var values: [Double] = []
    times.reserveCapacity(grid.count)
    values.reserveCapacity(grid.count)
    var own = 0
    for time in grid {
      while own < count, self.times[own] < time {
        times.append(self.times[own])
        values.append(self.values[own])
        own += 1
      }
      if own < count, self.times[own] == time {
        times.append(time)
        values.append(self.values[own])
        own += 1
      } else if let value = filler(time), value.isFinite {
        times.append(time)
        values.append(value)
      }
    }
    times.append(contentsOf: self.times[own...])
    values.append(contentsOf: self.values[own...])
    return TimeSeries(like: self, inOrder: times, values)
  }

  func filledRepeating(_ window: TimeWindow) -> TimeSeries {
    var before = 0
    return filled(window) { time in
      while before < count, times[before] < time { before += 1 }
      return before > 0 ? values[before - 1] : nil
    }
  }

  func filledLinear(_ window: TimeWindow) -> TimeSeries {
    var after = 0
    return filled(window) { time in
      while after < count, times[after] < time { after += 1 }
      guard after > 0, after < count else { return nil }
      let share = Double(time - times[after - 1]) / Double(times[after] - times[after - 1])
      return values[after - 1] * (1 - share) + values[after] * share
    }
  }
}
