/// Reads the parts that the three pattern languages share.
struct PatternReader {
  let bytes: [UInt8]
  let quotas: FilterPatternQuotas
  var position = 0
  var regularExpressions = 0
  var wildcards = 0
  /// Parentheses still allowed to open.
  var levels = 100

  init(_ text: String, _ quotas: FilterPatternQuotas) {
    bytes = Array(text.utf8)
    self.quotas = quotas
  }

  var isAtEnd: Bool { position == bytes.count }
  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = peek, byte.isSpace { position += 1 }
  }

  /// Steps over the text when it comes next.
  mutating func take(_ text: StaticString) -> Bool {
    let count = text.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    for index in 0..<count where bytes[position + index] != text.utf8Start[index] { return false }
    position += count
    return true
  }

  /// The same for a keyword, which no further letter may follow.
  mutating func takeWord(_ text: StaticString) -> Bool {
    let start = position
    guard take(text), peek?.isWord != true else {
      position = start
      return false
    }
    return true
  }

  func error(_ reason: String, at offset: Int? = nil) -> FilterPatternError { FilterPatternError(reason, at: offset ?? position) }

  /// The error for what comes next: AWS names characters that no term may have.
  func unexpected(_ expected: String, from start: Int? = nil) -> FilterPatternError {
    guard let byte = peek else { return error("expected \(expected), found the end of the pattern") }
    let character = String(String(decoding: bytes[position...].prefix(4), as: UTF8.self).unicodeScalars.prefix(1))
    let structural = byte.isWord || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
    let before = String(decoding: bytes[(start ?? position)..<position], as: UTF8.self)
    let reason = "expected \(expected), found '\(character)'"
    return FilterPatternError(reason, at: position, characters: structural && start == nil ? nil : before + character)
  }

  // MARK: - Values

  /// A text in quotes: `\"` and `\\` stand for themselves. The asterisks at its ends are wildcards where the language has them.
  mutating func quoted() throws(FilterPatternError) -> TextPattern {
    let start = position
    position += 1
    var text: [UInt8] = []
    var escaped = false
    let leading = peek == UInt8(ascii: "*")
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        return TextPattern(text, anyBefore: leading, anyAfter: text.last == UInt8(ascii: "*") && !escaped)
      case UInt8(ascii: "\\"):
        guard let next = peek else { throw error("the quotation does not end", at: start) }
        position += 1
        // A backslash before any other character is that backslash.
        if next != UInt8(ascii: "\""), next != UInt8(ascii: "\\"), next != UInt8(ascii: "*") { text.append(byte) }
        text.append(next)
        escaped = true
      default:
        text.append(byte)
        escaped = false
      }
    }
    throw error("the quotation does not end", at: start)
  }

  /// A regular expression between percent signs.
  mutating func regularExpression() throws(FilterPatternError) -> LinearRegex {
    let start = position
    guard let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "%")) else {
      throw error("the regular expression does not end", at: start)
    }
    regularExpressions += 1
    guard regularExpressions <= quotas.regularExpressions else {
      throw error("more than \(quotas.regularExpressions) regular expressions", at: start)
    }
    position = end + 1
    return try LinearRegex(bytes[(start + 1)..<end])
  }

  /// What a field is compared with: `"text*"`, `%regex%`, `4*`, `-1.5e3`, `word`.
  mutating func operand() throws(FilterPatternError) -> Operand {
    switch peek {
    case UInt8(ascii: "\""): return .text(try quoted())
    case UInt8(ascii: "%"): return .regex(try regularExpression())
    default: break
    }
    let start = position
    while let byte = peek, byte.isBareValue { position += 1 }
    guard position > start else { throw unexpected("a value") }
    let word = Array(bytes[start..<position])
    if let number = word.withUnsafeBufferPointer({ Number($0) }) { return .number(number, TextPattern(word)) }
    return .text(TextPattern(word, anyBefore: word.first == UInt8(ascii: "*"), anyAfter: word.last == UInt8(ascii: "*")))
  }

  /// `= value`, `!= value`, `< number` and so on.
  mutating func comparison() throws(FilterPatternError) -> Comparison {
    let relation: Comparison.Relation
    if take("!=") {
      relation = .notEqual
    } else if take(">=") {
      relation = .atLeast
    } else if take("<=") {
      relation = .atMost
    } else if take("=") {
      relation = .equal
    } else if take(">") {
      relation = .greater
    } else if take("<") {
      relation = .less
    } else {
      throw unexpected("a comparison")
    }
    skipSpace()
    let start = position
    let operand = try operand()
    if relation.isOrder, !operand.isNumber {
      let word = String(decoding: bytes[start..<position], as: UTF8.self)
      throw FilterPatternError("only numbers are compared by order", at: start, characters: word)
    }
    return Comparison(relation: relation, operand: operand)
  }

  // MARK: - Conditions

  /// Conditions joined by `&&`, which binds stronger, and `||`, and grouped by parentheses.
  mutating func logic<Leaf>(
    _ leaf: (inout PatternReader) throws(FilterPatternError) -> Leaf
  ) throws(FilterPatternError) -> Logic<Leaf> {
    var alternatives: [Logic<Leaf>] = []
    repeat {
      var conditions: [Logic<Leaf>] = []
      repeat {
        skipSpace()
        conditions.append(try group(leaf))
        skipSpace()
      } while take("&&")
      alternatives.append(conditions.count == 1 ? conditions[0] : .all(conditions))
    } while take("||")
    return alternatives.count == 1 ? alternatives[0] : .any(alternatives)
  }

  private mutating func group<Leaf>(
    _ leaf: (inout PatternReader) throws(FilterPatternError) -> Leaf
  ) throws(FilterPatternError) -> Logic<Leaf> {
    guard peek == UInt8(ascii: "(") else { return .leaf(try leaf(&self)) }
    guard levels > 0 else { throw error("parentheses are nested too deep") }
    levels -= 1
    position += 1
    let inner = try logic(leaf)
    guard take(")") else { throw unexpected("')'") }
    levels += 1
    return inner
  }
}

extension UInt8 {
  var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  /// A letter or digit of ASCII or an underscore: what needs no quotes.
  var isWord: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "_") }

  /// What a value may have without quotes: words, numbers and wildcards.
  var isBareValue: Bool {
    isWord || self == UInt8(ascii: ".") || self == UInt8(ascii: "*") || self == UInt8(ascii: "-") || self == UInt8(ascii: "+")
  }
}
