import Series
import Time

/// Reads PutLogEvents' `logEvents` from the text of the request: bytes to bytes, without a value for each part.
///
/// It takes what clients send. Of anything else (members missing, of other types, texts that are not UTF-8, no JSON) it answers nil, and the
/// ordinary way of decoding says what is wrong.
struct LogEventReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position: Int
  private let end: Int

  static func read(_ body: [UInt8], _ range: Range<Int>) -> [LogEvent]? {
    body.withUnsafeBufferPointer { bytes in
      var reader = LogEventReader(bytes: bytes, position: range.lowerBound, end: range.upperBound)
      return reader.events()
    }
  }

  private mutating func events() -> [LogEvent]? {
    guard take("[") else { return nil }
    var events: [LogEvent] = []
    events.reserveCapacity(min((end - position) / 64 + 1, 10_000))
    repeat {
      guard let event = event() else { return nil }
      events.append(event)
    } while take(",")
    return take("]") ? events : nil
  }

  private mutating func event() -> LogEvent? {
    guard take("{") else { return nil }
    var (time, message) = (Int64?.none, [UInt8]?.none)
    repeat {
      skipSpace()
      if skip(literal: "\"timestamp\"") {
        guard time == nil, take(":"), let number = number() else { return nil }
        time = number
      } else if skip(literal: "\"message\"") {
        guard message == nil, take(":"), let text = text(), !text.isEmpty else { return nil }
        message = text
      } else {
        return nil
      }
    } while take(",")
    guard take("}"), let time, let message else { return nil }
    return LogEvent(timestamp: Timestamp(milliseconds: time), message: message)
  }

  private mutating func skipSpace() {
    while position < end, bytes[position] == 32 || bytes[position] == 10 || bytes[position] == 13 || bytes[position] == 9 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < end, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skip(literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard end - position >= count else { return false }
    for place in 0..<count where bytes[position + place] != literal.utf8Start[place] { return false }
    position += count
    return true
  }

  /// Up to fifteen digits: every time there is.
  private mutating func number() -> Int64? {
    skipSpace()
    let start = position
    var number: Int64 = 0
    while position < end, position - start < 15, bytes[position] &- 48 < 10 {
      number = number * 10 + Int64(bytes[position] &- 48)
      position += 1
    }
    guard position > start, position < end,
      bytes[position] == UInt8(ascii: ",") || bytes[position] == UInt8(ascii: "}") || bytes[position] <= 32
    else { return nil }
    return bytes[start] == 48 && position > start + 1 ? nil : number
  }

  private mutating func text() -> [UInt8]? {
    guard take("\"") else { return nil }
    var start = position
    var text: [UInt8] = []
    var isASCII = true
    while position < end {
      position = plainEnd(&isASCII)
      guard position < end else { return nil }
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let run = UnsafeBufferPointer(rebasing: bytes[start..<position])
        if text.isEmpty { text = Array(run) } else { text.append(contentsOf: run) }
        position += 1
        return isASCII || Self.isUTF8(text) ? text : nil
      case UInt8(ascii: "\\"):
        if text.isEmpty { text.reserveCapacity(256) }
        text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<position]))
        position += 1
        guard escape(into: &text) else { return nil }
        start = position
      default: return nil
      }
    }
    return nil
  }

  /// Where the next byte stands that is a quotation mark, a backslash or a control character.
  private func plainEnd(_ isASCII: inout Bool) -> Int {
    let (ones, tops) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
    guard let base = UnsafeRawPointer(bytes.baseAddress) else { return end }
    var place = position
    while place + 8 <= end {
      let word = base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      let quote = word ^ (ones &* 0x22)
      let slash = word ^ (ones &* 0x5C)
      let found = ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- ones &* 0x20) & ~word)
      if found & tops != 0 { break }
      if word & tops != 0 { isASCII = false }
      place += 8
    }
    while place < end {
      let byte = bytes[place]
      if byte == 0x22 || byte == 0x5C || byte < 0x20 { return place }
      if byte >= 0x80 { isASCII = false }
      place += 1
    }
    return end
  }

  private mutating func escape(into text: inout [UInt8]) -> Bool {
    guard position < end else { return false }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "u"):
      guard let scalar = scalar() else { return false }
      text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default: return false
    }
    return true
  }

  /// The character of `\uXXXX`, or of two that belong together.
  private mutating func scalar() -> Unicode.Scalar? {
    guard let first = hex() else { return nil }
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, skip(literal: "\\u"), let second = hex(), (0xDC00...0xDFFF).contains(second) else { return nil }
    return Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  private mutating func hex() -> UInt32? {
    guard end - position >= 4 else { return nil }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[position]
      let digit: UInt8
      switch byte {
      case 48...57: digit = byte - 48
      case 65...70: digit = byte - 55
      case 97...102: digit = byte - 87
      default: return nil
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private static func isUTF8(_ text: [UInt8]) -> Bool { String(validating: text, as: UTF8.self) != nil }
}
