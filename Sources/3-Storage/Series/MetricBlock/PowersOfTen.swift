/// Decimal numbers as whole ones with an exponent.
enum DecimalScale {
  static let most = 15
  static let powers: [Double] = (0...most).map { exponent in (0..<exponent).reduce(1.0) { power, _ in power * 10 } }
  /// Whole numbers up to here are doubles.
  static let largest = 9_007_199_254_740_992.0

  /// The least exponent from the one given with which the value is a whole number that leads back to the very same value; nil without one.
  @inline(__always)
  static func exponent(_ value: Double, from start: Int, _ powers: UnsafePointer<Double>) -> Int? {
    var exponent = start
    while exponent <= most {
      let scaled = (value * powers[exponent]).rounded()
      if scaled.magnitude > largest { return nil }
      if scaled / powers[exponent] == value { return exponent }
      exponent &+= 1
    }
    return nil
  }
}
