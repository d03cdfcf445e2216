extension JSONParser {
  /// The number whose first byte, a digit or a minus, comes next.
  mutating func number() throws(Refusal) -> JSONValue {
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
  ) throws(Refusal) -> JSONValue {
    var place = point
    var digits = wholeDigits
    var count = wholeCount
    var exponent = 0
    if place.pointee == UInt8(ascii: ".") {
      place += 1
      let fraction = place
      if digits == 0, wholeCount == 1 {
        // Zeros in front are no digits that count.
        while place != end, place.pointee == UInt8(ascii: "0") { place += 1 }
        count = fraction - place
      }
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
    if count <= 19, let magnitude = PowersOfTen.scale(digits, by: exponent) { return .double(negative ? -magnitude : magnitude) }
    let literal = String(decoding: UnsafeBufferPointer(start: first, count: place - first), as: UTF8.self)
    guard let value = Double(literal), value.isFinite else { throw error("the number is too large for a double", at: first) }
    return .double(value)
  }
}
