import JSON

/// Splits an expression into tokens. Source: the grammar of the reference implementation's tokenizer.
struct Lexer {
  let source: [UInt8]
  let profile: JSONata.Profile
  var place = 0

  init(_ text: String, _ profile: JSONata.Profile) {
    source = Array(text.utf8)
    self.profile = profile
  }

  @inline(__always)
  func byte(_ offset: Int = 0) -> UInt8 { place + offset < source.count ? source[place + offset] : 0 }

  func text(_ range: Range<Int>) -> String {
    source.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
  }

  /// The next token. After an operand a slash divides, elsewhere it begins a regular expression.
  mutating func next(afterOperand: Bool) throws -> Token {
    try skipSpace()
    guard place < source.count else { return Token(kind: .end, text: "(end)", position: source.count) }
    let first = byte()
    if first == UInt8(ascii: "/"), !afterOperand {
      place += 1
      let regex = try scanRegex()
      return Token(kind: .regex, regex: regex, position: place)
    }
    if let symbol = symbol(first) {
      place += symbol.utf8.count
      return Token(kind: .symbol, text: symbol, position: place, power: Token.power(symbol))
    }
    switch first {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return try string(first)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "`"): return try quotedName()
    default: return name()
    }
  }

  private mutating func skipSpace() throws {
    while place < source.count {
      switch source[place] {
      case 0x20, 0x09, 0x0A, 0x0D, 0x0B: place += 1
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
        let start = place
        place += 2
        while !(byte() == UInt8(ascii: "*") && byte(1) == UInt8(ascii: "/")) {
          place += 1
          if place >= source.count { throw JSONataError("S0106", position: start) }
        }
        place += 2
      default: return
      }
    }
  }

  /// The symbol that begins with that byte here.
  private func symbol(_ first: UInt8) -> String? {
    let second = byte(1)
    switch (first, second) {
    case (UInt8(ascii: "."), UInt8(ascii: ".")): return ".."
    case (UInt8(ascii: ":"), UInt8(ascii: "=")): return ":="
    case (UInt8(ascii: "!"), UInt8(ascii: "=")): return "!="
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): return ">="
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): return "<="
    case (UInt8(ascii: "*"), UInt8(ascii: "*")): return "**"
    case (UInt8(ascii: "~"), UInt8(ascii: ">")): return "~>"
    case (UInt8(ascii: "?"), UInt8(ascii: ":")) where profile == .current: return "?:"
    case (UInt8(ascii: "?"), UInt8(ascii: "?")) where profile == .current: return "??"
    default: return Self.isSymbol(first) ? Self.symbols[Int(first)] : nil
    }
  }

  private static let symbols: [String] = (0..<128).map { String(Unicode.Scalar(UInt8($0))) }

  /// Bytes that end a name and are symbols of their own.
  @inline(__always)
  static func isSymbol(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: ";"), UInt8(ascii: ":"),
      UInt8(ascii: "?"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"),
      UInt8(ascii: "|"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "^"), UInt8(ascii: "&"),
      UInt8(ascii: "!"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private mutating func quotedName() throws -> Token {
    let start = place + 1
    guard let end = source[start...].firstIndex(of: UInt8(ascii: "`")) else { throw JSONataError("S0105", position: source.count) }
    place = end + 1
    return Token(kind: .name, text: text(start..<end), position: place)
  }

  private mutating func name() -> Token {
    let start = place
    while place < source.count {
      let byte = source[place]
      if byte <= 0x20, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D || byte == 0x0B { break }
      if Self.isSymbol(byte) { break }
      place += 1
    }
    if source[start] == UInt8(ascii: "$") { return Token(kind: .variable, text: text(start + 1..<place), position: place) }
    let name = text(start..<place)
    switch name {
    case "or", "in", "and": return Token(kind: .symbol, text: name, position: place, power: Token.power(name))
    case "true": return Token(kind: .value, text: name, literal: .bool(true), position: place)
    case "false": return Token(kind: .value, text: name, literal: .bool(false), position: place)
    case "null": return Token(kind: .value, text: name, literal: .null, position: place)
    default: return Token(kind: .name, text: name, position: place)
    }
  }
}
