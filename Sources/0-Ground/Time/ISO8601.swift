/// How many decimals of the second are written.
public enum SecondPrecision: Sendable {
  case seconds, milliseconds, microseconds
}

extension Timestamp {
  /// `2026-01-31T09:30:00Z`, with `.123` or `.123456` where asked for.
  public func iso8601(_ precision: SecondPrecision = .seconds) -> String {
    let civil = CivilDate(secondsSinceEpoch: seconds)
    let decimals =
      switch precision {
      case .seconds: 0
      case .milliseconds: 3
      case .microseconds: 6
      }
    guard (0...9_999).contains(civil.year) else { return remote(civil, decimals) }
    return String(unsafeUninitializedCapacity: 27) { text in
      Self.write(civil.year, 4, UInt8(ascii: "-"), to: text, at: 0)
      Self.write(civil.month, 2, UInt8(ascii: "-"), to: text, at: 5)
      Self.write(civil.day, 2, UInt8(ascii: "T"), to: text, at: 8)
      Self.write(civil.hour, 2, UInt8(ascii: ":"), to: text, at: 11)
      Self.write(civil.minute, 2, UInt8(ascii: ":"), to: text, at: 14)
      Self.write(civil.second, 2, decimals == 0 ? UInt8(ascii: "Z") : UInt8(ascii: "."), to: text, at: 17)
      if decimals == 0 { return 20 }
      Self.write(fraction(decimals), decimals, UInt8(ascii: "Z"), to: text, at: 20)
      return 21 + decimals
    }
  }

  /// The first so many decimals of the second, as a number.
  private func fraction(_ decimals: Int) -> Int { Int(microseconds - seconds * 1_000_000) / (decimals == 3 ? 1_000 : 1) }

  /// A number in so many digits, and what follows it.
  private static func write(_ value: Int, _ width: Int, _ next: UInt8, to text: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
    var rest = value
    for place in stride(from: start + width - 1, through: start, by: -1) {
      text[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
    text[start + width] = next
  }

  /// A year that four digits can not tell.
  private func remote(_ civil: CivilDate, _ decimals: Int) -> String {
    var text = "\(Self.pad(civil.year, 4))-\(Self.pad(civil.month, 2))-\(Self.pad(civil.day, 2))"
    text += "T\(Self.pad(civil.hour, 2)):\(Self.pad(civil.minute, 2)):\(Self.pad(civil.second, 2))"
    if decimals > 0 { text += ".\(Self.pad(fraction(decimals), decimals))" }
    return text + "Z"
  }

  /// Parses RFC 3339 date-times: `2026-01-31T09:30:00Z`, with a fraction, with `±hh:mm` instead of `Z`. Nil for anything else.
  public init?(iso8601 text: String) {
    var text = text
    guard let instant = text.withUTF8({ Self.instant($0) }) else { return nil }
    self = instant
  }

  private static func instant(_ bytes: UnsafeBufferPointer<UInt8>) -> Timestamp? {
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count else { return nil }
      var value = 0
      for byte in bytes[range] {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int(byte - 48)
      }
      return value
    }
    guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] == 84 || bytes[10] == 116,
      bytes[13] == 58, bytes[16] == 58,
      let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), day >= 1, day <= CivilDate.daysIn(month: month, year: year),
      hour <= 23, minute <= 59, second <= 60
    else { return nil }
    var position = 19
    var fraction: Int64 = 0
    if bytes[position] == 46 {
      position += 1
      var scale: Int64 = 100_000
      let start = position
      while position < bytes.count, bytes[position] >= 48, bytes[position] <= 57 {
        fraction += Int64(bytes[position] - 48) * scale
        scale /= 10
        position += 1
      }
      guard position > start else { return nil }
    }
    guard position < bytes.count else { return nil }
    var offset = 0
    switch bytes[position] {
    case 90, 122:
      guard position + 1 == bytes.count else { return nil }
    case 43, 45:
      guard position + 6 == bytes.count, bytes[position + 3] == 58,
        let hours = number(position + 1..<position + 3), let minutes = number(position + 4..<position + 6),
        hours <= 23, minutes <= 59
      else { return nil }
      offset = (hours * 3_600 + minutes * 60) * (bytes[position] == 43 ? 1 : -1)
    default: return nil
    }
    let civil = CivilDate(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    return Timestamp(microseconds: (civil.secondsSinceEpoch - Int64(offset)) * 1_000_000 + fraction)
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
  }
}
