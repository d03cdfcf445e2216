import Time

/// Values as results show them.
enum Formatter {
  /// Nil when the value is missing.
  @inline(__always)
  static func text(_ value: Value, _ arena: Arena) -> Text? {
    switch value {
    case .text(let text), .json(let text): return text
    case .missing: return nil
    default:
      var bytes: [UInt8] = []
      append(value, to: &bytes)
      return arena.copy(bytes)
    }
  }

  static func append(_ value: Value, to bytes: inout [UInt8]) {
    switch value {
    case .missing: break
    case .number(let number): Numeric.append(number, to: &bytes)
    case .text(let text), .json(let text): bytes.append(contentsOf: text.buffer)
    case .bool(let bool): bytes.append(bool ? 49 : 48)
    case .time(let time): append(time: time, to: &bytes)
    }
  }

  static func string(_ value: Value) -> String {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `yyyy-MM-dd HH:mm:ss.SSS` in UTC.
  private static func append(time: Int64, to bytes: inout [UInt8]) {
    let seconds = floorDivide(time, 1_000)
    let date = CivilDate(secondsSinceEpoch: seconds)
    append(date.year, 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(date.month, 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(date.day, 2, to: &bytes)
    bytes.append(0x20)
    append(date.hour, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(date.minute, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(date.second, 2, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    append(Int(time &- seconds &* 1_000), 3, to: &bytes)
  }

  private static func append(_ number: Int, _ width: Int, to bytes: inout [UInt8]) {
    let digits = String(number.magnitude)
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    for _ in 0..<max(0, width - digits.utf8.count) { bytes.append(48) }
    bytes.append(contentsOf: digits.utf8)
  }
}

/// `@ptr`: where an event is, in letters that only the store that gave the number reads.
public enum EventPointer {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func text(_ location: UInt64) -> [UInt8] {
    // Eleven letters of six bits.
    (0..<11).map { letters[Int(location >> (60 - 6 * $0) & 63)] }
  }

  public static func string(_ location: UInt64) -> String { String(decoding: text(location), as: UTF8.self) }

  /// The location that `string` made the text of, or nil.
  public static func location(_ text: String) -> UInt64? {
    guard text.utf8.count == 11 else { return nil }
    var location: UInt64 = 0
    for byte in text.utf8 {
      guard let value = letters.firstIndex(of: byte) else { return nil }
      location = location << 6 | UInt64(value)
    }
    return location
  }
}
