import JSON

/// Builds the syntax tree of an expression: top down operator precedence (V. Pratt, 1973).
struct Parser {
  var lexer: Lexer
  var token: Token
  var depth = 0
  /// The deepest nesting accepted.
  let deepest: Int

  /// Thrown when the expression is nested deeper than `deepest`; it may be read again where more can be.
  struct TooDeep: Error {}

  init(_ text: String, _ profile: JSONata.Profile, deepest: Int) throws {
    lexer = Lexer(text, profile)
    self.deepest = deepest
    token = Token(kind: .end, position: 0)
    try advance()
  }

  static func parse(_ text: String, _ profile: JSONata.Profile, deepest: Int) throws -> Syntax {
    var parser = try Parser(text, profile, deepest: deepest)
    let tree = try parser.expression(0)
    if parser.token.kind != .end { throw JSONataError("S0201", position: parser.token.position, token: parser.shown) }
    return tree
  }

  /// The current token as errors show it.
  var shown: String { token.text }

  mutating func advance(afterOperand: Bool = false) throws {
    token = try lexer.next(afterOperand: afterOperand)
    if token.kind == .symbol, token.text == "!" || token.text == "~" {
      throw JSONataError("S0204", position: token.position, token: token.text)
    }
  }

  @inline(__always)
  func isAt(_ symbol: String) -> Bool { token.kind == .symbol && token.text == symbol }

  /// Passes the symbol, which has to be there.
  mutating func expect(_ symbol: String, afterOperand: Bool = false) throws {
    guard isAt(symbol) else {
      throw JSONataError(token.kind == .end ? "S0203" : "S0202", position: token.position, token: token.text, value: .string(symbol))
    }
    try advance(afterOperand: afterOperand)
  }

  /// An expression that ends before an operator that binds no stronger than that.
  mutating func expression(_ power: Int) throws -> Syntax {
    depth += 1
    guard depth <= deepest else { throw TooDeep() }
    let first = token
    try advance(afterOperand: true)
    var left = try prefix(first)
    while power < token.power {
      let infix = token
      try advance()
      let height = left.height
      left = try self.infix(infix, left)
      left.height = max(left.height, max(height, left.right?.height ?? 0) + 1)
      guard left.height <= deepest else { throw TooDeep() }
    }
    depth -= 1
    return left
  }

  /// The node that a token begins.
  private mutating func prefix(_ first: Token) throws -> Syntax {
    let node: Syntax
    switch first.kind {
    case .end:
      node = Syntax(.end, "(end)", first.position)
    case .name: node = Syntax(.name, first.text, first.position)
    case .variable: node = Syntax(.variable, first.text, first.position)
    case .string, .number, .value:
      node = Syntax(first.kind == .string ? .string : first.kind == .number ? .number : .value, first.text, first.position)
      node.literal = first.literal
    case .regex:
      node = Syntax(.regex, "", first.position)
      node.regex = first.regex
    case .symbol: node = try prefixSymbol(first)
    }
    return node
  }

  private mutating func prefixSymbol(_ first: Token) throws -> Syntax {
    switch first.text {
    case "-":
      let node = Syntax(.unary, "-", first.position)
      let operand = try expression(70)
      node.left = operand
      node.height = operand.height + 1
      return node
    case "*": return Syntax(.wildcard, "*", first.position)
    case "**": return Syntax(.descendant, "**", first.position)
    case "%": return Syntax(.parent, "%", first.position)
    case "and", "or", "in": return Syntax(.operatorToken, first.text, first.position)
    case "(": return try block(first)
    case "[": return try array(first)
    case "{": return try object(Syntax(.unary, "{", first.position))
    case "|": return try transform(first)
    default: throw JSONataError("S0211", position: first.position, token: first.text)
    }
  }
}
