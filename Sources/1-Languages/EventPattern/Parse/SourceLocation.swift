/// A place in the text of a pattern, written as AWS writes it in its errors.
///
/// AWS reads patterns with Jackson, whose messages quote the first 500 characters of the text and count lines and
/// columns from 1, columns in UTF-16 units.
struct SourceLocation: CustomStringConvertible {
  let source: [UInt8]
  /// Bytes before the place.
  let offset: Int

  private static let quoted = 500

  var description: String { "[Source: (String)\(excerpt); line: \(place.line), column: \(place.column)]" }

  private var place: (line: Int, column: Int) {
    var line = 1
    var column = 1
    var afterReturn = false
    for byte in source.prefix(offset) {
      switch byte {
      case UInt8(ascii: "\r"):
        line += 1
        column = 1
      case UInt8(ascii: "\n"):
        if !afterReturn { line += 1 }
        column = 1
      default:
        column += Self.units(of: byte)
      }
      afterReturn = byte == UInt8(ascii: "\r")
    }
    return (line, column)
  }

  private var excerpt: String {
    var units = 0
    var end = 0
    while end < source.count {
      let next = units + Self.units(of: source[end])
      if next > Self.quoted { break }
      units = next
      end += 1
    }
    let total = source.reduce(0) { $0 + Self.units(of: $1) }
    let text = "\"\(String(decoding: source[..<end], as: UTF8.self))\""
    return units == total ? text : "\(text)[truncated \(total - units) chars]"
  }

  /// UTF-16 units that the character beginning with this byte takes; 0 for a byte inside a character.
  private static func units(of byte: UInt8) -> Int {
    if byte & 0xC0 == 0x80 { return 0 }
    return byte >= 0xF0 ? 2 : 1
  }
}
