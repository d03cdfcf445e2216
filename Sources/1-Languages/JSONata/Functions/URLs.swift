import JSON

/// `encodeURI`, `decodeURI` and their component forms. Source: ECMA-262, 19.2.6.
enum URLs {
  static let functions: [Builtin] = [
    function("encodeUrlComponent") { try encode($0, keeping: "-_.!~*'()", "encodeUrlComponent") },
    function("encodeUrl") { try encode($0, keeping: "-_.!~*'();/?:@&=+$,#", "encodeUrl") },
    function("decodeUrlComponent") { try decode($0, keeping: "", "decodeUrlComponent") },
    function("decodeUrl") { try decode($0, keeping: ";/?:@&=+$,#", "decodeUrl") },
  ]

  private static func function(_ name: String, _ body: @escaping (String) throws -> String) -> Builtin {
    Builtin(
      name, "<s-:s>", arity: 1,
      .one { _, value in
        guard case .string(let text) = value else { return .undefined }
        return .string(try body(text))
      })
  }

  private static func malformed(_ text: String, _ function: String) -> JSONataError {
    var error = JSONataError("D3140", value: .string(text))
    error.functionName = function
    return error
  }

  /// A lone surrogate, which cannot be encoded, has become U+FFFD on its way into a string, and so that is refused.
  private static func encode(_ text: String, keeping: String, _ function: String) throws -> String {
    if text.unicodeScalars.contains("\u{FFFD}") { throw malformed(text, function) }
    let kept = Set(keeping.utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      let isAlphanumeric = byte < 0x80 && (byte | 0x20 >= 97 && byte | 0x20 <= 122 || byte >= 48 && byte <= 57)
      if isAlphanumeric || kept.contains(byte) {
        out.append(byte)
      } else {
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func decode(_ text: String, keeping: String, _ function: String) throws -> String {
    let bytes = Array(text.utf8)
    let kept = Set(keeping.utf8)
    var out: [UInt8] = []
    var place = 0
    func escape(_ place: Int) -> UInt8? {
      guard place + 2 < bytes.count, bytes[place] == UInt8(ascii: "%"), let high = hex(bytes[place + 1]), let low = hex(bytes[place + 2])
      else { return nil }
      return high << 4 | low
    }
    while place < bytes.count {
      guard bytes[place] == UInt8(ascii: "%") else {
        out.append(bytes[place])
        place += 1
        continue
      }
      guard let first = escape(place) else { throw malformed(text, function) }
      if first < 0x80 {
        if kept.contains(first) { out += bytes[place..<place + 3] } else { out.append(first) }
        place += 3
        continue
      }
      var group = [first]
      let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
      for more in 1..<length {
        guard let next = escape(place + 3 * more) else { throw malformed(text, function) }
        group.append(next)
      }
      guard let character = String(validating: group, as: UTF8.self) else { throw malformed(text, function) }
      out += Array(character.utf8)
      place += 3 * length
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
    default: nil
    }
  }
}
