/// Reads a text byte by byte. Offsets are bytes of UTF-8.
struct TextScanner {
  let bytes: [UInt8]
  var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position >= bytes.count }
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  func peek(_ ahead: Int) -> UInt8? {
    let index = position + ahead
    return index < bytes.count ? bytes[index] : nil
  }

  mutating func skipSpace() {
    while let byte = peek, byte.isSpace { position += 1 }
  }

  mutating func take(_ character: Character) -> Bool {
    guard let byte = character.asciiValue, peek == byte else { return false }
    position += 1
    return true
  }

  /// Takes a text of ASCII, as it stands.
  mutating func take(text: StaticString) -> Bool {
    let matched: Bool = text.withUTF8Buffer { wanted in
      wanted.count <= bytes.count - position && zip(wanted, bytes[position...]).allSatisfy { $0 == $1 }
    }
    if matched { position += text.utf8CodeUnitCount }
    return matched
  }

  mutating func takeWhile(_ test: (UInt8) -> Bool) -> String {
    let start = position
    while let byte = peek, test(byte) { position += 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// What lies between the quote at the position and the next of its kind, a backslash before a character taking it as it is.
  /// Nil, and the position unchanged, when the quote is not closed.
  mutating func takeQuoted() -> String? {
    guard let quote = peek else { return nil }
    var content: [UInt8] = []
    var at = position + 1
    while at < bytes.count {
      let byte = bytes[at]
      if byte == quote {
        position = at + 1
        return String(decoding: content, as: UTF8.self)
      }
      if byte == UInt8(ascii: "\\"), at + 1 < bytes.count {
        at += 1
        content.append(bytes[at])
      } else {
        content.append(byte)
      }
      at += 1
    }
    return nil
  }

  /// What stands at the position, for an error: a word, a single character or the end.
  var found: String {
    guard let byte = peek else { return "the end" }
    var copy = self
    let word = copy.takeWhile { $0.isWord || $0 >= 0x80 }
    return word.isEmpty ? "'\(Character(UnicodeScalar(byte)))'" : "'\(word.prefix(64))'"
  }
}

extension UInt8 {
  var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
  var isUpper: Bool { self &- UInt8(ascii: "A") < 26 }
  var isLower: Bool { self &- UInt8(ascii: "a") < 26 }
  /// A letter of ASCII.
  var isLetter: Bool { isUpper || isLower }
  var isWord: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }
  var lowered: UInt8 { isUpper ? self | 0x20 : self }
}
