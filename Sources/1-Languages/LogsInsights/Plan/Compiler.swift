/// Turns a query into stages. Used once, by one thread.
struct Compiler {
  struct Visible {
    var name: String
    var node: Node
  }

  /// What a stage sorts, drops and cuts at its end.
  struct Ending {
    var keys: [RowSink.Key] = []
    var isNewestFirst = false
    var distinct: [Node] = []
    var limit: Int?
    var hasSort = false
    var mustClose: Bool { limit != nil || !distinct.isEmpty }
  }

  let text: QueryText
  let options: PlanOptions
  let constants = Constants()
  var regexes: [Regex] = []
  var paths: [[String]] = []
  var needs = NeededFields()
  var prefilter = Prefilter()
  var stages: [Stage] = []
  var previousRange: Range<Int64>?
  var unmasks = false
  /// Whether rows still stand for events, so that results have `@ptr`.
  var isRaw = true

  // The stage being made.
  var operations = RowOperations()
  var slots = 0
  var names: [String: Int] = [:]
  var visible: [Visible] = []
  var shown: [Visible]?
  var hasFields = false
  var ending = Ending()
  /// Literals that a message has when the slot of a `parse` is not missing.
  var parsed: [Int: Prefilter] = [:]
  /// While `stats` is compiled: takes aggregates.
  var aggregates: AggregateBuilder?
  var statsCount = 0

  struct AggregateBuilder {
    var list: [Aggregate] = []
    var firstSlot: Int
    var names: [String: Int] = [:]
  }

  init(_ text: QueryText, _ options: PlanOptions) {
    self.text = text
    self.options = options
  }

  var isFirstStage: Bool { stages.isEmpty }

  mutating func compile(_ query: Query) throws(QueryError) {
    for (position, command) in query.commands.enumerated() {
      try add(command, rest: query.commands[(position + 1)...])
    }
    try closeRows(rest: [], isLast: true)
  }

  private mutating func add(_ command: Command, rest: ArraySlice<Command>) throws(QueryError) {
    if !ending.distinct.isEmpty {
      guard case .limit = command.kind else { throw text.error("the only command after dedup is limit", command.range) }
    }
    if ending.mustClose {
      switch command.kind {
      case .limit, .dedup: break
      default: try closeRows(rest: [command] + rest, isLast: false)
      }
    }
    switch command.kind {
    case .fields(let columns), .unmask(let columns):
      if case .unmask = command.kind { unmasks = true }
      hasFields = true
      for column in columns { visible = try adding(column, to: visible) }
    case .display(let columns):
      var list: [Visible] = []
      for column in columns { list = try adding(column, to: list) }
      shown = list
    case .filter(let condition):
      let node = try compile(condition)
      operations.list.append(.filter(node))
      if isFirstStage { prefilter.formConjunction(requirement(condition)) }
    case .filterIndex(let conditions): try filterIndex(conditions)
    case .parse(let source, let pattern, let names): try parse(source, pattern, names)
    case .unnest(let source, let name):
      let node = try compile(source)
      let slot = try define(name)
      operations.list.append(.unnest(source: node, slot: slot))
      show(name, slot)
    case .lookup(let table, let on, let output): try lookup(table, on, output)
    case .sort(let keys): try sort(keys)
    case .limit(let limit): ending.limit = min(ending.limit ?? limit, limit)
    case .dedup(let fields):
      if ending.limit != nil { try closeRows(rest: [command] + rest, isLast: false) }
      for field in fields { ending.distinct.append(try compile(.field(field))) }
    case .stats(let results, let groups): try stats(results, groups, command.range)
    case .pattern(let source): try pattern(source, rest, command.range)
    case .diff(let period): try diff(period, command.range)
    }
  }

  // MARK: Names

  mutating func define(_ name: Name) throws(QueryError) -> Int {
    guard names[name.text] == nil else { throw text.error("Ephemeral field is already defined: \(name.text)", name.range) }
    names[name.text] = slots
    slots += 1
    return slots - 1
  }

  private mutating func show(_ name: Name, _ slot: Int) { visible.append(Visible(name: name.text, node: SlotNode(slot))) }

  /// A list with the column at its end, unless it is there already.
  private mutating func adding(_ column: Column, to list: [Visible]) throws(QueryError) -> [Visible] {
    let node = try compile(column.expression)
    let name = column.alias?.text ?? column.text
    if case .field = column.expression, column.alias == nil {
      return list.contains { $0.name == name } ? list : list + [Visible(name: name, node: node)]
    }
    // What stats made is named by what made it.
    if column.alias == nil, let slot = names[name] { return list + [Visible(name: name, node: SlotNode(slot))] }
    let slot = try define(column.alias ?? Name(text: name, range: column.expression.range))
    operations.list.append(.assign(slot: slot, node))
    return list + [Visible(name: name, node: SlotNode(slot))]
  }

  // MARK: Steps

  private mutating func parse(_ source: Expression, _ pattern: ParsePattern, _ names: [Name]) throws(QueryError) {
    let node = try compile(source)
    var fulfilled = Prefilter()
    let slots = try names.map { name throws(QueryError) in try define(name) }
    switch pattern {
    case .glob(let parts):
      operations.list.append(.glob(source: node, parts: parts.map(constants.keep), slots: slots))
      fulfilled.literals = parts.filter { !$0.isEmpty }
    case .regex(let regex):
      let number = add(regex)
      let byName = Dictionary(uniqueKeysWithValues: regex.names.map { ($0.name, $0.group) })
      let groups = zip(names, slots).enumerated().map { (slot: $1.1, group: byName[$1.0.text] ?? $0 + 1) }
      operations.list.append(.regex(source: node, regex: number, literal: constants.keep(regex.literal), groups: groups))
      if !regex.literal.isEmpty { fulfilled.literals = [regex.literal] }
    }
    for (name, slot) in zip(names, slots) {
      show(name, slot)
      if isFirstStage, node is MessageNode { parsed[slot] = fulfilled }
    }
  }

  mutating func add(_ regex: Regex) -> Int {
    regexes.append(regex)
    return regexes.count - 1
  }

  private mutating func filterIndex(_ conditions: [IndexCondition]) throws(QueryError) {
    for condition in conditions {
      let values = condition.values.map { Expression.string(Array($0.utf8), condition.field.range) }
      let expression = Expression.within(.field(condition.field), values, negated: false, condition.field.range)
      operations.list.append(.filter(try compile(expression)))
      if isFirstStage { prefilter.formConjunction(requirement(expression)) }
    }
  }

  private mutating func lookup(_ table: Name, _ on: [(column: String, field: FieldPath)], _ output: [Name]) throws(QueryError) {
    guard let found = options.lookupTables[table.text] else {
      throw text.error("the lookup table '\(table.text)' does not exist", table.range)
    }
    func position(_ name: String, _ range: Range<Int>) throws(QueryError) -> Int {
      guard let position = found.columns.firstIndex(of: name) else {
        throw text.error("the lookup table '\(table.text)' has no field '\(name)'", range)
      }
      return position
    }
    let keys = try on.map { pair throws(QueryError) in try position(pair.column, pair.field.range) }
    let outputs = try output.map { name throws(QueryError) in try position(name.text, name.range) }
    let nodes = try on.map { pair throws(QueryError) in try compile(.field(pair.field)) }
    var slots: [Int] = []
    for name in output {
      // A field of that name is overwritten.
      names[name.text] = nil
      let slot = try define(name)
      slots.append(slot)
      visible.removeAll { $0.name == name.text }
      show(name, slot)
    }
    let index = LookupIndex(found, on: keys, output: outputs, constants)
    operations.list.append(.lookup(index, keys: nodes, slots: slots))
  }

  private mutating func sort(_ keys: [SortKey]) throws(QueryError) {
    ending.keys = []
    for key in keys {
      let node: Node
      // A column of that very text, as `count(*)`.
      if let slot = names[key.text] { node = SlotNode(slot) } else { node = try compile(key.expression) }
      ending.keys.append(RowSink.Key(node: node, descending: key.descending))
    }
    ending.hasSort = true
    ending.isNewestFirst = isFirstStage && keys.count == 1 && keys[0].descending && ending.keys[0].node is TimestampNode
  }
}
