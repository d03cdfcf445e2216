/// A field of a row of results.
public struct ResultField: Sendable, Hashable {
  public var field: String
  public var value: String

  public init(field: String, value: String) {
    self.field = field
    self.value = value
  }
}

/// What a query found: rows as GetQueryResults has them.
public struct QueryResults: Sendable {
  /// Fields that are missing in a row are left out of it. Rows of events end with `@ptr`.
  public var rows: [[ResultField]]
  public var statistics: QueryStatistics

  init(_ set: RowSet, _ plan: Plan, _ statistics: QueryStatistics) {
    var rows: [[ResultField]] = []
    rows.reserveCapacity(set.entries.count)
    set.forEach { start, entry in
      var place = start
      var row: [ResultField] = []
      for column in plan.columns {
        let value = ValueCoder.read(&place)
        if !value.isMissing { row.append(ResultField(field: column, value: Formatter.string(value))) }
      }
      if plan.hasPointers { row.append(ResultField(field: "@ptr", value: EventPointer.string(entry.location))) }
      rows.append(row)
    }
    self.rows = rows
    self.statistics = statistics
  }
}
