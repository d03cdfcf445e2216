import JSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers as JavaScript writes, rounds and checks them.
enum Numbers {
  /// The number, unless it has become infinite.
  @inline(__always)
  static func finite(_ number: Double) throws -> Double {
    if number.isInfinite { throw JSONataError("D1001", value: .string(number < 0 ? "-Infinity" : "Infinity")) }
    return number
  }

  /// The number as `$string` writes it: integers in full, others with up to 15 significant digits.
  static func text(_ number: Double) -> String {
    if let integer = Int64(exactly: number), integer.magnitude < 1 << 53 { return String(integer) }
    if number == number.rounded() { return script(number) }
    let decimal = Decimal(number.magnitude)
    if Decimal.digits(decimal.digits) <= 15 { return script(number.sign == .minus, decimal) }
    return script(precise(number, digits: 15))
  }

  /// The number as JavaScript's `toString` writes it.
  static func script(_ number: Double) -> String {
    if number == 0 { return "0" }
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return script(number.sign == .minus, Decimal(number.magnitude))
  }

  private static func script(_ negative: Bool, _ decimal: Decimal) -> String {
    let digits = String(decimal.digits)
    let count = digits.utf8.count
    /// Digits before the point.
    let point = count + decimal.exponent
    var text = negative ? "-" : ""
    if count <= point, point <= 21 {
      text += digits + String(repeating: "0", count: point - count)
    } else if point > 0, point <= 21 {
      text += digits.prefix(point) + "." + digits.dropFirst(point)
    } else if point > -6, point <= 0 {
      text += "0." + String(repeating: "0", count: -point) + digits
    } else {
      text += digits.prefix(1)
      if count > 1 { text += "." + digits.dropFirst() }
      text += point > 0 ? "e+\(point - 1)" : "e-\(1 - point)"
    }
    return text
  }

  /// The nearest double with that many significant digits.
  static func precise(_ number: Double, digits: Int) -> Double {
    Double(formatted(number, digits - 1, "e")) ?? number
  }

  /// C's `%.*e` and `%.*f`, which round exactly.
  static func formatted(_ number: Double, _ places: Int, _ conversion: String) -> String {
    var buffer = [CChar](repeating: 0, count: 512)
    let length = withVaList([CInt(places), number]) { vsnprintf(&buffer, buffer.count, "%.*\(conversion)", $0) }
    return String(decoding: buffer.prefix(max(0, min(Int(length), buffer.count - 1))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// JavaScript's Math.round: halves go up.
  @inline(__always)
  static func roundUp(_ number: Double) -> Double {
    let floor = number.rounded(.down)
    return number - floor >= 0.5 ? floor + 1 : floor
  }

  /// Rounds to that many places, halves to the even digit, as the reference does: on the decimal digits.
  static func round(_ number: Double, _ places: Int) -> Double {
    var shifted = number
    if places != 0 { shifted = shift(number, by: places) }
    guard shifted.isFinite else { return number }
    var result = roundUp(shifted)
    if abs(result - shifted) == 0.5, abs(result.truncatingRemainder(dividingBy: 2)) == 1 { result -= 1 }
    if places != 0 { result = shift(result, by: -places) }
    return result == 0 ? 0 : result
  }

  /// The number times a power of ten, by moving the point of its digits.
  private static func shift(_ number: Double, by places: Int) -> Double {
    guard number != 0, number.isFinite else { return number }
    let decimal = Decimal(number.magnitude)
    let exponent = decimal.exponent + places
    let magnitude = PowersOfTen.scale(decimal.digits, by: exponent) ?? Double("\(decimal.digits)e\(exponent)") ?? .infinity
    return number < 0 ? -magnitude : magnitude
  }

  /// The integer part as an Int, limited to what it can hold; 0 for what is no number.
  static func clampedInt(_ number: Double) -> Int {
    number.isNaN ? 0 : Int(max(-9e15, min(9e15, number.rounded(.towardZero))))
  }
}
