import Time

/// From an instant, which is part of it, to another, which is not; in whole seconds.
public struct TimeWindow: Hashable, Sendable {
  /// Seconds since 1970.
  public let start: Int64
  /// Seconds since 1970; never before the start.
  public let end: Int64

  /// Instants further away than this many seconds are moved there, so that arithmetic on times can not overflow.
  static let farthest: Int64 = 1 << 40

  public init(start: Int64, end: Int64) {
    self.start = min(max(start, -Self.farthest), Self.farthest)
    self.end = max(min(max(end, -Self.farthest), Self.farthest), self.start)
  }

  public init(from start: Timestamp, to end: Timestamp) {
    self.init(start: start.seconds, end: end.seconds)
  }

  public func contains(_ time: Int64) -> Bool { start <= time && time < end }

  /// The first multiple of the period in or before the window: where its first point lies.
  func firstPoint(period: Int) -> Int64 {
    let period = Int64(max(period, 1))
    return floorDivide(start, period) * period
  }

  /// How many points a series without gaps has.
  func pointCount(period: Int) -> Int {
    let first = firstPoint(period: period)
    guard end > first else { return 0 }
    return Int((end - first - 1) / Int64(max(period, 1)) + 1)
  }
}

/// The quotient rounded down, of a positive divisor.
func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
  let quotient = value / by
  return value % by < 0 ? quotient - 1 : quotient
}
