import JSON

/// Numbers as texts, both ways.
enum Numeric {
  /// The number that all of the text is: digits, at most one point, an exponent. Nil for anything else.
  static func parse(_ text: Text) -> Double? {
    let count = text.count
    guard count > 0, count <= 400 else { return nil }
    let bytes = text.start
    var position = 0
    let negative = bytes[0] == UInt8(ascii: "-")
    if negative || bytes[0] == UInt8(ascii: "+") { position = 1 }
    var digits: UInt64 = 0
    var seen = 0
    var point = -1
    while position < count {
      let byte = bytes[position]
      if byte &- 48 < 10 {
        // Beyond 18 digits the long way is taken.
        if seen < 18 { digits = digits &* 10 &+ UInt64(byte &- 48) }
        seen += 1
      } else if byte == UInt8(ascii: "."), point < 0 {
        point = seen
      } else {
        break
      }
      position += 1
    }
    guard seen > 0 else { return nil }
    if position == count, seen <= 15 {
      let places = point < 0 ? 0 : seen - point
      let magnitude = places == 0 ? Double(digits) : Double(digits) / PowersOfTen.exact[places]
      return negative ? -magnitude : magnitude
    }
    if position < count, bytes[position] | 0x20 != UInt8(ascii: "e") { return nil }
    guard bytes[count - 1] &- 48 < 10 || bytes[count - 1] == UInt8(ascii: ".") else { return nil }
    return Double(text.string).flatMap { $0.isFinite ? $0 : nil }
  }

  /// As AWS shows computed numbers: whole ones without a point, others with up to four decimals and no zeros at the end.
  static func append(_ value: Double, to bytes: inout [UInt8]) {
    guard value.isFinite else { return bytes.append(contentsOf: (value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity").utf8) }
    if value == value.rounded(), value.magnitude < 1e15 {
      return bytes.append(contentsOf: String(Int64(value)).utf8)
    }
    if value.magnitude < 1e11, value.magnitude >= 1e-4 {
      let scaled = Int64((value.magnitude * 10_000).rounded())
      if value < 0 { bytes.append(UInt8(ascii: "-")) }
      bytes.append(contentsOf: String(scaled / 10_000).utf8)
      var rest = scaled % 10_000
      guard rest > 0 else { return }
      bytes.append(UInt8(ascii: "."))
      var unit: Int64 = 1_000
      while rest > 0 {
        bytes.append(UInt8(48 + rest / unit))
        rest %= unit
        unit /= 10
      }
      return
    }
    bytes.append(contentsOf: JSONValue.double(value).bytes)
  }
}
