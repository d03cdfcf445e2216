/// A piece of a query. Regular expressions are no tokens: the parser reads them where they can stand.
struct Token: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// A word without quotation marks: a keyword, the name of a function, or a field with dots.
    case word
    /// A name in backticks; its text.
    case quoted(String)
    case string([UInt8])
    case number(Double)
    /// A number with letters after it: `5m`.
    case period(Int64, String)
    case symbol
    case end
  }
  var kind: Kind
  var range: Range<Int>
}

/// Reads tokens off the bytes of a query, and skips white space and comments.
struct Lexer {
  let text: QueryText
  private(set) var position = 0

  init(_ text: QueryText) { self.text = text }

  private var bytes: [UInt8] { text.bytes }
  private func byte(_ offset: Int) -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func next() throws(QueryError) -> Token {
    skipBlank()
    let start = position
    guard let first = byte(start) else { return Token(kind: .end, range: start..<start) }
    switch first {
    case UInt8(ascii: "`"): return try quoted()
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return try string(first)
    case _ where Self.isDigit(first): return try number()
    case _ where Self.startsWord(first): return word()
    default:
      let pair = byte(start + 1).map { [first, $0] } ?? []
      let twoBytes = ["!=", "<=", ">=", "=~", "=="].contains { Array($0.utf8) == pair }
      position += twoBytes ? 2 : Self.length(first)
      position = min(position, bytes.count)
      return Token(kind: .symbol, range: start..<position)
    }
  }

  /// Goes back to where a token began.
  mutating func rewind(to offset: Int) { position = offset }

  private mutating func skipBlank() {
    while let next = byte(position) {
      if next == 0x20 || (0x09...0x0D).contains(next) {
        position += 1
      } else if next == UInt8(ascii: "#") {
        while let rest = byte(position), rest != UInt8(ascii: "\n") { position += 1 }
      } else {
        return
      }
    }
  }

  private mutating func word() -> Token {
    let start = position
    while let next = byte(position), Self.continuesWord(next) { position += 1 }
    // A point at the end belongs to what follows: `js.` before a name in backticks.
    while position > start + 1, bytes[position - 1] == UInt8(ascii: ".") { position -= 1 }
    return Token(kind: .word, range: start..<position)
  }

  private mutating func quoted() throws(QueryError) -> Token {
    let start = position
    var content: [UInt8] = []
    position += 1
    while let next = byte(position), next != UInt8(ascii: "`") {
      if next == UInt8(ascii: "\\"), let escaped = byte(position + 1), escaped == UInt8(ascii: "`") || escaped == next {
        content.append(escaped)
        position += 2
      } else {
        content.append(next)
        position += 1
      }
    }
    guard byte(position) != nil, !content.isEmpty else { throw text.unexpected(start..<position, expected: "a name in backticks") }
    position += 1
    return Token(kind: .quoted(String(decoding: content, as: UTF8.self)), range: start..<position)
  }

  private mutating func string(_ mark: UInt8) throws(QueryError) -> Token {
    let start = position
    var content: [UInt8] = []
    position += 1
    while let next = byte(position), next != mark {
      guard next == UInt8(ascii: "\\"), let escaped = byte(position + 1) else {
        content.append(next)
        position += 1
        continue
      }
      switch escaped {
      case mark, UInt8(ascii: "\\"): content.append(escaped)
      case UInt8(ascii: "n"): content.append(0x0A)
      case UInt8(ascii: "t"): content.append(0x09)
      case UInt8(ascii: "r"): content.append(0x0D)
      default: content += [next, escaped]
      }
      position += 2
    }
    guard byte(position) != nil else { throw text.error("a string that begins here does not end", start..<bytes.count) }
    position += 1
    return Token(kind: .string(content), range: start..<position)
  }

  private mutating func number() throws(QueryError) -> Token {
    let start = position
    var whole: Int64? = 0
    while let next = byte(position), Self.isDigit(next) {
      whole = whole.flatMap { $0 > 1_000_000_000_000_000 ? nil : $0 * 10 + Int64(next - 48) }
      position += 1
    }
    if byte(position) == UInt8(ascii: "."), let next = byte(position + 1), Self.isDigit(next) {
      whole = nil
      position += 1
      while let next = byte(position), Self.isDigit(next) { position += 1 }
    }
    let digitsEnd = position
    while let next = byte(position), Self.startsWord(next), next != UInt8(ascii: "@") { position += 1 }
    if position > digitsEnd {
      let letters = text.text(digitsEnd..<position)
      if let exponent = exponent(from: digitsEnd, letters) { return try finish(start..<exponent) }
      guard let whole else { throw text.unexpected(start..<position) }
      return Token(kind: .period(whole, letters), range: start..<position)
    }
    return try finish(start..<digitsEnd)
  }

  /// Where a number with an exponent ends, when the letters begin one: `1e3`, `2E-4`.
  private mutating func exponent(from start: Int, _ letters: String) -> Int? {
    guard letters.lowercased() == "e" else { return nil }
    var end = start + 1
    if let sign = byte(end), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { end += 1 }
    let digits = end
    while let next = byte(end), Self.isDigit(next) { end += 1 }
    guard end > digits else { return nil }
    position = end
    return end
  }

  private func finish(_ range: Range<Int>) throws(QueryError) -> Token {
    guard let value = Double(text.text(range)), value.isFinite else { throw text.error("the number is too large", range) }
    return Token(kind: .number(value), range: range)
  }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
  static func startsWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "@") || byte >= 0x80
      || byte == UInt8(ascii: "$")
  }
  static func continuesWord(_ byte: UInt8) -> Bool { startsWord(byte) || isDigit(byte) || byte == UInt8(ascii: ".") }
  /// How many bytes the character has that begins with this one.
  static func length(_ first: UInt8) -> Int { first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4 }
}
