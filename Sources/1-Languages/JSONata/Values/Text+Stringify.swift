import JSON

extension Text {
  /// The value as `$string` gives it where nothing can go wrong: what errors show.
  static func string(of value: Value) -> String {
    switch value {
    case .string(let text): text
    default: (try? stringify(value, pretty: false)) ?? ""
    }
  }

  /// The JSON text of a value as JavaScript writes it, with numbers of 15 significant digits and functions as empty strings.
  static func stringify(_ value: Value, pretty: Bool) throws -> String {
    var writer = Stringifier(pretty: pretty)
    try writer.write(value, 0)
    return writer.out
  }

  /// A string in quotes, escaped as JSON.stringify does.
  static func quoted(_ text: String, into out: inout String) {
    out += "\""
    let plain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    if plain {
      out += text
    } else {
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        case "\u{08}": out += "\\b"
        case "\u{0C}": out += "\\f"
        default:
          if scalar.value < 0x20 {
            out += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
          } else {
            out.unicodeScalars.append(scalar)
          }
        }
      }
    }
    out += "\""
  }
}

private struct Stringifier {
  let pretty: Bool
  var out = ""

  mutating func write(_ value: Value, _ level: Int) throws {
    switch value {
    case .undefined, .unset, .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .number(let number):
      if number.isNaN { out += "null" } else { out += Numbers.text(try Numbers.finite(number)) }
    case .string(let text): Text.quoted(text, into: &out)
    case .function: out += "\"\""
    case .array, .inputArray: try writeArray(value, level)
    case .object, .inputObject: try writeObject(value, level)
    }
  }

  private mutating func line(_ level: Int) {
    guard pretty else { return }
    out += "\n"
    for _ in 0..<level { out += "  " }
  }

  private mutating func writeArray(_ value: Value, _ level: Int) throws {
    let count = value.elementCount
    guard count > 0 else {
      out += "[]"
      return
    }
    for position in 0..<count {
      out += position == 0 ? "[" : ","
      line(level + 1)
      try write(value.element(position), level + 1)
    }
    line(level)
    out += "]"
  }

  private mutating func writeObject(_ value: Value, _ level: Int) throws {
    var first = true
    try value.forEachMember { name, member in
      out += first ? "{" : ","
      first = false
      line(level + 1)
      Text.quoted(name, into: &out)
      out += pretty ? ": " : ":"
      try write(member, level + 1)
    }
    if first {
      out += "{}"
    } else {
      line(level)
      out += "}"
    }
  }
}
