import Time

/// What was measured in one period. Source: Amazon CloudWatch User Guide, "CloudWatch statistics definitions".
package struct MetricBucket: Sendable {
  package let start: Timestamp
  package internal(set) var count: Double
  package internal(set) var sum: Double
  package internal(set) var min: Double
  package internal(set) var max: Double
  package let unit: String?
  /// Nil when only a summary is known of some of the values, which makes percentiles impossible.
  package internal(set) var sketch: ValueSketch?

  /// 0...100; nil when only a summary is known. At most 0.8 % off, exact for up to 64 distinct values.
  package func percentile(_ percent: Double) -> Double? {
    sketch?.percentile(percent).map { Swift.min(Swift.max($0, min), max) }
  }

  /// The mean of the values between two percentiles, 0...100; nil when only a summary is known or no value is between them.
  package func trimmedMean(_ low: Double, _ high: Double) -> Double? {
    guard let part = sketch?.trimmed(low, high, floor: min, ceiling: max), part.count > 0 else { return nil }
    return part.sum / part.count
  }

  /// How many values are between two percentiles.
  package func trimmedCount(_ low: Double, _ high: Double) -> Double? { sketch?.trimmed(low, high, floor: min, ceiling: max).count }

  /// The sum of the values between two percentiles.
  package func trimmedSum(_ low: Double, _ high: Double) -> Double? { sketch?.trimmed(low, high, floor: min, ceiling: max).sum }

  /// The mean with what lies outside of two percentiles moved to them.
  package func winsorizedMean(_ low: Double, _ high: Double) -> Double? {
    guard let sketch, count > 0, let bottom = percentile(low), let top = percentile(high) else { return nil }
    let sum = zip(sketch.values, sketch.counts).reduce(0) { $0 + Swift.min(Swift.max($1.0, bottom), Swift.max(top, bottom)) * $1.1 }
    return sum / sketch.count
  }

  /// The share, 0...100, of the values that lie within the limits, both included.
  package func percentileRank(from low: Double, through high: Double) -> Double? {
    guard let sketch, sketch.count > 0 else { return nil }
    return 100 * sketch.count(from: low, through: high) / sketch.count
  }
}
