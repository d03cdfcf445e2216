extension Parser {
  /// An expression; `or` binds least, then `and`, `not`, comparisons, `+ -`, `* / %`, `^`.
  mutating func expression() throws(QueryError) -> Expression {
    try nested { parser throws(QueryError) in
      var left = try parser.conjunction()
      while try parser.takeWord("or") {
        let right = try parser.conjunction()
        left = .binary(.or, left, right, left.range.lowerBound..<parser.end)
      }
      return left
    }
  }

  private mutating func conjunction() throws(QueryError) -> Expression {
    var left = try negation()
    while try takeWord("and") {
      let right = try negation()
      left = .binary(.and, left, right, left.range.lowerBound..<end)
    }
    return left
  }

  private mutating func negation() throws(QueryError) -> Expression {
    let start = token.range.lowerBound
    guard isWord("not") || isSymbol("!") else { return try comparison() }
    try advance()
    let operand = try nested { parser throws(QueryError) in try parser.negation() }
    return .unary(.not, operand, start..<end)
  }

  private static let comparisons: [String: BinaryOperator] = [
    "=": .equal, "==": .equal, "!=": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater, ">=": .greaterOrEqual,
  ]

  private mutating func comparison() throws(QueryError) -> Expression {
    var left = try sum()
    while true {
      let start = left.range.lowerBound
      if token.kind == .symbol, let comparison = Self.comparisons[text.text(token.range)] {
        try advance()
        let right = try sum()
        left = .binary(comparison, left, right, start..<end)
      } else if isSymbol("=~") || isWord("like") {
        try advance()
        left = try pattern(left, negated: false)
      } else if isWord("in") {
        try advance()
        left = .within(left, try values(), negated: false, start..<end)
      } else if isWord("not") {
        try advance()
        if try takeWord("like") {
          left = try pattern(left, negated: true)
        } else if try takeWord("in") {
          left = .within(left, try values(), negated: true, start..<end)
        } else {
          throw unexpected("'like' or 'in'")
        }
      } else {
        return left
      }
    }
  }

  /// What follows `like`: a string or a regular expression.
  private mutating func pattern(_ subject: Expression, negated: Bool) throws(QueryError) -> Expression {
    let start = subject.range.lowerBound
    if isSymbol("/") {
      let regex = try regex()
      return .matches(subject, regex, negated: negated, start..<end)
    }
    guard case .string(let part) = token.kind else { throw unexpected("a string or a regular expression") }
    try advance()
    return .like(subject, part, negated: negated, start..<end)
  }

  private mutating func values() throws(QueryError) -> [Expression] {
    let close = isSymbol("(") ? ")" : "]"
    guard isSymbol("[") || isSymbol("(") else { throw unexpected("'['") }
    try advance()
    var values: [Expression] = []
    while !isSymbol(close) {
      values.append(try sum())
      guard try take(",") else { break }
    }
    try expect(close)
    return values
  }

  private mutating func sum() throws(QueryError) -> Expression {
    var left = try product()
    while isSymbol("+") || isSymbol("-") {
      let symbol: BinaryOperator = isSymbol("+") ? .add : .subtract
      try advance()
      left = .binary(symbol, left, try product(), left.range.lowerBound..<end)
    }
    return left
  }

  private mutating func product() throws(QueryError) -> Expression {
    var left = try power()
    while isSymbol("*") || isSymbol("/") || isSymbol("%") {
      let symbol: BinaryOperator = isSymbol("*") ? .multiply : isSymbol("/") ? .divide : .remainder
      try advance()
      left = .binary(symbol, left, try power(), left.range.lowerBound..<end)
    }
    return left
  }

  private mutating func power() throws(QueryError) -> Expression {
    let base = try unary()
    guard try take("^") else { return base }
    let exponent = try nested { parser throws(QueryError) in try parser.power() }
    return .binary(.power, base, exponent, base.range.lowerBound..<end)
  }

  private mutating func unary() throws(QueryError) -> Expression {
    let start = token.range.lowerBound
    guard isSymbol("-") else { return try primary() }
    try advance()
    let operand = try nested { parser throws(QueryError) in try parser.unary() }
    if case .number(let number, _) = operand { return .number(-number, start..<end) }
    return .unary(.minus, operand, start..<end)
  }

  mutating func primary() throws(QueryError) -> Expression {
    let range = token.range
    switch token.kind {
    case .number(let number):
      try advance()
      return .number(number, range)
    case .period(let count, let unit):
      guard let period = Period(count: count, unit: unit) else { throw unexpected("a period such as 5m") }
      try advance()
      return .period(period, range)
    case .string(let string):
      try advance()
      return .string(string, range)
    case .quoted: return .field(try fieldPath())
    case .word:
      if isFollowed(by: UInt8(ascii: "(")) { return try call() }
      if Self.keywords.contains(text.text(range).lowercased()) { throw unexpected("an expression") }
      if isWord("true") || isWord("false") {
        let value = isWord("true")
        try advance()
        return .bool(value, range)
      }
      return .field(try fieldPath())
    case .symbol where isSymbol("("):
      try advance()
      let inner = try expression()
      try expect(")")
      return inner
    default: throw unexpected()
    }
  }

  private static let keywords: Set<String> = ["by", "as", "and", "or", "not", "like", "in", "desc", "asc"]

  private mutating func call() throws(QueryError) -> Expression {
    let start = token.range.lowerBound
    let function = text.text(token.range)
    try advance()
    try expect("(")
    var arguments: [Expression] = []
    if isSymbol("*"), isFollowed(by: UInt8(ascii: ")")) {
      arguments.append(.all(token.range))
      try advance()
    }
    while !isSymbol(")") {
      arguments.append(try argument())
      guard try take(",") else { break }
    }
    try expect(")")
    return .call(function, arguments, start..<end)
  }

  /// An expression, or a period with a space in it: `5 minutes`.
  private mutating func argument() throws(QueryError) -> Expression {
    let start = token.range
    if case .number(let number) = token.kind, number == number.rounded(), number > 0, number < 1e9 {
      var ahead = self
      try ahead.advance()
      if ahead.token.kind == .word, let period = Period(count: Int64(number), unit: text.text(ahead.token.range)) {
        try ahead.advance()
        self = ahead
        return .period(period, start.lowerBound..<end)
      }
    }
    return try expression()
  }
}
