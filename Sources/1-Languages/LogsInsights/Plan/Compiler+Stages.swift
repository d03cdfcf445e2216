import Time

extension Compiler {
  /// Ends the stage by keeping rows. Fields that later commands name are kept beside those that are shown.
  mutating func closeRows(rest: ArraySlice<Command>, isLast: Bool) throws(QueryError) {
    var columns = shown ?? visible
    if shown == nil, isFirstStage, !hasFields {
      columns =
        [Visible(name: "@timestamp", node: try field("@timestamp")), Visible(name: "@message", node: try field("@message"))] + visible
    }
    let count = columns.count
    if !isLast {
      for column in visible where !columns.contains(where: { $0.name == column.name }) { columns.append(column) }
      for (name, slot) in names.sorted(by: { $0.value < $1.value }) where !columns.contains(where: { $0.name == name }) {
        columns.append(Visible(name: name, node: SlotNode(slot)))
      }
      for path in FieldFinder.fields(of: rest) where !columns.contains(where: { $0.name == path.text }) {
        columns.append(Visible(name: path.text, node: try compile(.field(path))))
      }
    }
    let isNewestFirst = ending.isNewestFirst || (isFirstStage && !ending.hasSort)
    let plan = RowSink.Plan(
      keys: isNewestFirst ? [] : ending.keys, distinct: ending.distinct, columns: columns.map(\.node), limit: ending.limit ?? options.limit,
      keepsOrder: !isFirstStage && !ending.hasSort, isNewestFirst: isNewestFirst)
    if isFirstStage { needs.timestamp = true }
    finish(.rows(plan), columns.map(\.name), shown: count)
  }

  /// Takes the stage down and begins one whose slots are the columns.
  mutating func finish(_ collector: Stage.Collector, _ columns: [String], shown count: Int) {
    stages.append(Stage(operations: operations, collector: collector, slots: slots, columns: columns))
    operations = RowOperations()
    slots = columns.count
    names = [:]
    visible = []
    for (slot, name) in columns.enumerated() {
      names[name] = slot
      if slot < count { visible.append(Visible(name: name, node: SlotNode(slot))) }
    }
    shown = nil
    hasFields = true
    ending = Ending()
    parsed = [:]
  }

  mutating func stats(_ results: [Column], _ groups: [Column], _ range: Range<Int>) throws(QueryError) {
    statsCount += 1
    guard statsCount <= 2 else { throw text.error("a query has at most two stats commands", range) }
    let keys = try groups.map { column throws(QueryError) in try compile(column.expression) }
    let keyNames = groups.map { $0.alias?.text ?? $0.text }
    let aggregateCount = results.reduce(0) { $0 + FieldFinder.aggregates(in: $1.expression) }
    guard aggregateCount > 0 else { throw text.error("stats needs an aggregation function such as count(*)", range) }
    var builder = AggregateBuilder(firstSlot: keys.count)
    for (slot, name) in keyNames.enumerated() { builder.names[name] = slot }
    aggregates = builder
    var list: [(slot: Int, node: Node)] = []
    var columnNames = keyNames
    var columnSlots = Array(keys.indices)
    for (number, result) in results.enumerated() {
      let node = try compile(result.expression)
      let slot = keys.count + aggregateCount + number
      let name = result.alias?.text ?? result.text
      guard !columnNames.contains(name) else {
        throw text.error("Ephemeral field is already defined: \(name)", result.alias?.range ?? result.expression.range)
      }
      list.append((slot, node))
      aggregates?.names[name] = slot
      columnNames.append(name)
      columnSlots.append(slot)
    }
    let plan = AggregateSink.Plan(
      keys: keys, aggregates: aggregates?.list ?? [], results: list, columns: columnSlots,
      slots: keys.count + aggregateCount + results.count)
    aggregates = nil
    isRaw = false
    finish(.groups(plan), columnNames, shown: columnNames.count)
  }

  mutating func pattern(_ source: Expression, _ rest: ArraySlice<Command>, _ range: Range<Int>) throws(QueryError) {
    guard isFirstStage else { throw text.error("pattern comes before stats, limit and dedup", range) }
    let node = try compile(source)
    var period: PatternSink.Period?
    if let next = rest.first, case .diff(let comparison) = next.kind { period = try comparedPeriod(comparison, next.range) }
    isRaw = false
    let columns = period == nil ? PatternSink.columns : PatternSink.diffColumns
    finish(.patterns(node, period), columns, shown: columns.count)
  }

  /// `diff` alone compares patterns of messages; after `pattern` it was seen to already.
  mutating func diff(_ period: DiffPeriod, _ range: Range<Int>) throws(QueryError) {
    if previousRange != nil, stages.count == 1 { return }
    guard isFirstStage else { throw text.error("diff follows pattern, or comes before stats, limit and dedup", range) }
    let message = try field("@message")
    let compared = try comparedPeriod(period, range)
    isRaw = false
    finish(.patterns(message, compared), PatternSink.diffColumns, shown: PatternSink.diffColumns.count)
  }

  private mutating func comparedPeriod(_ period: DiffPeriod, _ range: Range<Int>) throws(QueryError) -> PatternSink.Period {
    guard var time = options.timeRange else { throw text.error("diff needs a query with a time range", range) }
    // Far beyond all calendars, and no sum of such overflows.
    time = time.clamped(to: -(1 << 55)..<(1 << 55))
    let start: Int64
    switch period {
    case .previous: start = time.lowerBound - Int64(time.count)
    case .previousDay: start = time.lowerBound - 86_400_000
    case .previousWeek: start = time.lowerBound - 7 * 86_400_000
    case .previousMonth:
      var date = CivilDate(secondsSinceEpoch: floorDivide(time.lowerBound, 1_000))
      date.month -= 1
      if date.month == 0 { (date.year, date.month) = (date.year - 1, 12) }
      date.day = min(date.day, CivilDate.daysIn(month: date.month, year: date.year))
      start = date.secondsSinceEpoch * 1_000 + (time.lowerBound - floorDivide(time.lowerBound, 1_000) * 1_000)
    }
    // Ranges longer than the step back overlap: an event then counts for the present one.
    previousRange = start..<min(start + Int64(time.count), time.lowerBound)
    return PatternSink.Period(start: time.lowerBound)
  }
}

/// Looks through commands and expressions for the fields and aggregates in them.
enum FieldFinder {
  /// Fields that commands name, up to the next `stats`.
  static func fields(of commands: ArraySlice<Command>) -> [FieldPath] {
    var found: [FieldPath] = []
    for command in commands {
      switch command.kind {
      case .fields(let columns), .display(let columns), .unmask(let columns): for column in columns { visit(column.expression, &found) }
      case .filter(let expression), .pattern(let expression), .unnest(let expression, _), .parse(let expression, _, _):
        visit(expression, &found)
      case .sort(let keys): for key in keys { visit(key.expression, &found) }
      case .dedup(let fields): found += fields
      case .lookup(_, let on, _): found += on.map(\.field)
      case .filterIndex(let conditions): found += conditions.map(\.field)
      case .stats(let results, let groups):
        for column in results + groups { visit(column.expression, &found) }
        return found
      case .limit, .diff: break
      }
    }
    return found
  }

  private static func visit(_ expression: Expression, _ found: inout [FieldPath]) {
    if case .field(let path) = expression, !found.contains(path) { found.append(path) }
    if case .call(let name, let arguments, _) = expression, name.lowercased() == "bin", arguments.count == 1 {
      found.append(FieldPath(parts: ["@timestamp"], text: "@timestamp", range: expression.range))
    }
    for part in parts(expression) { visit(part, &found) }
  }

  static func aggregates(in expression: Expression) -> Int {
    if case .call(let name, _, _) = expression, Compiler.isAggregate(name) { return 1 }
    return parts(expression).reduce(0) { $0 + aggregates(in: $1) }
  }

  private static func parts(_ expression: Expression) -> [Expression] {
    switch expression {
    case .call(_, let arguments, _): arguments
    case .unary(_, let operand, _), .like(let operand, _, _, _), .matches(let operand, _, _, _): [operand]
    case .binary(_, let left, let right, _): [left, right]
    case .within(let subject, let values, _, _): [subject] + values
    default: []
    }
  }
}
