extension JSONParser {
  /// The number whose first byte, a digit or a minus, comes next.
  mutating func number() throws(JSONParseError) -> JSONValue {
    let first = next
    var place = next
    let negative = place.pointee == UInt8(ascii: "-")
    if negative { place += 1 }
    var digits: UInt64 = 0
    let whole = place
    while place != end, case let digit = place.pointee &- UInt8(ascii: "0"), digit < 10 {
      digits = digits &* 10 &+ UInt64(digit)
      place += 1
    }
    let wholeCount = place - whole
    if wholeCount == 0 { throw error("expected a digit after '-'", at: place) }
    if wholeCount > 1, whole.pointee == UInt8(ascii: "0") { throw error("a number may not begin with 0", at: whole) }
    if place != end, place.pointee == UInt8(ascii: ".") || place.pointee | 0x20 == UInt8(ascii: "e") {
      return try fraction(first, place, digits, wholeCount, negative)
    }
    next = place
    // Eighteen digits always fit; more have to be looked at again.
    if wholeCount <= 18 { return .int(negative ? -Int64(digits) : Int64(digits)) }
    let literal = String(decoding: UnsafeBufferPointer(start: first, count: place - first), as: UTF8.self)
    return Int64(literal).map { .int($0) } ?? .bigInteger(literal)
  }

  /// The double that begins at `first`, from its point or exponent on.
  private mutating func fraction(
    _ first: UnsafePointer<UInt8>, _ point: UnsafePointer<UInt8>, _ wholeDigits: UInt64, _ wholeCount: Int, _ negative: Bool
  ) throws(JSONParseError) -> JSONValue {
    var place = point
    var digits = wholeDigits
    var count = wholeCount
    var exponent = 0
    if place.pointee == UInt8(ascii: ".") {
      place += 1
      let fraction = place
      while place != end, case let digit = place.pointee &- UInt8(ascii: "0"), digit < 10 {
        digits = digits &* 10 &+ UInt64(digit)
        place += 1
      }
      if place == fraction { throw error("expected a digit after '.'", at: place) }
      exponent = fraction - place
      count += place - fraction
    }
    if place != end, place.pointee | 0x20 == UInt8(ascii: "e") {
      place += 1
      let minus = place != end && place.pointee == UInt8(ascii: "-")
      if place != end, minus || place.pointee == UInt8(ascii: "+") { place += 1 }
      let power = place
      var written = 0
      while place != end, case let digit = place.pointee &- UInt8(ascii: "0"), digit < 10 {
        // Far outside every double already; the digits are only counted from here on.
        if written < 100_000 { written = written * 10 + Int(digit) }
        place += 1
      }
      if place == power { throw error("expected a digit in the exponent", at: place) }
      exponent += minus ? -written : written
    }
    next = place
    // Both the digits and the power of ten are exact doubles, so the one operation rounds correctly (Clinger 1990).
    if count <= 19, digits < 1 << 53, -22...22 ~= exponent {
      let magnitude = exponent < 0 ? Double(digits) / PowersOfTen.exact[-exponent] : Double(digits) * PowersOfTen.exact[exponent]
      return .double(negative ? -magnitude : magnitude)
    }
    let literal = String(decoding: UnsafeBufferPointer(start: first, count: place - first), as: UTF8.self)
    guard let value = Double(literal), value.isFinite else { throw error("the number is too large for a double", at: first) }
    return .double(value)
  }
}

enum PowersOfTen {
  /// 10 to the power of 0...22, all exact.
  static let exact: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]
}
