/// `{"numeric": [">", 0, "<=", 5]}`.
extension PatternParser {
  static let outOfRange = "Value must be between -5.0E9 and 5.0E9, inclusive"

  mutating func readNumeric() throws(EventPatternError) -> Test {
    guard case .startArray = try tokens.next() else { throw tokens.failure("Value of numeric must be an array.") }
    let token = try tokens.next()
    guard case .string = token else {
      throw tokens.failure("Invalid member in numeric match: \(String(decoding: try tokens.text(), as: UTF8.self))")
    }
    let test = try readComparison(String(decoding: try tokens.text(), as: UTF8.self))
    guard case .endObject = try tokens.next() else { throw tooMany }
    return test
  }

  private var tooMany: EventPatternError { tokens.failure("Too many elements in numeric expression") }

  /// Reads what follows the first operator, to the end of the list.
  private mutating func readComparison(_ operation: String) throws(EventPatternError) -> Test {
    let token = try tokens.next()
    guard ["=", "<", "<=", ">", ">="].contains(operation) else {
      throw tokens.failure("Unrecognized numeric range operator: \(operation)")
    }
    guard token.isNumber else { throw tokens.failure("Value of \(operation == "=" ? "equals" : operation) must be numeric") }
    let text = try tokens.text()
    let written = Array("\(operation) ".utf8) + text
    let following = try tokens.next()
    if case .endArray = following {
    } else if operation == ">" || operation == ">=" {
      return try readUpperBound(following, after: text, isOpen: operation == ">", written)
    } else {
      throw tooMany
    }
    switch operation {
    case "=": return .range(try range(from: text, to: text, written))
    case "<": return .range(try range(to: text, isOpen: true, written))
    case "<=": return .range(try range(to: text, isOpen: false, written))
    case ">": return .range(try range(from: text, isOpen: true, written))
    default: return .range(try range(from: text, isOpen: false, written))
    }
  }

  private mutating func readUpperBound(
    _ token: PatternToken, after bottom: [UInt8], isOpen: Bool, _ written: [UInt8]
  ) throws(EventPatternError) -> Test {
    let operation = String(decoding: try tokens.text(), as: UTF8.self)
    guard case .string = token else { throw tokens.failure("Bad value in numeric range: \(operation)") }
    guard operation == "<" || operation == "<=" else { throw tokens.failure("Bad numeric range operator: \(operation)") }
    guard try tokens.next().isNumber else { throw tokens.failure("Value of \(operation) must be numeric") }
    let top = try tokens.text()
    guard case .endArray = try tokens.next() else { throw tokens.failure("Too many terms in numeric range expression") }
    return .range(
      try range(
        from: try number(bottom), isOpen: isOpen, to: try number(top), isOpen: operation == "<",
        written + Array(", \(operation) ".utf8) + top))
  }

  private func range(from bottom: [UInt8], to top: [UInt8], _ text: [UInt8]) throws(EventPatternError) -> NumberRange {
    NumberRange(lowest: try number(bottom), highest: try number(top), text: text)
  }

  private func range(from bottom: [UInt8], isOpen: Bool, _ text: [UInt8]) throws(EventPatternError) -> NumberRange {
    try range(from: try number(bottom), isOpen: isOpen, to: .highest, isOpen: false, text)
  }

  private func range(to top: [UInt8], isOpen: Bool, _ text: [UInt8]) throws(EventPatternError) -> NumberRange {
    try range(from: .lowest, isOpen: false, to: try number(top), isOpen: isOpen, text)
  }

  private func range(
    from bottom: ComparableNumber, isOpen isBottomOpen: Bool, to top: ComparableNumber, isOpen isTopOpen: Bool, _ text: [UInt8]
  ) throws(EventPatternError) -> NumberRange {
    if bottom >= top { throw tokens.failure("Bottom must be less than top") }
    return NumberRange(
      lowest: ComparableNumber(millionths: bottom.millionths + (isBottomOpen ? 1 : 0)),
      highest: ComparableNumber(millionths: top.millionths - (isTopOpen ? 1 : 0)), text: text)
  }

  private func number(_ text: [UInt8]) throws(EventPatternError) -> ComparableNumber {
    guard let number = ComparableNumber(text) else { throw tokens.failure(Self.outOfRange) }
    return number
  }
}
