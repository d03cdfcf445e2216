/// What one sample says that is no plain value: a value seen some times, or a statistic set.
struct MetricPoint: Sendable {
  /// Seconds since 1970.
  var second: UInt32
  var count: Double
  var sum: Double
  var min: Double
  var max: Double

  init(second: UInt32, count: Double, sum: Double, min: Double, max: Double) {
    self.second = second
    (self.count, self.sum, self.min, self.max) = (count, sum, min, max)
  }

  init(second: UInt32, value: Double, count: Double) {
    self.init(second: second, count: count, sum: value * count, min: value, max: value)
  }
}

enum MetricTime {
  static let day: Int64 = 86_400
  /// The last second that can be stored is in 2106.
  static let last = Int64(UInt32.max) - 2 * day

  /// The greatest multiple of the length that is not above.
  static func floor(_ second: Int64, _ length: Int64) -> Int64 {
    let rest = second % length
    return second - (rest < 0 ? rest + length : rest)
  }

  static func dayNumber(_ second: Int64) -> Int32 { Int32(clamping: floor(second, day) / day) }
  static func dayNumber(_ second: UInt32) -> Int32 { Int32(second / UInt32(day)) }
}
