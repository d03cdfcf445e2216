import ServiceKit
import Telemetry

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// From a histogram's buckets to values with counts, which percentiles are read from.
///
/// Every bucket becomes one value inside it: at the same share of the way from its lower to its upper bound in all buckets, so that the values
/// together have the histogram's own sum. Its minimum and maximum, where it tells them, are values of their own. So Sum, SampleCount,
/// Average, Minimum and Maximum are exact, and a percentile is off by no more than the width of its bucket.
enum HistogramValues {
  private struct Interval {
    var low: Double
    var high: Double
    var count: Double
    var value: Double { low }
  }
  private static let mostValues = 320

  /// Nil for buckets that contradict each other. Empty for a histogram without observations.
  static func values(_ point: OTLPHistogramPoint) -> [MetricDatum.Counted]? {
    guard let found = intervals(point) else { return nil }
    var intervals = found.filter { $0.count > 0 }
    guard let first = intervals.first, let last = intervals.last else { return [] }
    var sum = point.sum.flatMap { $0.isFinite ? $0 : nil }
    var exact: [MetricDatum.Counted] = []
    if let least = limit(point.min), let most = limit(point.max), least <= most, least <= first.high, most >= last.low {
      let total = intervals.reduce(0) { $0 + $1.count }
      intervals[0].low = Swift.max(first.low, Swift.min(least, first.high))
      intervals[intervals.count - 1].high = Swift.max(intervals[intervals.count - 1].low, Swift.min(last.high, most))
      intervals[0].count -= 1
      exact.append(.init(least, 1))
      sum = sum.map { $0 - least }
      if total > 1 {
        intervals[intervals.count - 1].count -= 1
        exact.append(.init(most, 1))
        sum = sum.map { $0 - most }
      }
    } else if let sum, isOpen(point) {
      raiseLast(&intervals, sum)
    }
    return merge(exact + spread(intervals.filter { $0.count > 0 }, sum))
  }

  private static func limit(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

  /// Whether observations may be above every bound.
  private static func isOpen(_ point: OTLPHistogramPoint) -> Bool {
    if case .explicit(_, let counts) = point.buckets { return counts.last ?? 0 > 0 }
    return false
  }

  /// Puts what lies above every bound where the sum says, the others taken for the middle of their buckets.
  private static func raiseLast(_ intervals: inout [Interval], _ sum: Double) {
    guard let last = intervals.last else { return }
    let others = intervals.dropLast().reduce(0) { $0 + $1.count * ($1.low + $1.high) / 2 }
    let value = Swift.max(last.low, (sum - others) / last.count)
    guard value.isFinite else { return }
    intervals[intervals.count - 1].low = value
    intervals[intervals.count - 1].high = value
  }

  private static func spread(_ intervals: [Interval], _ sum: Double?) -> [MetricDatum.Counted] {
    let low = intervals.reduce(0) { $0 + $1.count * $1.low }
    let high = intervals.reduce(0) { $0 + $1.count * $1.high }
    var share = 0.5
    if let sum, high > low, high.isFinite, low.isFinite { share = Swift.min(Swift.max((sum - low) / (high - low), 0), 1) }
    return intervals.map { .init($0.low + share * ($0.high - $0.low), $0.count) }
  }

  /// Equal values together; fewer, wider ones when there are too many.
  private static func merge(_ values: [MetricDatum.Counted]) -> [MetricDatum.Counted]? {
    var counts: [Double: Double] = [:]
    for entry in values {
      guard entry.value.isFinite, entry.count.isFinite, (entry.value * entry.count).isFinite else { return nil }
      counts[entry.value, default: 0] += entry.count
    }
    if counts.count <= mostValues { return counts.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) } }
    var distribution = Distribution()
    for (value, count) in counts { distribution.add(value, count: count) }
    return distribution.values
  }

  // MARK: Buckets

  /// In the order of values.
  private static func intervals(_ point: OTLPHistogramPoint) -> [Interval]? {
    switch point.buckets {
    case .explicit(let bounds, let counts): explicit(bounds, counts, point)
    case .exponential(let buckets): exponential(buckets)
    }
  }

  private static func explicit(_ bounds: [Double], _ counts: [UInt64], _ point: OTLPHistogramPoint) -> [Interval]? {
    guard counts.count == bounds.count + 1, bounds.allSatisfy(\.isFinite), zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
      return nil
    }
    guard let first = bounds.first, let last = bounds.last else {
      // One bucket for everything.
      let mean = point.sum.map { $0 / Double(Swift.max(1, counts[0])) } ?? 0
      return [Interval(low: point.min ?? mean, high: point.max ?? mean, count: Double(counts[0]))]
    }
    var intervals: [Interval] = []
    for (place, count) in counts.enumerated() {
      let low = place == 0 ? Swift.min(point.min ?? Swift.min(0, first), first) : bounds[place - 1]
      let high = place == bounds.count ? Swift.max(point.max ?? last, last) : bounds[place]
      intervals.append(Interval(low: low, high: high, count: Double(count)))
    }
    return intervals
  }

  private static func exponential(_ buckets: OTLPExponentialBuckets) -> [Interval]? {
    guard (-11...20).contains(buckets.scale) else { return nil }
    let step = exp2(-Double(buckets.scale))
    func bound(_ index: Int64) -> Double { Swift.min(exp2(Double(index) * step), .greatestFiniteMagnitude) }
    func side(_ side: OTLPExponentialBuckets.Side) -> [Interval] {
      side.counts.enumerated().compactMap { place, count in
        if count == 0 { return nil }
        let index = Int64(side.offset) + Int64(place)
        return Interval(low: bound(index), high: bound(index + 1), count: Double(count))
      }
    }
    let below = side(buckets.negative).reversed().map { Interval(low: -$0.high, high: -$0.low, count: $0.count) }
    return below + [Interval(low: 0, high: 0, count: Double(buckets.zeroCount))] + side(buckets.positive)
  }
}
