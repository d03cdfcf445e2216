import Time

/// The quotient rounded down; the divisor is positive.
func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
  let quotient = number / divisor
  return number % divisor < 0 ? quotient - 1 : quotient
}

extension Period {
  private static let milliseconds: [Unit: Int64] = [
    .millisecond: 1, .second: 1_000, .minute: 60_000, .hour: 3_600_000, .day: 86_400_000, .week: 604_800_000,
  ]

  /// The length, when all periods of the unit are of one length.
  var fixed: Int64? { Self.milliseconds[unit].map { $0 * count } }

  /// The beginning of the period that the time is in: whole ones since 1970 in UTC; weeks begin on Monday.
  func floor(_ time: Int64) -> Int64 {
    guard time.magnitude < 1 << 58 else { return time }
    if let fixed {
      // 1970-01-01 was a Thursday.
      let shift: Int64 = unit == .week ? 3 * 86_400_000 : 0
      return floorDivide(time + shift, fixed) * fixed - shift
    }
    let months = floorDivide(Self.months(time), monthCount) * monthCount
    return Self.start(months)
  }

  /// The beginning of the period after, or the time itself where one begins.
  func ceiling(_ time: Int64) -> Int64 {
    let low = floor(time)
    if low == time { return time }
    return fixed.map { low + $0 } ?? Self.start(Self.months(low) + monthCount)
  }

  private var monthCount: Int64 {
    switch unit {
    case .quarter: count * 3
    case .year: count * 12
    default: count
    }
  }

  /// Months since January 1970.
  private static func months(_ time: Int64) -> Int64 {
    let date = CivilDate(secondsSinceEpoch: floorDivide(time, 1_000))
    return Int64(date.year - 1970) * 12 + Int64(date.month - 1)
  }

  private static func start(_ months: Int64) -> Int64 {
    let years = floorDivide(months, 12)
    return CivilDate.days(year: Int(1970 + years), month: Int(months - years * 12) + 1, day: 1) * 86_400_000
  }
}

/// `bin`, `datefloor` and `dateceil`.
final class BinNode: Node, @unchecked Sendable {
  let period: Period
  /// The length of a period when all begin at multiples of it, else 0.
  let fixed: Int64
  let source: Node?
  private let up: Bool

  init(_ period: Period, of source: Node?, up: Bool) {
    self.period = period
    self.source = source
    self.up = up
    fixed = period.unit == .week ? 0 : period.fixed ?? 0
  }

  override func value(_ frame: Frame) -> Value {
    let time: Int64
    if let source {
      guard let number = source.value(frame).number, number.magnitude < 0x1p58 else { return .missing }
      time = Int64(number)
    } else {
      time = frame.timestamp
    }
    if up { return .time(period.ceiling(time)) }
    // The usual case: after 1970 in periods of one length.
    if fixed > 0, time >= 0 { return .time(time - time % fixed) }
    return .time(period.floor(time))
  }
}
