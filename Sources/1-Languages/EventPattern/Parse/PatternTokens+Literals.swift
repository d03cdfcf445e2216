/// White space, words, numbers and strings.
extension PatternTokens {
  /// The next byte that is no white space, or nil at the end of a document that is whole.
  mutating func nextVisible() throws(EventPatternError) -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): continue
      case 0..<0x20:
        throw failure("Illegal character (\(Self.described(byte)): only regular white space (\\r, \\n, \\t) is allowed between tokens")
      default: return byte
      }
    }
    guard let innermost = nesting.last else { return nil }
    let kind = innermost.isObject ? "Object" : "Array"
    throw failure("Unexpected end-of-input: expected close marker for \(kind) (start marker at \(location(innermost.start - 1)))")
  }

  mutating func requireVisible(_ kind: String) throws(EventPatternError) -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte > 0x20 { return byte }
    }
    throw failure("Unexpected end-of-input within/between \(kind) entries")
  }

  mutating func readWord(_ first: UInt8) throws(EventPatternError) -> PatternToken {
    startLiteral()
    while position < bytes.count, Self.isWordPart(bytes[position]) { position += 1 }
    let word = bytes[literalStart..<position]
    if word.elementsEqual("true".utf8) { return .boolean(true) }
    if word.elementsEqual("false".utf8) { return .boolean(false) }
    if word.elementsEqual("null".utf8) { return .null }
    throw unrecognized()
  }

  func unrecognized() -> EventPatternError {
    let word = bytes[literalStart..<position].prefix(256)
    return failure(
      "Unrecognized token '\(String(decoding: word, as: UTF8.self))': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    )
  }

  mutating func readNumber(_ first: UInt8) throws(EventPatternError) {
    startLiteral()
    var digit = first
    if first == UInt8(ascii: "-") {
      digit = position < bytes.count ? bytes[position] : 0
      position = min(position + 1, bytes.count)
      guard Self.isDigit(digit) else { throw unexpected(digit, "expected digit (0-9) to follow minus sign, for valid numeric value") }
    }
    if digit == UInt8(ascii: "0"), position < bytes.count, Self.isDigit(bytes[position]) {
      throw failure("Invalid numeric value: Leading zeroes not allowed")
    }
    skipDigits()
    if take(UInt8(ascii: ".")) { try requireDigits("Decimal point not followed by a digit") }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try requireDigits("Exponent indicator not followed by a digit")
    }
  }

  private mutating func requireDigits(_ complaint: String) throws(EventPatternError) {
    let start = position
    skipDigits()
    if position == start {
      let byte = position < bytes.count ? bytes[position] : 0
      throw unexpected(byte, complaint)
    }
  }

  private mutating func skipDigits() {
    while position < bytes.count, Self.isDigit(bytes[position]) { position += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// The text up to the closing quote, which is read too, with escapes resolved.
  mutating func readString(_ unfinished: String) throws(EventPatternError) -> [UInt8] {
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case UInt8(ascii: "\\"): try readEscape(into: &text)
      case 0..<0x20:
        throw failure(
          "Illegal unquoted character (\(Self.described(byte))): has to be escaped using backslash to be included in string value")
      default: text.append(byte)
      }
    }
    throw failure("Unexpected end-of-input\(unfinished)")
  }

  private mutating func readEscape(into text: inout [UInt8]) throws(EventPatternError) {
    guard position < bytes.count else { throw failure("Unexpected end-of-input in character escape sequence") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "u"): try readUnicode(into: &text)
    default: throw failure("Unrecognized character escape \(Self.described(byte))")
    }
  }

  private mutating func readUnicode(into text: inout [UInt8]) throws(EventPatternError) {
    let unit = try readHex()
    if unit & 0xFC00 == 0xD800, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    {
      let mark = position
      position += 2
      let low = try readHex()
      if low & 0xFC00 == 0xDC00 {
        let scalar = 0x10000 + (unit & 0x3FF) << 10 + low & 0x3FF
        text.append(contentsOf: String(Unicode.Scalar(scalar).map(Character.init) ?? "\u{FFFD}").utf8)
        return
      }
      position = mark
    }
    text.append(contentsOf: String(Unicode.Scalar(unit).map(Character.init) ?? "\u{FFFD}").utf8)
  }

  private mutating func readHex() throws(EventPatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw failure("Unexpected end-of-input in character escape sequence") }
      let byte = bytes[position]
      position += 1
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected(byte, "expected a hex-digit for character escape sequence")
      }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  static func isWordPart(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "$") || byte >= 0x80
  }
}
