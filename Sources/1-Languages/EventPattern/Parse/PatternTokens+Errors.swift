/// The sentences of the reader that AWS uses, for text that is no JSON.
extension PatternTokens {
  func location(_ offset: Int) -> SourceLocation { SourceLocation(source: bytes, offset: offset) }

  /// An ASCII character by name and code.
  static func described(_ byte: UInt8) -> String {
    if byte < 0x20 { return "(CTRL-CHAR, code \(byte))" }
    return "'\(Character(Unicode.Scalar(byte)))' (code \(byte))"
  }

  /// The character that ends at `position`, by name and code.
  private func describedCharacter(_ byte: UInt8) -> String {
    guard byte >= 0x80 else { return Self.described(byte) }
    var start = max(position - 1, 0)
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    let rest = String(decoding: bytes[start...].prefix(4), as: UTF8.self)
    guard let scalar = rest.unicodeScalars.first else { return Self.described(byte) }
    return scalar.value > 255
      ? "'\(scalar)' (code \(scalar.value) / 0x\(String(scalar.value, radix: 16)))" : "'\(scalar)' (code \(scalar.value))"
  }

  func unexpected(_ byte: UInt8, _ comment: String) -> EventPatternError {
    failure("Unexpected character (\(describedCharacter(byte))): \(comment)")
  }

  /// For a character that no value begins with.
  mutating func unexpectedValue(_ byte: UInt8) -> EventPatternError {
    startLiteral()
    guard Self.isWordPart(byte), !Self.isDigit(byte) else {
      return unexpected(
        byte, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
    }
    while position < bytes.count, Self.isWordPart(bytes[position]) { position += 1 }
    return unrecognized()
  }

  func mismatched(_ byte: UInt8) -> EventPatternError {
    guard let innermost = nesting.last else {
      return unexpected(byte, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
    }
    let kind = innermost.isObject ? "Object" : "Array"
    let wanted = innermost.isObject ? "}" : "]"
    return failure(
      "Unexpected close marker '\(Character(Unicode.Scalar(byte)))': expected '\(wanted)' (for \(kind) starting at \(location(innermost.start - 1)))"
    )
  }
}
