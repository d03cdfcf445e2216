/// A positive number as decimal digits without zeros at the end: `digits` times ten to the power of `exponent`.
package struct Decimal: Equatable {
  package var digits: UInt64
  package var exponent: Int

  init(digits: UInt64, exponent: Int) { (self.digits, self.exponent) = (digits, exponent) }

  /// The fewest digits that read back as that positive finite double.
  package init(_ magnitude: Double) { self.init(shortest: magnitude) }

  /// Of digits that do not end with more than sixteen of them, as no double's do.
  @inline(__always)
  mutating func dropZeros() {
    func drop(_ power: UInt64, _ count: Int) {
      let (quotient, rest) = digits.quotientAndRemainder(dividingBy: power)
      if rest == 0 { (digits, exponent) = (quotient, exponent + count) }
    }
    guard digits % 10 == 0 else { return }
    drop(100_000_000, 8)
    drop(10_000, 4)
    drop(100, 2)
    drop(10, 1)
    drop(10, 1)
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
