import JSON

extension Lexer {
  mutating func number() throws -> Token {
    let start = place
    func digit(_ offset: Int = 0) -> Bool { byte(offset) >= UInt8(ascii: "0") && byte(offset) <= UInt8(ascii: "9") }
    if byte() == UInt8(ascii: "0") { place += 1 } else { while digit() { place += 1 } }
    if byte() == UInt8(ascii: "."), digit(1) {
      place += 1
      while digit() { place += 1 }
    }
    if byte() | 0x20 == UInt8(ascii: "e") {
      let sign = byte(1) == UInt8(ascii: "+") || byte(1) == UInt8(ascii: "-") ? 1 : 0
      if digit(1 + sign) {
        place += 1 + sign
        while digit() { place += 1 }
      }
    }
    let literal = text(start..<place)
    guard let value = Double(literal), value.isFinite else { throw JSONataError("S0102", position: start, token: literal) }
    return Token(kind: .number, text: literal, literal: .number(value), position: place)
  }

  mutating func string(_ quote: UInt8) throws -> Token {
    place += 1
    var units: [UInt8] = []
    var high: UInt16?
    /// A half of a surrogate pair that stays alone cannot be kept.
    func settle() {
      if high != nil { units.append(contentsOf: [0xEF, 0xBF, 0xBD]) }
      high = nil
    }
    while place < source.count {
      let current = source[place]
      if current == quote {
        settle()
        place += 1
        let text = String(decoding: units, as: UTF8.self)
        return Token(kind: .string, text: text, literal: .string(text), position: place)
      }
      if current != UInt8(ascii: "\\") {
        settle()
        units.append(current)
        place += 1
        continue
      }
      place += 1
      if byte() == UInt8(ascii: "u") {
        guard let unit = hexadecimal() else { throw JSONataError("S0104", position: place) }
        place += 5
        if let first = high, 0xDC00...0xDFFF ~= unit {
          let scalar = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(unit) - 0xDC00)
          units.append(contentsOf: String(Unicode.Scalar(scalar).map(Character.init) ?? "\u{FFFD}").utf8)
          high = nil
          continue
        }
        settle()
        if 0xD800...0xDBFF ~= unit {
          high = unit
        } else {
          units.append(contentsOf: String(Unicode.Scalar(unit).map(Character.init) ?? "\u{FFFD}").utf8)
        }
        continue
      }
      settle()
      guard let plain = Self.escape(byte()) else { throw JSONataError("S0103", position: place, token: shownCharacter()) }
      units.append(plain)
      place += 1
    }
    throw JSONataError("S0101", position: place)
  }

  private static func escape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  private func shownCharacter() -> String {
    String(String(decoding: source[min(place, source.count)...].prefix(4), as: UTF8.self).prefix(1))
  }

  private func hexadecimal() -> UInt16? {
    guard place + 4 < source.count else { return nil }
    var value: UInt16 = 0
    for offset in 1...4 {
      let byte = source[place + offset]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return value
  }

  /// The regular expression after its slash: up to a slash that is neither escaped nor in brackets.
  mutating func scanRegex() throws -> Regex {
    let start = place
    var depth = 0
    while place < source.count {
      let current = source[place]
      if current == UInt8(ascii: "/"), depth == 0, !isEscaped(start) {
        guard place > start else { throw JSONataError("S0301", position: place) }
        let pattern = text(start..<place)
        place += 1
        var options = Regex.Options()
        while byte() == UInt8(ascii: "i") || byte() == UInt8(ascii: "m") {
          if byte() == UInt8(ascii: "i") { options.ignoresCase = true } else { options.multiline = true }
          place += 1
        }
        do { return try Regex(pattern, options) } catch let error as Regex.Malformed {
          throw JSONataError("S0303", position: place, token: pattern, value: .string(error.reason))
        }
      }
      let escaped = place > start && source[place - 1] == UInt8(ascii: "\\")
      switch current {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): if !escaped { depth += 1 }
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): if !escaped { depth -= 1 }
      default: break
      }
      place += 1
    }
    throw JSONataError("S0302", position: place)
  }

  private func isEscaped(_ start: Int) -> Bool {
    var slashes = 0
    while place - slashes - 1 >= start, source[place - slashes - 1] == UInt8(ascii: "\\") { slashes += 1 }
    return slashes % 2 == 1
  }
}
