import JSON

extension SourceTree {
  /// Finds the places in a JSON text that has been parsed without an error.
  public init(json text: [UInt8]) {
    var scanner = PlaceScanner(bytes: text)
    self.init(root: scanner.value(0))
  }
}

/// Walks through JSON that is known to be right. Of anything else it makes something, and ends.
private struct PlaceScanner {
  let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var column = 1

  init(bytes: [UInt8]) { self.bytes = bytes }

  private var position: SourceTree.Position { SourceTree.Position(line: line, column: column) }
  private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func advance() {
    guard index < bytes.count else { return }
    let byte = bytes[index]
    index += 1
    if byte == UInt8(ascii: "\n") {
      line += 1
      column = 1
    } else if byte & 0xC0 != 0x80 {
      // Continuation bytes belong to the character before them.
      column += 1
    }
  }

  private mutating func skipSpace() {
    while let byte, byte == 32 || (9...13).contains(byte) { advance() }
  }

  mutating func value(_ depth: Int) -> SourceTree.Node {
    skipSpace()
    let start = position
    guard depth <= JSONLimits.deepest else { return SourceTree.Node(start, .plain) }
    switch byte {
    case UInt8(ascii: "{"): return SourceTree.Node(start, .object(members(depth)))
    case UInt8(ascii: "["): return SourceTree.Node(start, .array(elements(depth)))
    case UInt8(ascii: "\""):
      _ = string()
      return SourceTree.Node(start, .plain)
    default:
      while let byte, byte != UInt8(ascii: ","), byte != UInt8(ascii: "}"), byte != UInt8(ascii: "]"), byte > 32 { advance() }
      return SourceTree.Node(start, .plain)
    }
  }

  private mutating func members(_ depth: Int) -> [(name: String, at: SourceTree.Position, value: SourceTree.Node)] {
    var members: [(name: String, at: SourceTree.Position, value: SourceTree.Node)] = []
    advance()
    while true {
      skipSpace()
      guard byte == UInt8(ascii: "\"") else { break }
      let at = position
      let name = string()
      skipSpace()
      if byte == UInt8(ascii: ":") { advance() }
      members.append((name, at, value(depth + 1)))
      skipSpace()
      guard byte == UInt8(ascii: ",") else { break }
      advance()
    }
    if byte == UInt8(ascii: "}") { advance() }
    return members
  }

  private mutating func elements(_ depth: Int) -> [SourceTree.Node] {
    var elements: [SourceTree.Node] = []
    advance()
    skipSpace()
    while let byte, byte != UInt8(ascii: "]") {
      elements.append(value(depth + 1))
      skipSpace()
      guard self.byte == UInt8(ascii: ",") else { break }
      advance()
      skipSpace()
    }
    if byte == UInt8(ascii: "]") { advance() }
    return elements
  }

  /// A string with its escapes resolved.
  private mutating func string() -> String {
    let start = index
    advance()
    var plain = true
    while let byte, byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\") {
        plain = false
        advance()
      }
      advance()
    }
    advance()
    if plain { return String(decoding: bytes[(start + 1)..<max(start + 1, index - 1)], as: UTF8.self) }
    return (try? JSONValue(parsing: Array(bytes[start..<index])))?.string ?? ""
  }
}
