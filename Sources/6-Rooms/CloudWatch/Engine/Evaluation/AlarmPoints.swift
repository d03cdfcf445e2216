import MetricMath
import Time

/// Data points by the start of their periods, in the order of time: what evaluations of one range or of many look at.
struct AlarmPoints: Sendable {
  private(set) var times: [Int64]
  private var values: [Double]
  /// How many samples each is made of; empty where that is not known.
  private var counts: [Double]
  private var lower: [Double] = []
  private var upper: [Double] = []

  init(_ times: [Int64], _ values: [Double], _ counts: [Double]) {
    self.times = times
    self.values = values
    self.counts = counts
  }

  /// Gives each point the bounds of its period; points that have none are dropped, for there is nothing to compare them with.
  mutating func limit(upper above: TimeSeries, lower below: TimeSeries) {
    var kept = AlarmPoints([], [], [])
    for place in times.indices {
      guard let high = above.value(at: times[place]), let low = below.value(at: times[place]) else { continue }
      kept.times.append(times[place])
      kept.values.append(values[place])
      kept.lower.append(low)
      kept.upper.append(high)
    }
    self = kept
  }

  /// The periods that begin at these times, of which the latest comes first.
  func range(_ starts: [Int64]) -> [AlarmEvaluation.Point] {
    var place = firstPlace(notBefore: (starts.first ?? 0) + 1)
    var points: [AlarmEvaluation.Point] = []
    points.reserveCapacity(starts.count)
    for start in starts {
      var point = AlarmEvaluation.Point(start: Timestamp(seconds: start), value: nil)
      while place > 0, times[place - 1] > start { place -= 1 }
      if place > 0, times[place - 1] == start {
        let at = place - 1
        point.value = values[at]
        if !counts.isEmpty { point.count = counts[at] }
        if !lower.isEmpty { (point.lower, point.upper) = (lower[at], upper[at]) }
      }
      points.append(point)
    }
    return points
  }

  private func firstPlace(notBefore end: Int64) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = (low + high) / 2
      if times[middle] < end { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
