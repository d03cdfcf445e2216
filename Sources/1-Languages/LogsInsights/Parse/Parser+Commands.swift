extension Parser {
  /// Commands that AWS documents and that are not built.
  private static let refused: Set<String> = [
    "anomaly", "join", "addtotals", "logcompare", "appendcols", "append", "eventstats", "streamstats", "timechart", "transpose", "top",
    "rare",
    "fillnull", "rename", "subquery", "expand", "flatten", "head", "tail",
  ]

  mutating func command() throws(QueryError) -> Command {
    let start = token.range
    guard token.kind == .word else { throw unexpected("a command") }
    let word = text.text(token.range).lowercased()
    guard !Self.refused.contains(word) || word == "head" || word == "tail" else {
      throw text.error("the command '\(word)' is not supported", start)
    }
    try advance()
    let kind: Command.Kind
    switch word {
    case "fields": kind = .fields(try columns())
    case "display": kind = .display(try columns())
    case "filter", "where": kind = .filter(try expression())
    case "parse": kind = try parseCommand()
    case "stats": kind = try stats()
    case "sort", "order": kind = try sort()
    case "limit", "head": kind = .limit(try limit())
    case "tail": throw text.error("'tail' is not supported: use sort and limit", start)
    case "dedup": kind = try dedup()
    case "pattern": kind = .pattern(try expression())
    case "diff": kind = .diff(try diff())
    case "unnest": kind = try unnest()
    case "lookup": kind = try lookup()
    case "unmask": kind = .unmask(try columns())
    case "filterindex": kind = .filterIndex(try indexConditions())
    case "source": throw text.error("SOURCE is the first command", start)
    default: throw text.unexpected(start)
    }
    return Command(kind: kind, range: start.lowerBound..<end)
  }

  mutating func columns() throws(QueryError) -> [Column] {
    var columns = [try column()]
    while true {
      if try take(",") {
        columns.append(try column())
      } else if startsColumn {
        // AWS takes fields without commas too.
        columns.append(try column())
      } else {
        return columns
      }
    }
  }

  private var startsColumn: Bool {
    switch token.kind {
    case .word: !isWord("by") && !isWord("as")
    case .quoted: true
    default: false
    }
  }

  private mutating func column() throws(QueryError) -> Column {
    let start = token.range.lowerBound
    let expression = try expression()
    let written = text.text(start..<end)
    let alias = try takeWord("as") ? try name() : nil
    var text = written
    if case .field(let path) = expression { text = path.text }
    return Column(expression: expression, alias: alias, text: text)
  }

  private mutating func parseCommand() throws(QueryError) -> Command.Kind {
    // Without a field the message is parsed.
    var source = Expression.field(FieldPath(parts: ["@message"], text: "@message", range: end..<end))
    switch token.kind {
    case .string: break
    case .symbol where isSymbol("/"): break
    default: source = try primary()
    }
    if isSymbol("/") { return try parseRegex(source) }
    guard case .string(let pattern) = token.kind else { throw unexpected("a pattern") }
    let range = token.range
    try advance()
    let parts = Self.glob(pattern)
    let wildcards = parts.count - 1
    guard wildcards > 0 else { throw text.error("the pattern has no wildcard '*'", range) }
    guard try takeWord("as") else { throw unexpected("'as'") }
    var names = [try name()]
    while try take(",") { names.append(try name()) }
    guard names.count == wildcards else {
      throw text.error("the number of fields (\(names.count)) is not the number of wildcards '*' in the pattern (\(wildcards))", range)
    }
    return .parse(source: source, .glob(parts), names: names)
  }

  private mutating func parseRegex(_ source: Expression) throws(QueryError) -> Command.Kind {
    let range = token.range
    let regex = try regex()
    var names = regex.names.map { Name(text: $0.name, range: range) }
    if try takeWord("as") {
      // Groups without names, given names in order.
      guard names.isEmpty else { throw text.error("the groups of the expression have names already", token.range) }
      names = [try name()]
      while try take(",") { names.append(try name()) }
      guard names.count == regex.groups else {
        throw text.error("the number of fields (\(names.count)) is not the number of groups (\(regex.groups))", range)
      }
    }
    guard !names.isEmpty else { throw text.error("the regular expression has no named group", range.lowerBound..<end) }
    return .parse(source: source, .regex(regex), names: names)
  }

  /// The parts between `*`; `\*` is a star itself.
  private static func glob(_ pattern: [UInt8]) -> [[UInt8]] {
    var parts: [[UInt8]] = [[]]
    var position = 0
    while position < pattern.count {
      if pattern[position] == UInt8(ascii: "*") {
        parts.append([])
      } else if pattern[position] == UInt8(ascii: "\\"), position + 1 < pattern.count, pattern[position + 1] == UInt8(ascii: "*") {
        position += 1
        parts[parts.count - 1].append(pattern[position])
      } else {
        parts[parts.count - 1].append(pattern[position])
      }
      position += 1
    }
    return parts
  }

  private mutating func stats() throws(QueryError) -> Command.Kind {
    let results = try columns()
    return .stats(results, by: try takeWord("by") ? try columns() : [])
  }

  private mutating func sort() throws(QueryError) -> Command.Kind {
    _ = try takeWord("by")
    var keys: [SortKey] = []
    repeat {
      let start = token.range.lowerBound
      var descending = false
      let expression = try expression()
      let written = text.text(start..<end)
      if try takeWord("desc") { descending = true } else { _ = try takeWord("asc") }
      keys.append(SortKey(expression: expression, descending: descending, text: written))
    } while try take(",")
    return .sort(keys)
  }

  private mutating func limit() throws(QueryError) -> Int {
    guard case .number(let number) = token.kind else { throw unexpected("a number") }
    guard number == number.rounded(), number >= 1, number <= 100_000 else {
      throw text.error("the limit is a whole number from 1 to 100000", token.range)
    }
    try advance()
    return Int(number)
  }

  private mutating func dedup() throws(QueryError) -> Command.Kind {
    var fields = [try fieldPath()]
    while true {
      if try take(",") {
        fields.append(try fieldPath())
      } else if startsColumn {
        fields.append(try fieldPath())
      } else {
        return .dedup(fields)
      }
    }
  }

  private mutating func diff() throws(QueryError) -> DiffPeriod {
    guard token.kind == .word else { return .previous }
    let names: [String: DiffPeriod] = [
      "previous": .previous, "previousday": .previousDay, "previousweek": .previousWeek, "previousmonth": .previousMonth,
    ]
    guard let period = names[text.text(token.range).lowercased()] else { throw unexpected("previousDay, previousWeek or previousMonth") }
    try advance()
    return period
  }

  private mutating func unnest() throws(QueryError) -> Command.Kind {
    let source = try primary()
    guard try takeWord("into") else { throw unexpected("'into'") }
    return .unnest(source, into: try name())
  }

  private mutating func lookup() throws(QueryError) -> Command.Kind {
    let table = try name()
    var on: [(column: String, field: FieldPath)] = []
    repeat {
      let column = try fieldPath()
      on.append((column.text, try takeWord("as") ? try fieldPath() : column))
    } while try take(",")
    guard try takeWord("output") else { throw unexpected("'OUTPUT'") }
    var output = [try name()]
    while try take(",") { output.append(try name()) }
    return .lookup(table: table, on: on, output: output)
  }

  private mutating func indexConditions() throws(QueryError) -> [IndexCondition] {
    var conditions: [IndexCondition] = []
    repeat {
      let field = try fieldPath()
      var values: [String] = []
      if try take("=") {
        values.append(try literalText())
      } else if try takeWord("in") {
        try expect("[")
        repeat { values.append(try literalText()) } while try take(",")
        try expect("]")
      } else {
        throw unexpected("'=' or 'in'")
      }
      conditions.append(IndexCondition(field: field, values: values))
    } while try takeWord("and")
    return conditions
  }

  private mutating func literalText() throws(QueryError) -> String {
    let value: String
    switch token.kind {
    case .string(let bytes): value = String(decoding: bytes, as: UTF8.self)
    case .number: value = text.text(token.range)
    default: throw unexpected("a value")
    }
    try advance()
    return value
  }

  // MARK: SOURCE

  mutating func source() throws(QueryError) -> LogGroupSelection {
    try advance()
    guard isWord("loggroups") else {
      throw text.error("SOURCE is followed by logGroups(...): data sources are not supported", token.range)
    }
    try advance()
    var selection = LogGroupSelection()
    try expect("(")
    while !isSymbol(")") {
      let range = token.range
      let name = try name().text.lowercased()
      try expect(":")
      let values = try list()
      switch name {
      case "nameprefix":
        guard values.count <= 5 else { throw text.error("SOURCE takes at most five prefixes", range) }
        selection.namePrefixes = values
      case "accountidentifier", "accountidentifiers":
        guard values.count <= 20 else { throw text.error("SOURCE takes at most twenty accounts", range) }
        selection.accountIdentifiers = values
      case "class", "loggroupclass": selection.classes = values
      default: throw text.unexpected(range, expected: "namePrefix, accountIdentifiers or class")
      }
      guard try take(",") else { break }
    }
    try expect(")")
    return selection
  }

  private mutating func list() throws(QueryError) -> [String] {
    guard try take("[") else { return [try literalText()] }
    var values: [String] = []
    repeat { values.append(try literalText()) } while try take(",")
    try expect("]")
    return values
  }
}
