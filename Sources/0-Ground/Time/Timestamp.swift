/// An instant on the UTC time line, in microseconds since 1970-01-01T00:00:00Z. Leap seconds do not exist here.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since the Unix epoch; negative before it.
  public var microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }
  /// Clamped to what an instant can be, as everything that comes from outside is.
  public init(milliseconds: Int64) { self.microseconds = Self.multiply(milliseconds, 1_000) }
  public init(seconds: Int64) { self.microseconds = Self.multiply(seconds, 1_000_000) }
  /// Rounds to the nearest microsecond. The value must be finite and within ±9e12 seconds; it is clamped to that.
  public init(epochSeconds: Double) {
    let clamped = epochSeconds.isNaN ? 0 : min(max(epochSeconds, -9e12), 9e12)
    self.microseconds = Int64((clamped * 1_000_000).rounded())
  }

  /// Whole milliseconds, rounded down.
  public var milliseconds: Int64 { Self.floorDivide(microseconds, 1_000) }
  /// Whole seconds, rounded down.
  public var seconds: Int64 { Self.floorDivide(microseconds, 1_000_000) }
  public var epochSeconds: Double { Double(microseconds) / 1_000_000 }

  public static let distantPast = Timestamp(microseconds: .min / 4)
  public static let distantFuture = Timestamp(microseconds: .max / 4)

  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }
  public static func + (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(microseconds: add(left.microseconds, right.microseconds))
  }
  public static func - (left: Timestamp, right: Duration) -> Timestamp {
    Timestamp(microseconds: add(left.microseconds, 0 &- max(right.microseconds, -.max)))
  }
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    .microseconds(add(left.microseconds, 0 &- max(right.microseconds, -.max)))
  }

  private static func multiply(_ value: Int64, _ by: Int64) -> Int64 {
    let (product, overflow) = value.multipliedReportingOverflow(by: by)
    return overflow ? (value < 0 ? distantPast.microseconds : distantFuture.microseconds) : product
  }

  private static func add(_ left: Int64, _ right: Int64) -> Int64 {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? (right < 0 ? distantPast.microseconds : distantFuture.microseconds) : sum
  }

  static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
    let quotient = value / by
    return value % by < 0 ? quotient - 1 : quotient
  }
}

extension Duration {
  /// Whole microseconds, rounded toward zero.
  public var microseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? (seconds < 0 ? .min / 4 : .max / 4) : whole + attoseconds / 1_000_000_000_000
  }
  /// Whole milliseconds, rounded toward zero.
  public var milliseconds: Int64 { microseconds / 1_000 }
  public var secondsAsDouble: Double { Double(microseconds) / 1_000_000 }
}

/// Stored and sent as a JSON number of seconds with up to six decimals; coders of a wire protocol may choose another form.
extension Timestamp: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(epochSeconds: try container.decode(Double.self))
  }
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(epochSeconds)
  }
}
