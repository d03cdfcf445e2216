extension Decimal {
  /// The fewest digits that read back as that finite double, which is not negative, and of those the closest to it.
  ///
  /// Source: Raffaello Giulietti, "The Schubfach way to render doubles" (2020); the names are his.
  init(shortest magnitude: Double) {
    let fraction = magnitude.bitPattern & (1 << 52 - 1)
    let stored = Int(magnitude.bitPattern >> 52) & 0x7FF
    // The double is c times two to the power of q.
    let c = stored == 0 ? fraction : fraction | 1 << 52
    let q = max(stored, 1) - 1_075
    if c == 0 {
      self.init(digits: 0, exponent: 0)
      return
    }
    if -52...0 ~= q, c & (1 << UInt64(-q) - 1) == 0 {
      self.init(digits: c >> UInt64(-q), exponent: 0)
    } else {
      self.init(c, q, isPower: fraction == 0 && stored > 1)
    }
    dropZeros()
  }

  private init(_ c: UInt64, _ q: Int, isPower: Bool) {
    // Four times the double and the ends of what rounds to it; below a power of two the doubles lie closer.
    let k = (q * 1_262_611 - (isPower ? 524_031 : 0)) >> 22
    let h = UInt64(q + (-k * 1_741_647) >> 19 + 1)
    let power = DecimalPowers.of(-k)
    let lower = power.times((4 * c - (isPower ? 1 : 2)) << h) + c & 1
    let middle = power.times(4 * c << h)
    let upper = power.times((4 * c + 2) << h) - c & 1
    let s = middle / 4
    if s >= 10 {
      let tens = s / 10 * 40
      let (isBelowIn, isAboveIn) = (lower <= tens, tens + 40 <= upper)
      if isBelowIn != isAboveIn {
        self.init(digits: s / 10 + (isAboveIn ? 1 : 0), exponent: k + 1)
        return
      }
    }
    let (isBelowIn, isAboveIn) = (lower <= 4 * s, 4 * s + 4 <= upper)
    let isUp = isBelowIn != isAboveIn ? isAboveIn : middle > 4 * s + 2 || (middle == 4 * s + 2 && s & 1 == 1)
    self.init(digits: s + (isUp ? 1 : 0), exponent: k)
  }
}

/// Powers of ten in 128 bits, the highest of them set, rounded up.
private struct DecimalPowers {
  let high: UInt64
  let low: UInt64

  private static let least = -292
  private static let most = 324
  private static let all: [DecimalPowers] = below.reversed() + above

  static func of(_ exponent: Int) -> DecimalPowers { all[exponent - least] }

  /// The upper 64 bits of the product of 192; the last one is set when there are others below it.
  @inline(__always)
  func times(_ number: UInt64) -> UInt64 {
    let upper = high.multipliedFullWidth(by: number)
    let (rest, carries) = upper.low.addingReportingOverflow(low.multipliedFullWidth(by: number).high)
    return (upper.high + (carries ? 1 : 0)) | (rest > 1 ? 1 : 0)
  }

  /// 10 to the power of 0, 1, ...: as powers of five, which differ from them by powers of two.
  private static var above: [DecimalPowers] {
    var limbs: [UInt64] = [1]
    return (0...most).map { exponent in
      defer {
        var carry: UInt64 = 0
        for place in limbs.indices {
          let product = limbs[place].multipliedFullWidth(by: 5)
          let (low, carries) = product.low.addingReportingOverflow(carry)
          (limbs[place], carry) = (low, product.high + (carries ? 1 : 0))
        }
        if carry > 0 { limbs.append(carry) }
      }
      return DecimalPowers(leading: limbs, isExact: true)
    }
  }

  /// 10 to the power of -1, -2, ...: a large power of two divided by five again and again.
  private static var below: [DecimalPowers] {
    var limbs = Array(repeating: 0 as UInt64, count: 16) + [1]
    return (1...(-least)).map { _ in
      var rest: UInt64 = 0
      for place in limbs.indices.reversed() { (limbs[place], rest) = (5 as UInt64).dividingFullWidth((rest, limbs[place])) }
      return DecimalPowers(leading: limbs, isExact: false)
    }
  }

  /// The leading bits of a number, lowest limb first, rounded up where bits follow, or the number is less than exact.
  private init(leading limbs: [UInt64], isExact: Bool) {
    let top = limbs.lastIndex { $0 != 0 } ?? 0
    func limb(_ place: Int) -> UInt64 { place >= 0 ? limbs[place] : 0 }
    let shift = limb(top).leadingZeroBitCount
    let upper = limb(top) << shift | limb(top - 1) >> (64 - shift)
    let lower = limb(top - 1) << shift | limb(top - 2) >> (64 - shift)
    let hasMore = !isExact || limb(top - 2) << shift != 0 || limbs.prefix(max(0, top - 2)).contains { $0 != 0 }
    let (rounded, carries) = lower.addingReportingOverflow(hasMore ? 1 : 0)
    (high, low) = (upper + (carries ? 1 : 0), rounded)
  }
}
