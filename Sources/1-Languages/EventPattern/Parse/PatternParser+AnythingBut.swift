/// `{"anything-but": ...}` with a value, a list or another operator.
extension PatternParser {
  private enum Operand {
    case values, equalsIgnoringCase, prefix, suffix, wildcard
  }

  mutating func readAnythingBut() throws(EventPatternError) -> AnythingBut {
    var operand = Operand.values
    var token = try tokens.next()
    if case .startObject = token {
      operand = try readOperand()
      token = try tokens.next()
    }
    let anythingBut: AnythingBut
    switch token {
    case .startArray:
      anythingBut = operand == .values ? try readValues() : try readTexts(operand)
    case .string, .number:
      if operand == .values {
        anythingBut = try value(token)
      } else {
        let text = try text(token, operand)
        anythingBut = try make(operand, [text])
      }
    default:
      throw tokens.failure("Value of anything-but must be an array or single string/number value.")
    }
    // AWS words it like this for all operands.
    for _ in 0..<(operand == .values ? 1 : 2) {
      guard case .endObject = try tokens.next() else { throw tokens.failure("Too many elements in numeric expression") }
    }
    return anythingBut
  }

  private mutating func readOperand() throws(EventPatternError) -> Operand {
    guard case .name = try tokens.next() else { throw tokens.failure("Anything-But expression name not found") }
    let name = String(decoding: tokens.name, as: UTF8.self)
    switch name {
    case "equals-ignore-case": return .equalsIgnoringCase
    case "prefix": return .prefix
    case "suffix": return .suffix
    case "wildcard": return .wildcard
    default: throw tokens.failure("Unsupported anything-but pattern: \(name)")
    }
  }

  private mutating func value(_ token: PatternToken) throws(EventPatternError) -> AnythingBut {
    let text = try tokens.text()
    guard token.isNumber else { return .strings([text]) }
    let number = PatternNumber(text)
    // The only place where AWS does not say where.
    guard number.comparable != nil else { throw EventPatternError(reason: Self.outOfRange) }
    return .numbers([number])
  }

  private mutating func readValues() throws(EventPatternError) -> AnythingBut {
    var strings: [[UInt8]] = []
    var numbers: [PatternNumber] = []
    do throws(EventPatternError) {
      try readList(&strings, &numbers)
    } catch {
      throw again(error)
    }
    guard strings.isEmpty != numbers.isEmpty else {
      throw tokens.failure("Inside anything but list, either all values are number or string, mixed type is not supported")
    }
    return numbers.isEmpty ? .strings(strings) : .numbers(numbers)
  }

  private mutating func readList(_ strings: inout [[UInt8]], _ numbers: inout [PatternNumber]) throws(EventPatternError) {
    while true {
      switch try tokens.next() {
      case .endArray: return
      case .string: strings.append(try tokens.text())
      case .number:
        let number = PatternNumber(try tokens.text())
        guard number.comparable != nil else { throw EventPatternError(reason: Self.outOfRange) }
        numbers.append(number)
      default: throw tokens.failure("Inside anything but list, start|null|boolean is not supported.")
      }
    }
  }

  private mutating func readTexts(_ operand: Operand) throws(EventPatternError) -> AnythingBut {
    var texts: [[UInt8]] = []
    do throws(EventPatternError) {
      while true {
        let token = try tokens.next()
        if case .endArray = token { break }
        texts.append(try text(token, operand))
      }
    } catch {
      throw again(error)
    }
    return try make(operand, texts)
  }

  private mutating func text(_ token: PatternToken, _ operand: Operand) throws(EventPatternError) -> [UInt8] {
    if let complaint = complaint(token, operand, try textIfString(token)) { throw tokens.failure(complaint) }
    return try tokens.text()
  }

  private mutating func textIfString(_ token: PatternToken) throws(EventPatternError) -> [UInt8]? {
    guard case .string = token else { return nil }
    return try tokens.text()
  }

  private func complaint(_ token: PatternToken, _ operand: Operand, _ text: [UInt8]?) -> String? {
    switch (operand, text) {
    case (.prefix, .some(let text)) where text.isEmpty, (.suffix, .some(let text)) where text.isEmpty:
      "Null prefix/suffix not allowed"
    case (_, .some): nil
    case (.equalsIgnoringCase, nil): "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
    case (.wildcard, nil): "wildcard match pattern must be a string"
    case (_, nil): "prefix/suffix match pattern must be a string"
    }
  }

  /// The error that AWS makes of an error inside a list: it names the place once more.
  private func again(_ error: EventPatternError) -> EventPatternError { tokens.failure(error.reason) }

  private func make(_ operand: Operand, _ texts: [[UInt8]]) throws(EventPatternError) -> AnythingBut {
    switch operand {
    case .values: return .strings(texts)
    case .equalsIgnoringCase: return .equalsIgnoringCase(texts)
    case .prefix: return .prefixes(texts)
    case .suffix: return .suffixes(texts)
    case .wildcard:
      var wildcards: [Wildcard] = []
      for text in texts { wildcards.append(try wildcard(text)) }
      return .wildcards(wildcards)
    }
  }
}
