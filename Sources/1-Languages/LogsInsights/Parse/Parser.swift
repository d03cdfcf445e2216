/// Reads a query. Source: CloudWatch Logs User Guide, CloudWatch Logs Insights language query syntax.
struct Parser {
  static let mostBytes = 10_000
  static let mostCommands = 100
  static let deepest = 100

  let text: QueryText
  private var lexer: Lexer
  private(set) var token: Token
  /// Where the last token taken ended.
  private(set) var end = 0
  var depth = 0

  init(_ query: String) throws(QueryError) {
    text = QueryText(bytes: Array(query.utf8))
    guard text.bytes.count <= Self.mostBytes else {
      throw text.error("the query is longer than \(Self.mostBytes) characters", 0..<text.bytes.count)
    }
    lexer = Lexer(text)
    token = try lexer.next()
  }

  mutating func parse() throws(QueryError) -> Query {
    var query = Query()
    if isWord("source") {
      query.source = try source()
      guard token.kind != .end else { return query }
      try expect("|")
    }
    while true {
      guard query.commands.count < Self.mostCommands else {
        throw text.error("a query has at most \(Self.mostCommands) commands", token.range)
      }
      query.commands.append(try command())
      guard token.kind != .end else { return query }
      try expect("|")
    }
  }

  // MARK: Tokens

  mutating func advance() throws(QueryError) {
    end = token.range.upperBound
    token = try lexer.next()
  }

  func isSymbol(_ symbol: String) -> Bool { token.kind == .symbol && text.bytes[token.range].elementsEqual(symbol.utf8) }
  func isWord(_ word: String) -> Bool { token.kind == .word && text.text(token.range).lowercased() == word }

  mutating func take(_ symbol: String) throws(QueryError) -> Bool {
    guard isSymbol(symbol) else { return false }
    try advance()
    return true
  }

  mutating func takeWord(_ word: String) throws(QueryError) -> Bool {
    guard isWord(word) else { return false }
    try advance()
    return true
  }

  mutating func expect(_ symbol: String) throws(QueryError) {
    guard try take(symbol) else { throw text.unexpected(token.range, expected: "'\(symbol)'") }
  }

  func unexpected(_ expected: String? = nil) -> QueryError { text.unexpected(token.range, expected: expected) }

  /// Whether a parenthesis follows the token without the lexer moving on.
  func isFollowed(by byte: UInt8) -> Bool {
    var place = token.range.upperBound
    while place < text.bytes.count, text.bytes[place] == 0x20 { place += 1 }
    return place < text.bytes.count && text.bytes[place] == byte
  }

  /// Reads a regular expression between slashes that begins at the token.
  mutating func regex() throws(QueryError) -> Regex {
    let start = token.range.lowerBound
    var position = start + 1
    var pattern: [UInt8] = []
    while position < text.bytes.count, text.bytes[position] != UInt8(ascii: "/") {
      if text.bytes[position] == UInt8(ascii: "\\"), position + 1 < text.bytes.count {
        if text.bytes[position + 1] != UInt8(ascii: "/") { pattern.append(text.bytes[position]) }
        position += 1
      }
      pattern.append(text.bytes[position])
      position += 1
    }
    guard position < text.bytes.count else { throw text.error("a regular expression that begins here does not end", start..<position) }
    lexer.rewind(to: position + 1)
    end = position + 1
    token = try lexer.next()
    end = position + 1
    return try regex(pattern, start..<position + 1)
  }

  func regex(_ pattern: [UInt8], _ range: Range<Int>) throws(QueryError) -> Regex {
    do { return try Regex(pattern) } catch {
      let start = min(range.lowerBound + 1 + error.offset, range.upperBound)
      throw text.error("invalid regular expression: \(error.message)", start..<range.upperBound)
    }
  }

  // MARK: Names

  /// A field: a word or a name in backticks, with more parts after points and places in brackets.
  mutating func fieldPath() throws(QueryError) -> FieldPath {
    let start = token.range.lowerBound
    var parts: [String] = []
    var name: String
    switch token.kind {
    case .word: name = text.text(token.range)
    case .quoted(let quoted): name = quoted
    default: throw unexpected("a field")
    }
    parts += Self.split(name)
    try advance()
    while true {
      if isSymbol("["), token.range.lowerBound == end {
        try advance()
        switch token.kind {
        case .number(let number) where number == number.rounded() && number >= 0 && number < 1e9: parts.append(String(Int(number)))
        case .string(let key): parts.append(String(decoding: key, as: UTF8.self))
        default: throw unexpected("a position")
        }
        name += "[\(parts.last ?? "")]"
        try advance()
        try expect("]")
      } else if isSymbol("."), token.range.lowerBound == end {
        try advance()
        switch token.kind {
        case .quoted(let quoted):
          parts.append(quoted)
          name += "." + quoted
        case .word:
          parts += Self.split(text.text(token.range))
          name += "." + text.text(token.range)
        default: throw unexpected("a field")
        }
        try advance()
      } else if token.kind == .word, token.range.lowerBound == end, text.bytes[end] == UInt8(ascii: ".") {
        throw unexpected("a field")
      } else {
        return FieldPath(parts: parts, text: name, range: start..<end)
      }
    }
  }

  static func split(_ name: String) -> [String] {
    name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  }

  /// A name to give: of an alias.
  mutating func name() throws(QueryError) -> Name {
    let range = token.range
    let name: String
    switch token.kind {
    case .word: name = text.text(range)
    case .quoted(let quoted): name = quoted
    default: throw unexpected("a name")
    }
    try advance()
    return Name(text: name, range: range)
  }

  mutating func nested<Result>(_ body: (inout Parser) throws(QueryError) -> Result) throws(QueryError) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw text.error("the query is nested too deeply", token.range) }
    return try body(&self)
  }
}
