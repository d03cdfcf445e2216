/// Reads a Metrics Insights query, clause after clause.
struct InsightsParser {
  private var scanner: TextScanner
  private var levels = 0
  private static let deepest = 64

  init(_ text: String) { scanner = TextScanner(text) }

  private func unexpected(_ wanted: String) -> MetricMathError {
    .syntax("expected \(wanted), found \(scanner.found)", at: scanner.position)
  }

  // MARK: Clauses

  mutating func select() throws(MetricMathError) -> (InsightsQuery.Function, String) {
    guard takeKeyword("SELECT") else { throw unexpected("SELECT") }
    let function = try function()
    try take("(")
    let metricName = try name("the name of a metric")
    try take(")")
    return (function, metricName)
  }

  mutating func from() throws(MetricMathError) -> (namespace: String, schema: [String]?) {
    guard takeKeyword("FROM") else { throw unexpected("FROM") }
    guard takeKeyword("SCHEMA") else { return (try name("a namespace"), nil) }
    try take("(")
    let namespace = try name("a namespace")
    var dimensions: [String] = []
    while takeMark(",") { dimensions.append(try name("the name of a dimension")) }
    try take(")")
    return (namespace, dimensions)
  }

  mutating func filter() throws(MetricMathError) -> InsightsQuery.Condition? {
    takeKeyword("WHERE") ? try either() : nil
  }

  mutating func groupBy() throws(MetricMathError) -> [InsightsQuery.LabelKey] {
    guard takeKeyword("GROUP") else { return [] }
    guard takeKeyword("BY") else { throw unexpected("BY") }
    var keys: [InsightsQuery.LabelKey] = []
    repeat { keys.append(try labelKey()) } while takeMark(",")
    guard keys.count <= 30 else { throw MetricMathError("Invalid syntax", detail: "GROUP BY has more than 30 labels") }
    return keys
  }

  mutating func orderBy() throws(MetricMathError) -> InsightsQuery.Order? {
    guard takeKeyword("ORDER") else { return nil }
    guard takeKeyword("BY") else { throw unexpected("BY") }
    let function = try function()
    try take("(")
    try take(")")
    if takeKeyword("DESC") { return .init(function: function, isDescending: true) }
    _ = takeKeyword("ASC")
    return .init(function: function, isDescending: false)
  }

  mutating func limit() throws(MetricMathError) -> Int? {
    guard takeKeyword("LIMIT") else { return nil }
    scanner.skipSpace()
    let start = scanner.position
    let digits = scanner.takeWhile(\.isDigit)
    guard scanner.peek?.isWord != true, !digits.isEmpty else { throw unexpected("a number") }
    guard let limit = Int(digits), (1...InsightsQuery.mostSeries).contains(limit) else {
      throw .syntax("LIMIT is 1 to \(InsightsQuery.mostSeries), not \(digits.prefix(20)),", at: start)
    }
    return limit
  }

  mutating func end() throws(MetricMathError) {
    scanner.skipSpace()
    guard scanner.isAtEnd else { throw unexpected("the next clause (WHERE, GROUP BY, ORDER BY, LIMIT, in this order) or the end") }
  }

  // MARK: WHERE

  private mutating func either() throws(MetricMathError) -> InsightsQuery.Condition {
    var conditions: [InsightsQuery.Condition] = []
    repeat { conditions.append(try both()) } while takeKeyword("OR")
    return conditions.count == 1 ? conditions[0] : .any(conditions)
  }

  private mutating func both() throws(MetricMathError) -> InsightsQuery.Condition {
    var conditions: [InsightsQuery.Condition] = []
    repeat { conditions.append(try comparison()) } while takeKeyword("AND")
    return conditions.count == 1 ? conditions[0] : .all(conditions)
  }

  private mutating func comparison() throws(MetricMathError) -> InsightsQuery.Condition {
    if takeMark("(") {
      levels += 1
      guard levels <= Self.deepest else { throw .syntax("nested deeper than \(Self.deepest)", at: scanner.position) }
      defer { levels -= 1 }
      let condition = try either()
      try take(")")
      return condition
    }
    let key = try labelKey()
    let isEqual = takeMark("=")
    if !isEqual, !takeMark("!=") { throw unexpected("= or !=") }
    if key == .accountId, takeKeyword("CURRENT_ACCOUNT_ID") {
      try take("(")
      try take(")")
      return .isLocal(isEqual)
    }
    scanner.skipSpace()
    guard scanner.peek == UInt8(ascii: "'") else { throw unexpected("a value in single quotes") }
    guard let value = scanner.takeQuoted() else { throw .syntax("a quote without its end", at: scanner.position) }
    return isEqual ? .equals(key, value) : .differs(key, value)
  }

  private mutating func labelKey() throws(MetricMathError) -> InsightsQuery.LabelKey {
    scanner.skipSpace()
    let isQuoted = scanner.peek == UInt8(ascii: "\"")
    let first = try name("the name of a label")
    if first == "AWS.AccountId" { return .accountId }
    guard !isQuoted, scanner.peek == UInt8(ascii: ".") else {
      // "tag.name" in one pair of quotes is a dimension's name: only tag. outside of them is a tag.
      return .dimension(first)
    }
    scanner.position += 1
    let rest = try name("the name of a tag")
    if first == "AWS", rest == "AccountId" { return .accountId }
    guard first.lowercased() == "tag" else {
      throw .syntax("'\(first.prefix(64)).' needs double quotes around the whole name", at: scanner.position)
    }
    return .tag(rest)
  }

  // MARK: Tokens

  private mutating func function() throws(MetricMathError) -> InsightsQuery.Function {
    scanner.skipSpace()
    let start = scanner.position
    let word = scanner.takeWhile(\.isWord)
    guard let function = InsightsQuery.Function(rawValue: word.uppercased()) else {
      scanner.position = start
      throw unexpected("AVG, COUNT, MAX, MIN or SUM")
    }
    return function
  }

  /// Letters, digits and underscores that are no keyword, or anything in double quotes.
  private mutating func name(_ wanted: String) throws(MetricMathError) -> String {
    scanner.skipSpace()
    let start = scanner.position
    if scanner.peek == UInt8(ascii: "\"") {
      guard let text = scanner.takeQuoted(), !text.isEmpty else { throw .syntax("a quote without its end, or nothing in it", at: start) }
      return text
    }
    let word = scanner.takeWhile(\.isWord)
    guard !word.isEmpty else { throw unexpected(wanted) }
    guard !InsightsKeywords.reserved.contains(word.uppercased()) else {
      throw .syntax("'\(word)' is a keyword and needs double quotes as \(wanted)", at: start)
    }
    return word
  }

  private mutating func take(_ mark: StaticString) throws(MetricMathError) {
    guard takeMark(mark) else { throw unexpected("'\(mark)'") }
  }

  private mutating func takeMark(_ mark: StaticString) -> Bool {
    scanner.skipSpace()
    return scanner.take(text: mark)
  }

  /// Keywords are not case sensitive.
  private mutating func takeKeyword(_ keyword: String) -> Bool {
    scanner.skipSpace()
    let start = scanner.position
    if scanner.takeWhile(\.isWord).uppercased() == keyword { return true }
    scanner.position = start
    return false
  }
}
