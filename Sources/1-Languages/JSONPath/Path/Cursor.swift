/// A position in the UTF-8 bytes of an expression.
struct Cursor {
  let bytes: [UInt8]
  var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var atEnd: Bool { position >= bytes.count }
  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  func peek(_ ahead: Int) -> UInt8? {
    let place = position + ahead
    return place < bytes.count ? bytes[place] : nil
  }

  mutating func skipSpaces() {
    while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
  }

  /// Steps over the byte when it is the current one.
  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  /// Steps over the text when it stands here.
  mutating func take(_ text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard position + length <= bytes.count else { return false }
    for offset in 0..<length where bytes[position + offset] != text.utf8Start[offset] { return false }
    position += length
    return true
  }

  mutating func expect(_ byte: UInt8) throws(JSONPathSyntaxError) {
    guard take(byte) else {
      throw fault("Expected '\(Character(UnicodeScalar(byte)))'")
    }
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func fault(_ message: String) -> JSONPathSyntaxError { JSONPathSyntaxError(offset: position, message: message) }

  /// Reads an optional sign and digits. Nil, without moving, when no integer that fits stands here.
  mutating func integer() -> Int? {
    var end = position
    if end < bytes.count, bytes[end] == 0x2D { end += 1 }
    let digits = end
    while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39 { end += 1 }
    guard end > digits, let value = Int(text(position..<end)) else { return nil }
    position = end
    return value
  }

  /// Reads a number as JSON writes it and answers its range; nil, without moving, when none stands here.
  mutating func number() -> Range<Int>? {
    let start = position
    var end = position
    func digit(_ place: Int) -> Bool { place < bytes.count && bytes[place] >= 0x30 && bytes[place] <= 0x39 }
    if end < bytes.count, bytes[end] == 0x2D { end += 1 }
    guard digit(end) else { return nil }
    while digit(end) { end += 1 }
    if end < bytes.count, bytes[end] == 0x2E, digit(end + 1) {
      end += 1
      while digit(end) { end += 1 }
    }
    if end < bytes.count, bytes[end] | 0x20 == 0x65 {
      var exponent = end + 1
      if exponent < bytes.count, bytes[exponent] == 0x2B || bytes[exponent] == 0x2D { exponent += 1 }
      if digit(exponent) {
        while digit(exponent) { exponent += 1 }
        end = exponent
      }
    }
    position = end
    return start..<end
  }
}
