/// Powers of ten, and what of numbers times powers of ten can be done in machine words.
package enum PowersOfTen {
  /// 10 to the power of 0...22, all exact.
  package static let exact: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// 5 to the power of 0...27, which is below 2 to the power of 63.
  private static let ofFive: [UInt64] = {
    var powers: [UInt64] = [1]
    while powers.count < 28 { powers.append(powers[powers.count - 1] * 5) }
    return powers
  }()

  /// The double nearest to `digits` times ten to the power of `exponent`, ties to even; nil when the exponent is beyond
  /// what words can do.
  @inline(__always)
  package static func scale(_ digits: UInt64, by exponent: Int) -> Double? {
    if digits < 1 << 53, -22...22 ~= exponent {
      // Both are exact doubles, so the one operation rounds correctly (Clinger 1990).
      return exponent < 0 ? Double(digits) / exact[-exponent] : Double(digits) * exact[exponent]
    }
    guard digits != 0, -27...27 ~= exponent else { return nil }
    return scaleWide(digits, by: exponent)
  }

  /// The same for digits of 64 bits: the product or quotient is exact in two words, and is rounded once.
  private static func scaleWide(_ digits: UInt64, by exponent: Int) -> Double {
    let shift = digits.leadingZeroBitCount
    let number = digits << UInt64(shift)
    let five = ofFive[abs(exponent)]
    let fiveShift = five.leadingZeroBitCount
    let factor = five << UInt64(fiveShift)
    /// The highest 64 bits, at least 63 of them significant, and whether anything follows them.
    let top: UInt64
    let more: Bool
    /// The power of two that `top` counts in.
    var unit: Int
    if exponent < 0 {
      let (quotient, remainder) = factor.dividingFullWidth((number >> 1, number << 63))
      (top, more) = (quotient, remainder != 0)
      unit = exponent - shift + fiveShift - 63
    } else {
      let product = number.multipliedFullWidth(by: factor)
      (top, more) = (product.high, product.low != 0)
      unit = exponent - shift - fiveShift + 64
    }
    // 53 bits are kept; the rest decides on rounding.
    let dropped = 11 - top.leadingZeroBitCount
    var kept = top >> UInt64(dropped)
    let rest = top & (1 << UInt64(dropped) - 1)
    let half: UInt64 = 1 << UInt64(dropped - 1)
    if rest > half || (rest == half && (more || kept & 1 == 1)) { kept += 1 }
    unit += dropped
    // Exact: `kept` has at most 53 bits, or is a power of two, and the range is far from the limits of doubles.
    return Double(sign: .plus, exponent: unit, significand: Double(kept))
  }
}
