/// Reads a search.
struct SearchParser {
  private var scanner: TextScanner
  private var levels = 0
  private static let deepest = 64

  init(_ text: String) { scanner = TextScanner(text) }

  private func error(_ detail: String) -> MetricMathError {
    MetricMathError("Invalid search expression", detail: "\(detail) at character \(scanner.position + 1)")
  }

  // MARK: {Namespace, Dimension, ...}

  mutating func schema() throws(MetricMathError) -> SearchExpression.Schema? {
    scanner.skipSpace()
    guard scanner.take("{") else { return nil }
    var names: [String] = []
    repeat { names.append(try schemaName()) } while scanner.take(",")
    guard scanner.take("}") else { throw error("expected ',' or '}', found \(scanner.found)") }
    // Some of AWS's examples have a comma after the schema.
    scanner.skipSpace()
    _ = scanner.take(",")
    return SearchExpression.Schema(namespace: names[0], dimensions: Array(names.dropFirst()))
  }

  private mutating func schemaName() throws(MetricMathError) -> String {
    scanner.skipSpace()
    let name: String
    if scanner.peek == UInt8(ascii: "\"") {
      guard let quoted = scanner.takeQuoted() else { throw error("a quote without its end") }
      name = quoted
    } else {
      let end: [UInt8] = [UInt8(ascii: ","), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "\"")]
      name = scanner.takeWhile { !end.contains($0) && !$0.isSpace }
    }
    guard !name.isEmpty else { throw error("expected a name, found \(scanner.found)") }
    scanner.skipSpace()
    return name
  }

  // MARK: Terms

  /// All that is left; nil when there are no terms.
  mutating func terms() throws(MetricMathError) -> SearchExpression.Condition? {
    scanner.skipSpace()
    guard !scanner.isAtEnd else { return nil }
    let condition = try either(.any)
    guard scanner.isAtEnd else { throw error("unexpected \(scanner.found)") }
    return condition
  }

  private mutating func either(_ property: SearchExpression.Property) throws(MetricMathError) -> SearchExpression.Condition {
    var conditions: [SearchExpression.Condition] = []
    repeat { conditions.append(try both(property)) } while takeWord("OR")
    return conditions.count == 1 ? conditions[0] : .any(conditions)
  }

  private mutating func both(_ property: SearchExpression.Property) throws(MetricMathError) -> SearchExpression.Condition {
    var conditions: [SearchExpression.Condition] = [try single(property)]
    while true {
      if takeWord("AND") {
        conditions.append(try single(property))
      } else if scanner.isAtEnd || scanner.peek == UInt8(ascii: ")") || isWord("OR") {
        break
      } else {
        conditions.append(try single(property))
      }
    }
    return conditions.count == 1 ? conditions[0] : .all(conditions)
  }

  private mutating func single(_ property: SearchExpression.Property) throws(MetricMathError) -> SearchExpression.Condition {
    var negated = false
    while takeWord("NOT") { negated.toggle() }
    scanner.skipSpace()
    let condition = scanner.peek == UInt8(ascii: "(") ? try group(property) : try term(property)
    scanner.skipSpace()
    return negated ? .not(condition) : condition
  }

  private mutating func group(_ property: SearchExpression.Property) throws(MetricMathError) -> SearchExpression.Condition {
    levels += 1
    guard levels <= Self.deepest else { throw error("nested deeper than \(Self.deepest)") }
    defer { levels -= 1 }
    scanner.position += 1
    let condition = try either(property)
    guard scanner.take(")") else { throw error("expected ')', found \(scanner.found)") }
    scanner.skipSpace()
    return condition
  }

  /// A value, or a property with what it has to be.
  private mutating func term(_ property: SearchExpression.Property) throws(MetricMathError) -> SearchExpression.Condition {
    if isWord("AND") || isWord("OR") { throw error("unexpected \(scanner.found)") }
    let start = scanner.position
    let (text, isExact) = try value(stopsAtEquals: true)
    let end = scanner.position
    scanner.skipSpace()
    if scanner.take("=") {
      guard property == .any else { throw error("a property within a property") }
      let named = Self.property(text)
      scanner.skipSpace()
      if scanner.peek == UInt8(ascii: "(") { return try group(named) }
      let (text, isExact) = try value(stopsAtEquals: false)
      return try condition(named, text, isExact)
    }
    scanner.position = end
    do { return try condition(property, text, isExact) } catch {
      scanner.position = start
      throw error
    }
  }

  private func condition(
    _ property: SearchExpression.Property, _ text: String, _ isExact: Bool
  ) throws(MetricMathError) -> SearchExpression.Condition {
    // An account is a number, which has to be the same.
    if isExact || property == .accountId { return .exact(property, text) }
    guard let term = PartialTerm(text) else { throw error("'\(text.prefix(64))' has neither letters nor digits") }
    return .partial(property, term)
  }

  private static func property(_ name: String) -> SearchExpression.Property {
    switch name {
    case "Namespace": .namespace
    case "MetricName": .metricName
    case ":aws.AccountId": .accountId
    default: .dimension(name)
    }
  }

  /// A text in quotes, or a word up to a space, a parenthesis or an equals sign.
  private mutating func value(stopsAtEquals: Bool) throws(MetricMathError) -> (String, isExact: Bool) {
    guard let byte = scanner.peek else { throw error("expected a term, found the end") }
    if byte == UInt8(ascii: "\"") || (byte == UInt8(ascii: "'") && !stopsAtEquals) {
      guard let text = scanner.takeQuoted() else { throw error("a quote without its end") }
      return (text, true)
    }
    let word = scanner.takeWhile {
      !$0.isSpace && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") && $0 != UInt8(ascii: "\"")
        && !(stopsAtEquals && $0 == UInt8(ascii: "="))
    }
    guard !word.isEmpty else { throw error("expected a term, found \(scanner.found)") }
    return (word, false)
  }

  private func isWord(_ word: StaticString) -> Bool {
    var copy = scanner
    copy.skipSpace()
    guard copy.take(text: word) else { return false }
    guard let next = copy.peek else { return true }
    return next.isSpace || next == UInt8(ascii: "(") || next == UInt8(ascii: ")") || next == UInt8(ascii: "\"")
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    guard isWord(word) else { return false }
    scanner.skipSpace()
    scanner.position += word.utf8CodeUnitCount
    scanner.skipSpace()
    return true
  }
}
