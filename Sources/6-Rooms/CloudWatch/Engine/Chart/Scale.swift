import MetricMath
import Time

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// From values to places on an axis, with marks at round numbers.
struct Scale {
  let low: Double
  let high: Double
  let ticks: [Double]

  /// - Parameters:
  ///   - values: the least and the greatest to be shown; nil when there are none.
  ///   - isFromZero: whether 0 is to be on it.
  ///   - count: how many marks there is room for.
  init(_ values: ClosedRange<Double>?, _ axis: Chart.Axis, isFromZero: Bool, count: Int) {
    var low = values?.lowerBound ?? 0
    var high = values?.upperBound ?? 1
    if isFromZero || (low > 0 && low < high / 2) { low = min(low, 0) }
    if isFromZero { high = max(high, 0) }
    if high <= low {
      let room = max(abs(low) * 0.1, low == 0 ? 1 : 1e-9)
      (low, high) = low == 0 ? (0, 1) : (low - room, high + room)
    }
    let step = Self.step(high - low, count)
    if axis.min == nil { low = (low / step).rounded(.down) * step }
    if axis.max == nil { high = (high / step + 1e-9).rounded(.up) * step }
    low = axis.min ?? low
    high = axis.max ?? high
    if !(high > low) || !(high - low).isFinite { high = low + max(abs(low) * 0.1, 1) }
    (self.low, self.high) = (low, high)
    ticks = Self.ticks(low, high, Self.step(high - low, count))
  }

  /// 1, 2 or 5 times a power of ten, so that there are at most about so many.
  private static func step(_ length: Double, _ count: Int) -> Double {
    let rough = length / Double(max(count, 1))
    guard rough.isFinite, rough > 0 else { return 1 }
    let power = pow(10, log10(rough).rounded(.down))
    let factor = [1.0, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10
    return max(factor * power, .leastNormalMagnitude)
  }

  private static func ticks(_ low: Double, _ high: Double, _ step: Double) -> [Double] {
    let first = (low / step - 1e-9).rounded(.up)
    var ticks: [Double] = []
    for number in 0..<50 {
      let value = (first + Double(number)) * step
      if value > high + step * 1e-6 { break }
      ticks.append(value == 0 ? 0 : value)
    }
    return ticks
  }

  /// 0 at the low end, 1 at the high one.
  func share(_ value: Double) -> Double { (value - low) / (high - low) }

  /// The text of a mark: short, with k, M, G and T for thousands.
  func text(_ value: Double) -> String { Scale.text(value, step: ticks.count > 1 ? ticks[1] - ticks[0] : 0) }

  static func text(_ value: Double, step: Double = 0) -> String {
    guard value.isFinite else { return "--" }
    if value == 0 { return "0" }
    let size = max(value.magnitude, step)
    if size >= 1e15 || size < 1e-6 { return exponent(value) }
    let (unit, name): (Double, String) =
      size >= 1e12 ? (1e12, "T") : size >= 1e9 ? (1e9, "G") : size >= 1e6 ? (1e6, "M") : size >= 1e4 ? (1e3, "k") : (1, "")
    let scaled = value / unit
    let fine = step > 0 ? step / unit : scaled.magnitude / 1_000
    var digits = 0
    while digits < 8, fine < 1, (fine * pow(10, Double(digits))).rounded(.down) < 1 { digits += 1 }
    return fixed(scaled, digits) + name
  }

  private static func exponent(_ value: Double) -> String {
    let power = log10(value.magnitude).rounded(.down)
    return "\(fixed(value / pow(10, power), 2))e\(Int(power))"
  }

  /// With at most so many decimals, none that is 0 at the end.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    let factor = pow(10, Double(min(max(digits, 0), 12)))
    let rounded = (value.magnitude * factor).rounded()
    guard rounded < 9e15 else { return "\(value)" }
    let whole = Int64(rounded)
    let (front, back) = (whole / Int64(factor), whole % Int64(factor))
    var text = "\(value < 0 && whole != 0 ? "-" : "")\(front)"
    guard back > 0 else { return text }
    var tail = String(String(back + Int64(factor)).dropFirst())
    while tail.last == "0" { tail.removeLast() }
    text += ".\(tail)"
    return text
  }
}

/// Marks on the axis of time, at round times of the zone shown.
struct TimeScale {
  let window: TimeWindow
  let ticks: [(time: Int64, text: String)]
  private static let steps: [Int64] = [
    1, 5, 10, 15, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 2 * 86_400, 7 * 86_400, 14 * 86_400,
    30 * 86_400, 91 * 86_400, 365 * 86_400,
  ]

  init(_ window: TimeWindow, offset: Int, count: Int) {
    self.window = window
    let length = max(window.end - window.start, 1)
    let wanted = length / Int64(max(count, 1))
    let step = Self.steps.first { $0 >= wanted } ?? (wanted / 86_400 + 1) * 86_400
    let shift = Int64(offset)
    let local = window.start + shift
    var time = local - ((local % step) + step) % step
    if time < local { time += step }
    var ticks: [(Int64, String)] = []
    while time - shift <= window.end, ticks.count < 100 {
      ticks.append((time - shift, Self.text(time, step, length)))
      time += step
    }
    self.ticks = ticks
  }

  func share(_ time: Double) -> Double { (time - Double(window.start)) / Double(max(window.end - window.start, 1)) }

  private static func text(_ local: Int64, _ step: Int64, _ length: Int64) -> String {
    let date = CivilDate(secondsSinceEpoch: local)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if step >= 86_400 { return "\(two(date.month))/\(two(date.day))" }
    let clock = "\(two(date.hour)):\(two(date.minute))" + (step < 60 ? ":\(two(date.second))" : "")
    // Over more than a day midnight tells which.
    return length > 86_400 && date.hour == 0 && date.minute == 0 ? "\(two(date.month))/\(two(date.day))" : clock
  }
}
