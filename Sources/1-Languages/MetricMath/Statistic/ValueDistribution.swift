/// What is known of the values of a period: exactly, or in buckets of a sketch, or only in summary.
public protocol ValueDistribution {
  var count: Double { get }
  var sum: Double { get }
  var min: Double { get }
  var max: Double { get }
  /// How many different values, or buckets, are known; nil when only the summary is.
  var bucketCount: Int? { get }
  /// A value, or what stands for those of a bucket, and how often it was seen; in ascending order of values.
  func bucket(at position: Int) -> (value: Double, count: Double)
}

extension Statistic {
  /// The statistic of a distribution; nil when it is empty, when nothing lies between the bounds of a mean, or when the values would
  /// be needed and only their summary is known (unless they are all the same).
  ///
  /// A percentile is the value at or below which that share of the values lies. A value on the border of a range in percent takes
  /// part with the share of it that is inside.
  public func compute(_ distribution: some ValueDistribution) -> Double? {
    guard distribution.count > 0 else { return nil }
    switch self {
    case .sampleCount: return distribution.count
    case .sum: return distribution.sum
    case .average: return distribution.sum / distribution.count
    case .minimum: return distribution.min
    case .maximum: return distribution.max
    default: break
    }
    guard let values = Buckets(distribution) else { return nil }
    switch self {
    case .percentile(let percent): return values.percentile(percent)
    case .trimmedMean(let bounds):
      let part = values.part(bounds)
      return part.count > 0 ? part.sum / part.count : nil
    case .winsorizedMean(let bounds): return values.winsorizedSum(bounds) / values.count
    case .trimmedCount(let bounds): return values.part(bounds).count
    case .trimmedSum(let bounds): return values.part(bounds).sum
    case .percentileRank(let bounds): return 100 * values.part(bounds).count / values.count
    default: return nil
    }
  }
}

/// The buckets of a distribution, read in place.
private struct Buckets<Distribution: ValueDistribution> {
  let distribution: Distribution
  let size: Int
  let count: Double

  init?(_ distribution: Distribution) {
    self.distribution = distribution
    if let size = distribution.bucketCount, size > 0 {
      self.size = size
      var count = 0.0
      for position in 0..<size { count += distribution.bucket(at: position).count }
      self.count = count
      if count <= 0 { return nil }
    } else {
      // A summary of values that are all the same says everything.
      guard distribution.min == distribution.max else { return nil }
      size = 0
      count = distribution.count
    }
  }

  private func forEach(_ body: (_ value: Double, _ count: Double) -> Void) {
    if size == 0 { return body(distribution.min, count) }
    for position in 0..<size {
      let (value, count) = distribution.bucket(at: position)
      body(Swift.min(Swift.max(value, distribution.min), distribution.max), count)
    }
  }

  func percentile(_ percent: Double) -> Double {
    let wanted = count * percent / 100
    var seen = 0.0
    var found: Double?
    var last = distribution.max
    forEach { value, count in
      guard found == nil, count > 0 else { return }
      seen += count
      last = value
      // Counts are added in floating point: a hair less is enough.
      if seen >= wanted * (1 - 1e-12) { found = value }
    }
    return found ?? last
  }

  func part(_ bounds: Statistic.Bounds) -> (count: Double, sum: Double) {
    var part = (count: 0.0, sum: 0.0)
    switch bounds.unit {
    case .value:
      forEach { value, count in
        guard value > (bounds.lower ?? -.infinity), value <= (bounds.upper ?? .infinity) else { return }
        part.count += count
        part.sum += value * count
      }
    case .percent:
      let first = count * (bounds.lower ?? 0) / 100
      let last = count * (bounds.upper ?? 100) / 100
      var seen = 0.0
      forEach { value, count in
        let inside = Swift.min(seen + count, last) - Swift.max(seen, first)
        seen += count
        guard inside > 0 else { return }
        part.count += inside
        part.sum += value * inside
      }
    }
    return part
  }

  /// The sum with what lies outside of the bounds moved to them.
  func winsorizedSum(_ bounds: Statistic.Bounds) -> Double {
    var lower = bounds.lower ?? -.infinity
    var upper = bounds.upper ?? .infinity
    if bounds.unit == .percent {
      lower = bounds.lower.map(percentile) ?? -.infinity
      upper = bounds.upper.map(percentile) ?? .infinity
    }
    var sum = 0.0
    forEach { value, count in sum += Swift.min(Swift.max(value, lower), upper) * count }
    return sum
  }
}
