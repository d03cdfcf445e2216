import JSON

/// Reads the condition of a filter: comparisons joined by `&&`, `||` and `!`.
struct PredicateParser {
  var cursor: Cursor
  let depth: Int

  init(_ cursor: Cursor, depth: Int) {
    self.cursor = cursor
    self.depth = depth
  }

  mutating func parenthesized() throws(JSONPathSyntaxError) -> Predicate {
    try cursor.expect(UInt8(ascii: "("))
    let predicate = try disjunction(0)
    cursor.skipSpaces()
    try cursor.expect(UInt8(ascii: ")"))
    return predicate
  }

  private mutating func disjunction(_ level: Int) throws(JSONPathSyntaxError) -> Predicate {
    guard level < 64 else { throw cursor.fault("The filter is nested too deeply") }
    var left = try conjunction(level)
    cursor.skipSpaces()
    while cursor.take("||") {
      left = .or(left, try conjunction(level))
      cursor.skipSpaces()
    }
    return left
  }

  private mutating func conjunction(_ level: Int) throws(JSONPathSyntaxError) -> Predicate {
    var left = try negation(level)
    cursor.skipSpaces()
    while cursor.take("&&") {
      left = .and(left, try negation(level))
      cursor.skipSpaces()
    }
    return left
  }

  private mutating func negation(_ level: Int) throws(JSONPathSyntaxError) -> Predicate {
    var negated = false
    cursor.skipSpaces()
    while cursor.current == UInt8(ascii: "!"), cursor.peek(1) != UInt8(ascii: "=") {
      cursor.position += 1
      negated.toggle()
      cursor.skipSpaces()
    }
    let inner: Predicate
    if cursor.take(UInt8(ascii: "(")) {
      inner = try disjunction(level + 1)
      cursor.skipSpaces()
      try cursor.expect(UInt8(ascii: ")"))
    } else {
      inner = try comparison()
    }
    return negated ? .not(inner) : inner
  }

  private mutating func comparison() throws(JSONPathSyntaxError) -> Predicate {
    let left = try operand()
    cursor.skipSpaces()
    guard let comparison = try comparator() else { return .exists(left) }
    cursor.skipSpaces()
    if case .matches = comparison { return .compare(left, comparison, try pattern()) }
    return .compare(left, comparison, try operand())
  }

  private mutating func comparator() throws(JSONPathSyntaxError) -> Predicate.Comparison? {
    if cursor.take("=~") { return .matches }
    if cursor.take("===") || cursor.take("==") { return .equal }
    if cursor.take("!==") || cursor.take("!=") { return .notEqual }
    if cursor.take("<=") { return .lessOrEqual }
    if cursor.take(">=") { return .greaterOrEqual }
    if cursor.take("<") { return .less }
    if cursor.take(">") { return .greater }
    let start = cursor.position
    while let byte = cursor.current, byte | 0x20 >= 0x61, byte | 0x20 <= 0x7A { cursor.position += 1 }
    guard cursor.position > start else { return nil }
    switch cursor.text(start..<cursor.position).lowercased() {
    case "in": return .isIn
    case "nin": return .notIn
    case "subsetof": return .subsetOf
    case "anyof": return .anyOf
    case "noneof": return .noneOf
    case "size": return .size
    case "empty": return .empty
    case "contains": return .contains
    default: throw JSONPathSyntaxError(offset: start, message: "Filter operator is not supported")
    }
  }

  private mutating func operand() throws(JSONPathSyntaxError) -> Predicate.Operand {
    cursor.skipSpaces()
    guard let byte = cursor.current else { throw cursor.fault("Expected an operand") }
    switch byte {
    case UInt8(ascii: "@"): return .element(try path())
    case UInt8(ascii: "$"): return .document(try path())
    case UInt8(ascii: "/"): return try pattern()
    default: return .literal(try literal(0))
    }
  }

  private mutating func path() throws(JSONPathSyntaxError) -> JSONPath {
    let start = cursor.position
    cursor.position += 1
    var parser = PathParser(cursor, depth: depth)
    let segments = try parser.segments {
      switch $0 {
      case UInt8(ascii: "."), UInt8(ascii: "["): false
      default: true
      }
    }
    cursor = parser.cursor
    return JSONPath(text: cursor.text(start..<cursor.position), segments: segments)
  }

  private mutating func literal(_ level: Int) throws(JSONPathSyntaxError) -> JSONValue {
    cursor.skipSpaces()
    if cursor.take("true") { return .bool(true) }
    if cursor.take("false") { return .bool(false) }
    if cursor.take("null") { return .null }
    switch cursor.current {
    case UInt8(ascii: "'"), UInt8(ascii: "\""):
      var parser = PathParser(cursor, depth: depth)
      let text = try parser.quoted()
      cursor = parser.cursor
      return .string(text)
    case UInt8(ascii: "[") where level < 16:
      cursor.position += 1
      var elements: [JSONValue] = []
      cursor.skipSpaces()
      if cursor.take(UInt8(ascii: "]")) { return .array([]) }
      repeat { elements.append(try literal(level + 1)) } while takeComma()
      try cursor.expect(UInt8(ascii: "]"))
      return .array(elements)
    default:
      guard let range = cursor.number(), let value = try? JSONValue(parsing: cursor.text(range)) else {
        throw cursor.fault("Expected an operand")
      }
      return value
    }
  }

  private mutating func takeComma() -> Bool {
    cursor.skipSpaces()
    return cursor.take(UInt8(ascii: ","))
  }

  private mutating func pattern() throws(JSONPathSyntaxError) -> Predicate.Operand {
    try cursor.expect(UInt8(ascii: "/"))
    var pattern: [UInt8] = []
    while let byte = cursor.current, byte != UInt8(ascii: "/") {
      cursor.position += 1
      if byte == UInt8(ascii: "\\"), let next = cursor.current {
        if next != UInt8(ascii: "/") { pattern.append(byte) }
        pattern.append(next)
        cursor.position += 1
      } else {
        pattern.append(byte)
      }
    }
    try cursor.expect(UInt8(ascii: "/"))
    var caseInsensitive = false
    while let byte = cursor.current, byte | 0x20 >= 0x61, byte | 0x20 <= 0x7A {
      caseInsensitive = caseInsensitive || byte == UInt8(ascii: "i")
      cursor.position += 1
    }
    return .pattern(String(decoding: pattern, as: UTF8.self), caseInsensitive: caseInsensitive)
  }
}
