/// Reads the path grammar of the Java implementation that AWS runs.
struct PathParser {
  var cursor: Cursor
  /// Filters may hold paths whose filters hold paths; deeper than this is refused.
  static let nesting = 16
  /// Bounds of what is read and walked recursively.
  static let longest = 16_384
  static let steps = 256
  let depth: Int

  init(_ text: String) {
    cursor = Cursor(text)
    depth = 0
  }

  init(_ cursor: Cursor, depth: Int) {
    self.cursor = cursor
    self.depth = depth
  }

  /// The whole text as one path from `$`.
  mutating func path() throws(JSONPathSyntaxError) -> [Segment] {
    guard cursor.bytes.count <= Self.longest else { throw cursor.fault("A path must not be longer than \(Self.longest) bytes") }
    guard cursor.take(UInt8(ascii: "$")) else { throw cursor.fault("A path must start with '$'") }
    let segments = try segments { _ in false }
    guard cursor.atEnd else { throw cursor.fault("Unexpected character") }
    return segments
  }

  /// Steps until the end of the text or a byte that ends an operand of a filter.
  mutating func segments(until ends: (UInt8) -> Bool) throws(JSONPathSyntaxError) -> [Segment] {
    var segments: [Segment] = []
    while let byte = cursor.current, !ends(byte) {
      guard segments.count < Self.steps else { throw cursor.fault("A path must not have more than \(Self.steps) steps") }
      if case .function? = segments.last { throw cursor.fault("A function must be the last step of a path") }
      switch byte {
      case UInt8(ascii: "."):
        cursor.position += 1
        if cursor.take(UInt8(ascii: ".")) {
          let next = cursor.current == UInt8(ascii: "[") ? try bracket() : try dotted()
          if case .function = next { throw cursor.fault("A function cannot follow '..'") }
          segments.append(.scan(next))
        } else {
          segments.append(cursor.current == UInt8(ascii: "[") ? try bracket() : try dotted())
        }
      case UInt8(ascii: "["):
        segments.append(try bracket())
      default:
        throw cursor.fault("Unexpected character")
      }
    }
    return segments
  }

  private mutating func dotted() throws(JSONPathSyntaxError) -> Segment {
    if cursor.take(UInt8(ascii: "*")) { return .wildcard }
    let start = cursor.position
    while let byte = cursor.current, !Self.endsName(byte) { cursor.position += 1 }
    guard cursor.position > start else { throw cursor.fault("A path must not end with a '.' or '..'") }
    let name = cursor.text(start..<cursor.position)
    guard cursor.current == UInt8(ascii: "(") else { return .member(name) }
    cursor.position += 1
    cursor.skipSpaces()
    let argument = cursor.integer()
    cursor.skipSpaces()
    try cursor.expect(UInt8(ascii: ")"))
    guard let function = PathFunction(name: name, argument: argument) else {
      throw JSONPathSyntaxError(offset: start, message: "Function with name: \(name) does not exist")
    }
    return .function(function)
  }

  private static func endsName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: " "),
      UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"),
      UInt8(ascii: "|"), UInt8(ascii: "~"), 0x09, 0x0A, 0x0D:
      true
    default: false
    }
  }

  private mutating func bracket() throws(JSONPathSyntaxError) -> Segment {
    try cursor.expect(UInt8(ascii: "["))
    cursor.skipSpaces()
    let segment: Segment
    switch cursor.current {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): segment = try members()
    case UInt8(ascii: "*"):
      cursor.position += 1
      segment = .wildcard
    case UInt8(ascii: "?"): segment = try filter()
    default: segment = try positions()
    }
    cursor.skipSpaces()
    try cursor.expect(UInt8(ascii: "]"))
    return segment
  }

  private mutating func members() throws(JSONPathSyntaxError) -> Segment {
    var names: [String] = []
    repeat {
      cursor.skipSpaces()
      names.append(try quoted())
      cursor.skipSpaces()
    } while cursor.take(UInt8(ascii: ","))
    return names.count == 1 ? .member(names[0]) : .members(names)
  }

  /// A name between quotes. A backslash only escapes the quote itself; AWS leaves every other one in the name.
  mutating func quoted() throws(JSONPathSyntaxError) -> String {
    guard let quote = cursor.current, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw cursor.fault("Expected a quoted name")
    }
    cursor.position += 1
    var name: [UInt8] = []
    while let byte = cursor.current {
      cursor.position += 1
      if byte == quote { return String(decoding: name, as: UTF8.self) }
      if byte == UInt8(ascii: "\\"), cursor.current == quote {
        name.append(quote)
        cursor.position += 1
      } else {
        name.append(byte)
      }
    }
    throw cursor.fault("Property has not been closed - missing closing \(Character(UnicodeScalar(quote)))")
  }

  private mutating func positions() throws(JSONPathSyntaxError) -> Segment {
    let first = cursor.integer()
    cursor.skipSpaces()
    if cursor.take(UInt8(ascii: ":")) {
      cursor.skipSpaces()
      let last = cursor.integer()
      guard first != nil || last != nil else { throw cursor.fault("A slice needs a start or an end") }
      return .slice(from: first, to: last)
    }
    guard let first else { throw cursor.fault("Could not parse token") }
    var positions = [first]
    while cursor.take(UInt8(ascii: ",")) {
      cursor.skipSpaces()
      guard let next = cursor.integer() else { throw cursor.fault("Expected an index") }
      positions.append(next)
      cursor.skipSpaces()
    }
    return positions.count == 1 ? .index(first) : .indexes(positions)
  }

  private mutating func filter() throws(JSONPathSyntaxError) -> Segment {
    let start = cursor.position
    cursor.position += 1
    cursor.skipSpaces()
    guard depth < Self.nesting else { throw cursor.fault("Filters are nested too deeply") }
    var parser = PredicateParser(cursor, depth: depth + 1)
    let predicate = try parser.parenthesized()
    cursor = parser.cursor
    return .filter(predicate, text: "[\(cursor.text(start..<cursor.position))]")
  }
}
