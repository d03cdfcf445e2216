/// A number as patterns compare numbers: whole millionths between minus and plus five billion.
///
/// Source: EventBridge User Guide, "Numeric matching": values between -5.0e9 and +5.0e9 inclusive, with six digits to the right of
/// the decimal point. Further digits are cut off, towards minus infinity.
struct ComparableNumber: Hashable, Comparable, Sendable {
  /// The number times 1,000,000; -5e15...5e15.
  let millionths: Int64

  static let lowest = ComparableNumber(millionths: -5_000_000_000_000_000)
  static let highest = ComparableNumber(millionths: 5_000_000_000_000_000)

  init(millionths: Int64) { self.millionths = millionths }

  /// Reads a JSON number. Nil when it is out of range.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    guard let start = text.baseAddress else { return nil }
    self.init(start, text.count)
  }

  init?(_ text: [UInt8]) {
    guard let number = text.withUnsafeBufferPointer({ ComparableNumber($0) }) else { return nil }
    self = number
  }

  @inline(__always)
  init?(_ text: UnsafePointer<UInt8>, _ count: Int) {
    var scanner = DecimalScanner(next: text, end: text + count)
    scanner.scan()
    guard let millionths = scanner.millionths, millionths.magnitude <= 5_000_000_000_000_000 else { return nil }
    self.millionths = millionths
  }

  static func < (left: ComparableNumber, right: ComparableNumber) -> Bool { left.millionths < right.millionths }
}

/// Reads the digits of a JSON number that is known to be well formed.
private struct DecimalScanner {
  var next: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>
  var isNegative = false
  /// The first 18 significant digits.
  private var digits: Int64 = 0
  private var digitCount = 0
  /// The power of ten that `digits` is to be multiplied by.
  private var exponent = 0
  /// Whether a digit other than zero was left out of `digits`.
  private var isCut = false

  init(next: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>) {
    self.next = next
    self.end = end
  }

  @inline(__always)
  mutating func scan() {
    if next < end, next.pointee == UInt8(ascii: "-") {
      isNegative = true
      next += 1
    }
    scanDigits(afterPoint: false)
    if next < end, next.pointee == UInt8(ascii: ".") {
      next += 1
      scanDigits(afterPoint: true)
    }
    if next < end, next.pointee | 0x20 == UInt8(ascii: "e") { scanExponent() }
  }

  @inline(__always)
  private mutating func scanDigits(afterPoint: Bool) {
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      guard digit <= 9 else { return }
      next += 1
      if digitCount < 18 {
        digits = digits &* 10 &+ Int64(digit)
        if digits != 0 { digitCount += 1 }
        if afterPoint { exponent -= 1 }
      } else {
        if digit != 0 { isCut = true }
        if !afterPoint { exponent += 1 }
      }
    }
  }

  private mutating func scanExponent() {
    next += 1
    var isBelow = false
    if next < end, next.pointee == UInt8(ascii: "-") || next.pointee == UInt8(ascii: "+") {
      isBelow = next.pointee == UInt8(ascii: "-")
      next += 1
    }
    var written = 0
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      next += 1
      // Beyond this the result is out of range or zero whatever follows; longer texts must not overflow.
      written = min(written * 10 + Int(digit), 1 << 40)
    }
    exponent += isBelow ? -written : written
  }

  /// The number times a million, rounded towards minus infinity; nil when it is far out of range.
  var millionths: Int64? {
    if digits == 0 { return 0 }
    var value = digits
    var isInexact = isCut
    var power = exponent + 6
    while power > 0 {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      value = product
      power -= 1
    }
    while power < 0, value != 0 {
      if value % 10 != 0 { isInexact = true }
      value /= 10
      power += 1
    }
    if isNegative { return isInexact ? -value - 1 : -value }
    return value
  }
}

/// A number in a pattern. One out of range equals only itself, written the same way.
struct PatternNumber: Hashable, Sendable {
  let text: [UInt8]
  let comparable: ComparableNumber?

  init(_ text: [UInt8]) {
    self.text = text
    comparable = ComparableNumber(text)
  }
}

/// The values from `lowest` to `highest`, both included.
struct NumberRange: Hashable, Sendable {
  let lowest: ComparableNumber
  let highest: ComparableNumber
  /// As the pattern says it: `> 0, <= 5`.
  let text: [UInt8]
}
