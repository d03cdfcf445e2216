import Telemetry

/// What a cumulative histogram counted since the point before.
enum HistogramDifference {
  /// Nil when the histogram began anew since. What is least and greatest since then is not known.
  static func between(_ before: OTLPHistogramPoint, _ now: OTLPHistogramPoint) -> OTLPHistogramPoint? {
    guard now.count >= before.count else { return nil }
    var point = now
    point.count = now.count - before.count
    (point.min, point.max) = (nil, nil)
    if let sum = now.sum, let earlier = before.sum { point.sum = sum - earlier }
    switch (before.buckets, now.buckets) {
    case (.explicit(let bounds, let earlier), .explicit(let same, let counts)):
      guard bounds == same, let left = subtract(earlier, counts) else { return nil }
      point.buckets = .explicit(bounds: bounds, counts: left)
    case (.exponential(let earlier), .exponential(let buckets)):
      guard let left = subtract(earlier, buckets) else { return nil }
      point.buckets = .exponential(left)
    default: return nil
    }
    return point
  }

  private static func subtract(_ before: [UInt64], _ now: [UInt64]) -> [UInt64]? {
    guard before.count == now.count, zip(before, now).allSatisfy({ $0 <= $1 }) else { return nil }
    return zip(before, now).map { $1 - $0 }
  }

  private static func subtract(_ before: OTLPExponentialBuckets, _ now: OTLPExponentialBuckets) -> OTLPExponentialBuckets? {
    guard before.scale >= now.scale, before.zeroCount <= now.zeroCount else { return nil }
    let shift = Int64(before.scale) - Int64(now.scale)
    var left = now
    left.zeroCount = now.zeroCount - before.zeroCount
    guard let positive = subtract(before.positive, now.positive, shift), let negative = subtract(before.negative, now.negative, shift)
    else {
      return nil
    }
    (left.positive, left.negative) = (positive, negative)
    return left
  }

  /// - Parameter shift: by how many times the buckets have been joined two and two.
  private static func subtract(
    _ before: OTLPExponentialBuckets.Side, _ now: OTLPExponentialBuckets.Side, _ shift: Int64
  ) -> OTLPExponentialBuckets.Side? {
    var left = now
    for (place, count) in before.counts.enumerated() where count > 0 {
      let index = (Int64(before.offset) + Int64(place)) >> min(shift, 62)
      let here = index - Int64(now.offset)
      guard here >= 0, here < left.counts.count, left.counts[Int(here)] >= count else { return nil }
      left.counts[Int(here)] -= count
    }
    return left
  }
}
