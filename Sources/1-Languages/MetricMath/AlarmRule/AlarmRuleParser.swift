/// Reads the rule of a composite alarm.
struct AlarmRuleParser {
  private enum Token: Equatable {
    case mark(Character)
    case word(String)
    case quoted(String)

    var text: String {
      switch self {
      case .mark(let mark): String(mark)
      case .word(let word), .quoted(let word): word
      }
    }
  }

  private static let anyStart = "'(', 'NOT', AT_LEAST, TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA"

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var elements = 0
  private var levels = 0
  private var known: Set<AlarmRule.Reference> = []
  private(set) var references: [AlarmRule.Reference] = []

  init(_ text: String) { scalars = Array(text.unicodeScalars) }

  mutating func parse() throws(AlarmRuleError) -> AlarmRule.Node {
    let node = try either()
    if let (token, at) = try next() { throw unsupported(token, at, "'AND', 'OR'") }
    return node
  }

  // MARK: Operators

  private mutating func either() throws(AlarmRuleError) -> AlarmRule.Node {
    var nodes: [AlarmRule.Node] = []
    repeat { nodes.append(try both()) } while try takeWord("OR")
    return nodes.count == 1 ? nodes[0] : .any(nodes)
  }

  private mutating func both() throws(AlarmRuleError) -> AlarmRule.Node {
    var nodes: [AlarmRule.Node] = []
    repeat { nodes.append(try single()) } while try takeWord("AND")
    return nodes.count == 1 ? nodes[0] : .all(nodes)
  }

  private mutating func single() throws(AlarmRuleError) -> AlarmRule.Node {
    var isNegated = false
    while try takeWord("NOT") { isNegated.toggle() }
    let node = try primary()
    return isNegated ? .not(node) : node
  }

  private mutating func primary() throws(AlarmRuleError) -> AlarmRule.Node {
    guard let (token, at) = try next() else { throw unexpectedEnd(Self.anyStart) }
    if token == .mark("(") {
      try countElement(at)
      levels += 1
      guard levels <= AlarmRule.deepest else {
        throw AlarmRuleError(sentence: "AlarmRule must not be nested deeper than \(AlarmRule.deepest)", offset: at)
      }
      let node = try either()
      try take(")")
      levels -= 1
      return node
    }
    guard case .word(let word) = token else { throw unsupported(token, at, Self.anyStart) }
    switch word.uppercased() {
    case "TRUE", "FALSE":
      try countElement(at)
      return .constant(word.uppercased() == "TRUE")
    case "AT_LEAST": return try atLeast()
    default: break
    }
    guard let state = AlarmRule.State(rawValue: word) else { throw unsupported(token, at, Self.anyStart) }
    try take("(")
    let alarm = try alarm()
    try take(")")
    return .isIn(state, alarm)
  }

  /// AT_LEAST(M, STATE_CONDITION, (alarm1, alarm2, ...))
  private mutating func atLeast() throws(AlarmRuleError) -> AlarmRule.Node {
    try take("(")
    let (threshold, at) = try threshold()
    try take(",")
    let isNegated = try takeWord("NOT")
    guard let (token, place) = try next() else { throw unexpectedEnd("ALARM, OK, or INSUFFICIENT_DATA") }
    guard case .word(let word) = token, let state = AlarmRule.State(rawValue: word) else {
      throw unsupported(token, place, "ALARM, OK, or INSUFFICIENT_DATA")
    }
    try take(",")
    try take("(")
    var alarms: [AlarmRule.Reference] = []
    repeat { alarms.append(try alarm()) } while try takeMark(",")
    try take(")")
    try take(")")
    if case .count(let count) = threshold, count > alarms.count {
      throw AlarmRuleError(sentence: "AT_LEAST needs \(count) of \(alarms.count) alarms at char \(at)", offset: at)
    }
    return .atLeast(threshold, state, isNegated: isNegated, alarms)
  }

  /// A count from 1, or percent from 1 to 100, which may be in quotes.
  private mutating func threshold() throws(AlarmRuleError) -> (AlarmRule.Threshold, at: Int) {
    guard let (token, at) = try next() else { throw unexpectedEnd("a number or a percentage") }
    var text = Substring(token.text)
    let isPercent = text.last == "%"
    if isPercent { text.removeLast() }
    guard text.utf8.count <= 4, text.utf8.allSatisfy(\.isDigit), let number = Int(text), number >= 1, !isPercent || number <= 100 else {
      throw unsupported(token, at, "a number or a percentage")
    }
    return (isPercent ? .percent(number) : .count(number), at)
  }

  /// The name or ARN of an alarm.
  private mutating func alarm() throws(AlarmRuleError) -> AlarmRule.Reference {
    guard let (token, at) = try next() else { throw unexpectedEnd("an alarm name or ARN") }
    if case .mark = token { throw unsupported(token, at, "an alarm name or ARN") }
    guard !token.text.isEmpty else { throw unsupported(token, at, "an alarm name or ARN") }
    try countElement(at)
    let reference = AlarmRule.Reference(text: token.text)
    if known.insert(reference).inserted {
      references.append(reference)
      guard references.count <= AlarmRule.mostAlarms else {
        throw AlarmRuleError(sentence: "AlarmRule must not have more than \(AlarmRule.mostAlarms) alarms", offset: at)
      }
    }
    return reference
  }

  private mutating func countElement(_ at: Int) throws(AlarmRuleError) {
    elements += 1
    guard elements <= AlarmRule.mostElements else {
      throw AlarmRuleError(sentence: "AlarmRule must not have more than \(AlarmRule.mostElements) elements", offset: at)
    }
  }

  // MARK: Tokens

  private mutating func next() throws(AlarmRuleError) -> (Token, at: Int)? {
    while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    guard position < scalars.count else { return nil }
    let start = position
    switch scalars[position] {
    case "(", ")", ",":
      position += 1
      return (.mark(Character(scalars[start])), start)
    case "\"": return (.quoted(try quoted()), start)
    default:
      // What is not in quotes ends at a space, a round bracket or a comma.
      while position < scalars.count, !scalars[position].properties.isWhitespace, !"(),".unicodeScalars.contains(scalars[position]) {
        position += 1
      }
      return (.word(text(start..<position)), start)
    }
  }

  /// A text in double quotes, in which a backslash stands before a double quote or another backslash.
  private mutating func quoted() throws(AlarmRuleError) -> String {
    let start = position
    var content = String.UnicodeScalarView()
    position += 1
    while position < scalars.count {
      let scalar = scalars[position]
      if scalar == "\"" {
        position += 1
        return String(content)
      }
      if scalar == "\\", position + 1 < scalars.count, scalars[position + 1] == "\"" || scalars[position + 1] == "\\" { position += 1 }
      content.append(scalars[position])
      position += 1
    }
    throw AlarmRuleError(sentence: "Missing closing '\"' for the one at char \(start)", offset: start)
  }

  private func text(_ range: Range<Int>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars[range])
    return String(view)
  }

  private mutating func takeWord(_ word: String) throws(AlarmRuleError) -> Bool { try takeIf(.word(word)) }
  private mutating func takeMark(_ mark: Character) throws(AlarmRuleError) -> Bool { try takeIf(.mark(mark)) }

  private mutating func takeIf(_ token: Token) throws(AlarmRuleError) -> Bool {
    let start = position
    if try next()?.0 == token { return true }
    position = start
    return false
  }

  private mutating func take(_ mark: Character) throws(AlarmRuleError) {
    guard let (token, at) = try next() else { throw unexpectedEnd("'\(mark)'") }
    guard token == .mark(mark) else { throw unsupported(token, at, "'\(mark)'") }
    if mark == "(" { try countElement(at) }
  }

  private func unsupported(_ token: Token, _ at: Int, _ wanted: String) -> AlarmRuleError {
    AlarmRuleError(sentence: "Unsupported token '\(token.text.prefix(255))' at char \(at), must be: \(wanted)", offset: at)
  }

  private func unexpectedEnd(_ wanted: String) -> AlarmRuleError {
    AlarmRuleError(sentence: "Unexpected end at char \(scalars.count), must be: \(wanted)", offset: scalars.count)
  }
}
