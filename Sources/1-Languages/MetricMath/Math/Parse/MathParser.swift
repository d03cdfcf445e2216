/// Reads a math expression.
///
/// From weak to strong: OR, AND, comparisons, + and -, * and /, the sign, ^ (from right to left). AWS does not document an order;
/// this is that of arithmetic.
struct MathParser {
  var scanner: TextScanner
  private var levels = 0

  /// Parentheses, brackets, calls, signs and powers within each other.
  static let deepest = 64
  /// Of the expression; AWS's own limit is 2,048.
  static let longest = 16_384

  static func parse(_ text: String) throws(MetricMathError) -> MathNode {
    guard text.utf8.count <= longest else { throw MetricMathError("Invalid syntax", detail: "longer than \(longest) bytes") }
    var parser = MathParser(scanner: TextScanner(text))
    let node = try parser.either()
    guard parser.scanner.isAtEnd else { throw parser.unexpected("an operator or the end") }
    return node
  }

  private init(scanner: TextScanner) { self.scanner = scanner }

  func unexpected(_ wanted: String) -> MetricMathError {
    .syntax("expected \(wanted), found \(scanner.found)", at: scanner.position)
  }

  // MARK: Operators

  private mutating func either() throws(MetricMathError) -> MathNode {
    var links: [MathNode.Link] = []
    let first = try both()
    while takeWord("OR") || takeSymbol("||") { links.append(.init(symbol: .or, operand: try both())) }
    return links.isEmpty ? first : .chain(first, links)
  }

  private mutating func both() throws(MetricMathError) -> MathNode {
    var links: [MathNode.Link] = []
    let first = try comparison()
    while takeWord("AND") || takeSymbol("&&") { links.append(.init(symbol: .and, operand: try comparison())) }
    return links.isEmpty ? first : .chain(first, links)
  }

  private mutating func comparison() throws(MetricMathError) -> MathNode {
    var links: [MathNode.Link] = []
    let first = try sum()
    while let symbol = takeComparison() { links.append(.init(symbol: symbol, operand: try sum())) }
    return links.isEmpty ? first : .chain(first, links)
  }

  private mutating func takeComparison() -> MathOperator? {
    if takeSymbol("==") { return .equal }
    if takeSymbol("!=") { return .unequal }
    if takeSymbol("<=") { return .atMost }
    if takeSymbol(">=") { return .atLeast }
    if takeSymbol("<") { return .less }
    return takeSymbol(">") ? .greater : nil
  }

  private mutating func sum() throws(MetricMathError) -> MathNode {
    var links: [MathNode.Link] = []
    let first = try product()
    while true {
      if takeSymbol("+") {
        links.append(.init(symbol: .add, operand: try product()))
      } else if takeSymbol("-") {
        links.append(.init(symbol: .subtract, operand: try product()))
      } else {
        return links.isEmpty ? first : .chain(first, links)
      }
    }
  }

  private mutating func product() throws(MetricMathError) -> MathNode {
    var links: [MathNode.Link] = []
    let first = try signed()
    while true {
      if takeSymbol("*") {
        links.append(.init(symbol: .multiply, operand: try signed()))
      } else if takeSymbol("/") {
        links.append(.init(symbol: .divide, operand: try signed()))
      } else {
        return links.isEmpty ? first : .chain(first, links)
      }
    }
  }

  private mutating func signed() throws(MetricMathError) -> MathNode {
    var negative = false
    while true {
      if takeSymbol("-") { negative.toggle() } else if !takeSymbol("+") { break }
    }
    let node = try power()
    return negative ? .negated(node) : node
  }

  private mutating func power() throws(MetricMathError) -> MathNode {
    let base = try primary()
    guard takeSymbol("^") else { return base }
    try descend()
    defer { levels -= 1 }
    return .power(base, try signed())
  }

  // MARK: What operators stand between

  private mutating func primary() throws(MetricMathError) -> MathNode {
    scanner.skipSpace()
    guard let byte = scanner.peek else { throw unexpected("a metric, a number or a function") }
    if byte.isDigit || byte == UInt8(ascii: ".") { return .number(try number()) }
    if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return .string(try quoted()) }
    if byte == UInt8(ascii: "(") {
      try descend()
      defer { levels -= 1 }
      scanner.position += 1
      let inner = try either()
      guard takeSymbol(")") else { throw unexpected("')'") }
      return inner
    }
    if byte == UInt8(ascii: "[") {
      scanner.position += 1
      return .array(try list(until: "]"))
    }
    guard byte.isLetter || byte == UInt8(ascii: "_") else { throw unexpected("a metric, a number or a function") }
    let name = scanner.takeWhile(\.isWord)
    if takeSymbol("(") {
      let function = try MathFunction.named(name)
      return .call(function, try list(until: ")"))
    }
    return byte.isLower ? .id(name) : .word(name)
  }

  private mutating func list(until end: StaticString) throws(MetricMathError) -> [MathNode] {
    try descend()
    defer { levels -= 1 }
    var nodes: [MathNode] = []
    if takeSymbol(end) { return nodes }
    repeat { nodes.append(try either()) } while takeSymbol(",")
    guard takeSymbol(end) else { throw unexpected("',' or '\(end)'") }
    return nodes
  }

  private mutating func number() throws(MetricMathError) -> Double {
    let start = scanner.position
    _ = scanner.takeWhile { $0.isDigit || $0 == UInt8(ascii: ".") }
    if let byte = scanner.peek, byte.lowered == UInt8(ascii: "e"), let next = scanner.peek(1) {
      let signed = next == UInt8(ascii: "+") || next == UInt8(ascii: "-")
      if next.isDigit || (signed && scanner.peek(2)?.isDigit == true) {
        scanner.position += 2
        _ = scanner.takeWhile(\.isDigit)
      }
    }
    let text = String(decoding: scanner.bytes[start..<scanner.position], as: UTF8.self)
    guard let value = Double(text), value.isFinite, scanner.peek?.isWord != true else {
      throw .syntax("'\(text.prefix(32))' is no number", at: start)
    }
    return value
  }

  private mutating func quoted() throws(MetricMathError) -> String {
    let start = scanner.position
    guard let quote = scanner.peek else { throw unexpected("a string") }
    scanner.position += 1
    // What is within belongs to the search or the id; a backslash is taken with what follows it.
    while let byte = scanner.peek, byte != quote { scanner.position += byte == UInt8(ascii: "\\") ? 2 : 1 }
    guard scanner.position < scanner.bytes.count else { throw .syntax("a string without its end", at: start) }
    scanner.position += 1
    return String(decoding: scanner.bytes[(start + 1)..<(scanner.position - 1)], as: UTF8.self)
  }

  // MARK: Tokens

  private mutating func descend() throws(MetricMathError) {
    levels += 1
    guard levels <= Self.deepest else { throw .syntax("nested deeper than \(Self.deepest)", at: scanner.position) }
  }

  private mutating func takeSymbol(_ symbol: StaticString) -> Bool {
    scanner.skipSpace()
    return scanner.take(text: symbol)
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    scanner.skipSpace()
    let start = scanner.position
    if scanner.take(text: word), scanner.peek?.isWord != true { return true }
    scanner.position = start
    return false
  }
}
