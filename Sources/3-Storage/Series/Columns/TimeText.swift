#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Parts of the instant of an event as logs write them in UTC. What is derived from the time need not be stored.
struct TimeText {
  /// Stored numbers: none may change.
  static let kinds: UInt8 = 16
  private var day = Int64.min
  private var date: (year: Int, month: Int, day: Int) = (1970, 1, 1)

  /// The length of each kind's text; nil when it varies.
  static func length(_ kind: UInt8) -> Int? {
    switch kind {
    case 0: 24
    case 1: 20
    case 2: 10
    case 3, 4, 5: 2
    case 6: 3
    case 7: 13
    case 8: 7
    case 9: 3
    case 10: 13
    case 11: 10
    case 12: 6
    case 13: 19
    case 14, 15: 23
    default: nil
    }
  }

  /// The kinds of bytes that a kind's texts have.
  static func classes(_ kind: UInt8) -> UInt64 {
    let signs =
      switch kind {
      case 0: "-:TZ."
      case 1: "-:TZ"
      case 2: "-"
      case 7: "-T"
      case 8: ".Z"
      case 9: "Z"
      case 12: "."
      case 13: "-: "
      case 14: "-: ."
      case 15: "-: ,"
      default: ""
      }
    return signs.utf8.reduce(ByteClasses.digits) { $0 | ByteClasses.bit($1) }
  }

  /// Writes the text of a time in milliseconds; there must be room for 32 bytes. Answers the length.
  mutating func write(_ kind: UInt8, _ time: Int64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
    let days = time >= 0 ? time / 86_400_000 : -((-time + 86_399_999) / 86_400_000)
    let rest = Int(time - days * 86_400_000)
    let (hour, minute, second, part) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000)
    if kind < 3 || kind == 7 || kind >= 13, days != day { set(days) }
    switch kind {
    case 0, 1, 13, 14, 15:
      dateText(out)
      out[10] = kind < 2 ? UInt8(ascii: "T") : 0x20
      Self.two(hour, out + 11)
      out[13] = UInt8(ascii: ":")
      Self.two(minute, out + 14)
      out[16] = UInt8(ascii: ":")
      Self.two(second, out + 17)
      if kind == 13 { return 19 }
      if kind == 1 {
        out[19] = UInt8(ascii: "Z")
        return 20
      }
      out[19] = kind == 15 ? UInt8(ascii: ",") : UInt8(ascii: ".")
      Self.three(part, out + 20)
      if kind != 0 { return 23 }
      out[23] = UInt8(ascii: "Z")
      return 24
    case 2:
      dateText(out)
      return 10
    case 3:
      Self.two(hour, out)
      return 2
    case 4:
      Self.two(minute, out)
      return 2
    case 5:
      Self.two(second, out)
      return 2
    case 6:
      Self.three(part, out)
      return 3
    case 7:
      dateText(out)
      out[10] = UInt8(ascii: "T")
      Self.two(hour, out + 11)
      return 13
    case 8, 12:
      Self.two(second, out)
      out[2] = UInt8(ascii: ".")
      Self.three(part, out + 3)
      out[6] = UInt8(ascii: "Z")
      return kind == 8 ? 7 : 6
    case 9:
      Self.two(second, out)
      out[2] = UInt8(ascii: "Z")
      return 3
    default: return NumberText.write(UInt64(max(kind == 10 ? time : time / 1_000, 0)), out)
    }
  }

  /// Writes anew what is behind the minute in the text of an instant of the same minute, so many milliseconds into it. False for a kind
  /// that does not go so far.
  @inline(__always)
  static func writeSeconds(_ kind: UInt8, _ milliseconds: Int, _ out: UnsafeMutablePointer<UInt8>) -> Bool {
    guard kind < 2 || kind >= 13, kind <= 15 else { return false }
    two(milliseconds / 1_000, out + 17)
    if kind != 1, kind != 13 { three(milliseconds % 1_000, out + 20) }
    return true
  }

  private mutating func set(_ days: Int64) {
    day = days
    // Days since 1 March of the year 0; H. Hinnant, "chrono-compatible low-level date algorithms".
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    date.day = Int(dayOfYear - (153 * month + 2) / 5 + 1)
    date.month = Int(month < 10 ? month + 3 : month - 9)
    date.year = Int(yearOfEra + era * 400) + (date.month <= 2 ? 1 : 0)
  }

  private func dateText(_ out: UnsafeMutablePointer<UInt8>) {
    let year = date.year >= 0 ? date.year % 10_000 : 0
    Self.two(year / 100, out)
    Self.two(year % 100, out + 2)
    out[4] = UInt8(ascii: "-")
    Self.two(date.month, out + 5)
    out[7] = UInt8(ascii: "-")
    Self.two(date.day, out + 8)
  }

  @inline(__always)
  private static func two(_ number: Int, _ out: UnsafeMutablePointer<UInt8>) {
    out[0] = UInt8(truncatingIfNeeded: 48 &+ number / 10)
    out[1] = UInt8(truncatingIfNeeded: 48 &+ number % 10)
  }

  @inline(__always)
  private static func three(_ number: Int, _ out: UnsafeMutablePointer<UInt8>) {
    out[0] = UInt8(truncatingIfNeeded: 48 &+ number / 100)
    two(number % 100, out + 1)
  }
}

/// How the numbers of a column are written.
struct NumberText: Equatable {
  var prefix: [UInt8] = []
  var suffix: [UInt8] = []
  /// Digits behind the point; 0 for no point.
  var decimals = 0
  /// Digits of all numbers, those before filled up with zeros; 0 when there are none too many.
  var digits = 0

  static func write(_ value: UInt64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
    var count = 1
    var bound: UInt64 = 10
    while count < 19, value >= bound {
      count &+= 1
      bound = bound &* 10
    }
    if value >= 10_000_000_000_000_000_000 { count = 20 }
    var (rest, place) = (value, count)
    while place > 0 {
      place &-= 1
      out[place] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
      rest /= 10
    }
    return count
  }

  /// How the first value of a column is written; nil when it is no number.
  init?(_ text: UnsafePointer<UInt8>, _ count: Int, isFixed: Bool) {
    func isDigit(_ place: Int) -> Bool { text[place] &- 48 < 10 }
    var start = 0
    while start < count, !isDigit(start) { start += 1 }
    var end = count
    while end > start, !isDigit(end - 1) { end -= 1 }
    guard end > start, start < 64, count - end < 64 else { return nil }
    if start == 1, text[0] == UInt8(ascii: "-") { start = 0 }
    prefix = Array(UnsafeBufferPointer(start: text, count: start))
    suffix = Array(UnsafeBufferPointer(start: text + end, count: count - end))
    if let point = (start..<end).first(where: { text[$0] == UInt8(ascii: ".") }) { decimals = end - point - 1 }
    if isFixed, text[start] != UInt8(ascii: "-") { digits = end - start - (decimals > 0 ? 1 : 0) }
  }

  init(prefix: [UInt8], suffix: [UInt8], decimals: Int, digits: Int) {
    (self.prefix, self.suffix, self.decimals, self.digits) = (prefix, suffix, decimals, digits)
  }

  /// Calls with what reads such numbers.
  func withParser<Result>(_ body: (NumberParser) -> Result) -> Result {
    prefix.withUnsafeBufferPointer { prefix in
      suffix.withUnsafeBufferPointer { suffix in
        body(NumberParser(self, prefix, suffix))
      }
    }
  }
}

/// Reads numbers that are all written in one way. Behind a number at least 16 bytes more may be read.
struct NumberParser {
  let prefix: UnsafePointer<UInt8>?
  let prefixCount: Int
  let suffix: UnsafePointer<UInt8>?
  let suffixCount: Int
  let decimals: Int
  let digits: Int
  /// Ten to the power of `decimals`.
  let scale: UInt64

  init(_ text: NumberText, _ prefix: UnsafeBufferPointer<UInt8>, _ suffix: UnsafeBufferPointer<UInt8>) {
    (self.prefix, prefixCount) = (prefix.baseAddress, prefix.count)
    (self.suffix, suffixCount) = (suffix.baseAddress, suffix.count)
    (decimals, digits) = (text.decimals, text.digits)
    scale = (0..<min(text.decimals, 19)).reduce(1) { power, _ in power * 10 }
  }

  /// The number that the text is, when it is exactly what `NumberWriter` would make of it.
  @inline(__always)
  func parse(_ text: UnsafePointer<UInt8>, _ count: Int) -> Int64? {
    var (place, end) = (prefixCount, count &- suffixCount)
    if place >= end { return nil }
    if let prefix, place > 0, memcmp(prefix, text, place) != 0 { return nil }
    if let suffix, suffixCount > 0, memcmp(suffix, text + end, suffixCount) != 0 { return nil }
    let isNegative = text[place] == UInt8(ascii: "-")
    if isNegative {
      if digits > 0 || prefixCount > 0 { return nil }
      place &+= 1
    }
    let first = place
    var (value, whole) = EightBytes.number(text + place, most: end &- place)
    place &+= whole
    if place < end {
      guard decimals > 0, text[place] == UInt8(ascii: "."), end &- place &- 1 == decimals else { return nil }
      let (part, found) = EightBytes.number(text + place + 1, most: decimals)
      if found != decimals { return nil }
      value = value &* scale &+ part
    } else if decimals > 0 {
      return nil
    }
    end = whole &+ decimals
    guard whole > 0, end <= 18 else { return nil }
    let number = Int64(bitPattern: value)
    if digits > 0 { return end == digits ? number : nil }
    if whole > 1, text[first] == 48 { return nil }
    if isNegative { return number == 0 ? nil : -number }
    return number
  }
}

/// Writes the numbers of a column. What is written before and behind lives as long as the block's reader.
struct NumberWriter {
  private let prefix: UnsafeRawBufferPointer
  private let suffix: UnsafeRawBufferPointer
  private let decimals: Int
  private let digits: Int

  init() {
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    (prefix, suffix, decimals, digits) = (none, none, 0, 0)
  }

  init(_ text: NumberText, _ prefix: UnsafeRawBufferPointer, _ suffix: UnsafeRawBufferPointer) {
    (self.prefix, self.suffix, decimals, digits) = (prefix, suffix, text.decimals, text.digits)
  }

  /// Room for 160 bytes.
  @inline(__always)
  func write(_ number: Int64, _ out: UnsafeMutablePointer<UInt8>) -> Int {
    var place = 0
    while place < prefix.count {
      out[place] = prefix[place]
      place &+= 1
    }
    if number < 0 {
      out[place] = UInt8(ascii: "-")
      place &+= 1
    }
    var rest = number.magnitude
    var count = max(digits, decimals &+ 1)
    if digits == 0 {
      var (bound, have): (UInt64, Int) = (10, 1)
      while have < 19, rest >= bound {
        bound = bound &* 10
        have &+= 1
      }
      count = max(count, have)
    }
    let length = count &+ (decimals > 0 ? 1 : 0)
    var at = place &+ length &- 1
    if decimals > 0 {
      for _ in 0..<decimals {
        out[at] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
        rest /= 10
        at &-= 1
      }
      out[at] = UInt8(ascii: ".")
      at &-= 1
    }
    while at >= place {
      out[at] = UInt8(truncatingIfNeeded: 48 &+ rest % 10)
      rest /= 10
      at &-= 1
    }
    place &+= length
    for offset in 0..<suffix.count { out[place &+ offset] = suffix[offset] }
    return place &+ suffix.count
  }
}
