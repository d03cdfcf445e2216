/// A positive number as decimal digits without zeros at the end: `digits` times ten to the power of `exponent`.
package struct Decimal: Equatable {
  package var digits: UInt64
  package var exponent: Int

  /// The fewest digits that read back as that positive finite double.
  package init(_ magnitude: Double) {
    if let short = Decimal(short: magnitude) {
      self = short
    } else {
      self.init(described: magnitude)
    }
  }

  /// The digits when 15 are enough. Different decimals of up to 15 digits are different doubles, so what reads back is the
  /// one with the fewest digits.
  private init?(short magnitude: Double) {
    guard magnitude >= 1e-3, magnitude < 1e15 else { return nil }
    let whole = UInt64(magnitude)
    let places = whole == 0 ? 15 : 15 - Self.digits(whole)
    let scaled = (magnitude * PowersOfTen.exact[places]).rounded()
    // Both are exact doubles, so this reads the decimal back with correct rounding.
    guard scaled < 1e15, scaled / PowersOfTen.exact[places] == magnitude else { return nil }
    digits = UInt64(scaled)
    exponent = -places
    dropZeros()
  }

  /// The digits from Swift's description, which are the fewest, in another form: `1e-07`, `5e-324`, `123.0`.
  private init(described magnitude: Double) {
    digits = 0
    exponent = 0
    var text = magnitude.description
    var fraction = false
    text.withUTF8 { utf8 in
      for (position, byte) in utf8.enumerated() {
        switch byte {
        case UInt8(ascii: "."): fraction = true
        case UInt8(ascii: "e"):
          exponent &+= Int(String(decoding: utf8[(position + 1)...], as: UTF8.self)) ?? 0
          return
        default:
          // At most 17 digits, and a zero after the point.
          digits = digits &* 10 &+ UInt64(byte &- UInt8(ascii: "0"))
          if fraction { exponent -= 1 }
        }
      }
    }
    dropZeros()
  }

  @inline(__always)
  private mutating func dropZeros() {
    for step in [8, 4, 2, 1] {
      let (quotient, rest) = digits.quotientAndRemainder(dividingBy: Self.power(step))
      guard rest == 0 else { continue }
      digits = quotient
      exponent += step
    }
  }

  /// All digits of a finite double without a fraction, with a leading `-` when negative.
  package static func integer(_ value: Double) -> String {
    let magnitude = value.magnitude
    // Doubled until it is the number: 18 digits a limb, lowest first.
    var limbs: [UInt64] = [UInt64(magnitude.significand * 0x1p52)]
    let base = power(18)
    for _ in 0..<max(0, Int(magnitude.exponent) - 52) {
      var carry: UInt64 = 0
      for place in limbs.indices { (carry, limbs[place]) = (limbs[place] * 2 + carry).quotientAndRemainder(dividingBy: base) }
      if carry > 0 { limbs.append(carry) }
    }
    var text = value < 0 ? "-" : ""
    for (place, limb) in limbs.reversed().enumerated() {
      let digits = String(limb)
      if place > 0 { text += String(repeating: "0", count: 18 - digits.count) }
      text += digits
    }
    return text
  }

  /// How many decimal digits that number has, 1...20.
  @inline(__always)
  package static func digits(_ number: UInt64) -> Int {
    // 1233 / 4096 is a little more than log10(2).
    let guess = ((64 - (number | 1).leadingZeroBitCount) * 1233) >> 12
    return guess + (number >= power(guess) || guess == 0 ? 1 : 0)
  }

  /// 10 to the power of 0...19.
  @inline(__always)
  static func power(_ exponent: Int) -> UInt64 { powers[exponent] }

  private static let powers: [UInt64] = [
    1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000, 100_000_000_000,
    1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
    100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
  ]
}
