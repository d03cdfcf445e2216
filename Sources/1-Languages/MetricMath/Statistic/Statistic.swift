/// How the values of a period become one number.
///
/// Source: CloudWatch User Guide, "CloudWatch statistics definitions".
/// Differs: values may be negative.
public enum Statistic: Hashable, Sendable {
  case sampleCount
  case sum
  case average
  case minimum
  case maximum
  /// `p99.9`: 0...100.
  case percentile(Double)
  /// `tm90`, `TM(10%:90%)`, `TM(150:1000)`; IQM is `TM(25%:75%)`.
  case trimmedMean(Bounds)
  case winsorizedMean(Bounds)
  case trimmedCount(Bounds)
  case trimmedSum(Bounds)
  /// `PR(100:2000)`: percent of the values above the first and up to the second.
  case percentileRank(Bounds)

  /// What lies between two percentiles, or between two values: above the lower, up to and with the upper. Nil is no bound.
  public struct Bounds: Hashable, Sendable {
    public enum Unit: Hashable, Sendable {
      case percent
      case value
    }

    public let lower: Double?
    public let upper: Double?
    public let unit: Unit

    /// Nil unless there is a bound, the lower is below the upper and percents are 0...100.
    public init?(_ lower: Double?, _ upper: Double?, _ unit: Unit) {
      guard lower != nil || upper != nil, lower?.isFinite != false, upper?.isFinite != false else { return nil }
      if let lower, let upper, lower >= upper { return nil }
      if unit == .percent, [lower, upper].contains(where: { $0.map { $0 < 0 || $0 > 100 } ?? false }) { return nil }
      self.lower = lower
      self.upper = upper
      self.unit = unit
    }
  }

  /// Whether it needs the values themselves, not only their count, sum, least and greatest.
  public var needsValues: Bool {
    switch self {
    case .sampleCount, .sum, .average, .minimum, .maximum: false
    default: true
    }
  }

  /// Whether the API takes it as ExtendedStatistic rather than as Statistic.
  public var isExtended: Bool { needsValues }
}
