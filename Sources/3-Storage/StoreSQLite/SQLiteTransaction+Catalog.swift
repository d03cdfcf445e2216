import JSON
import Store
import Time

extension SQLiteTransaction {
  func row(_ kind: String, _ key: String, in partition: Partition) throws -> CatalogRow? {
    guard let number = try number(partition) else { return nil }
    return try first(.row, [.int(number), .text(kind), .text(key)]) { try Self.row($0, kind, partition) }
  }

  private static func row(_ row: borrowing Row, _ kind: String, _ partition: Partition) throws -> CatalogRow {
    CatalogRow(
      partition: partition, kind: kind, key: row.text(0), version: Int(row.int(1)), body: row.bytes(3),
      indexes: try indexes(row.optionalText(4)), revision: row.int(2))
  }

  private static func indexes(_ text: String?) throws -> [String: String] {
    guard let text else { return [:] }
    var indexes: [String: String] = [:]
    for (name, value) in try JSONValue(parsing: text).object ?? JSONObject() { indexes[name] = value.string }
    return indexes
  }

  private static func text(_ indexes: [String: String]) -> String? {
    if indexes.isEmpty { return nil }
    var object = JSONObject()
    for (name, value) in indexes.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
    return JSONValue.object(object).text
  }

  /// Where a row stands: its revision and its indexes as they are stored.
  private struct RowState {
    var revision: Revision
    var indexes: String?
  }

  private func state(_ number: Int64, _ kind: String, _ key: String) throws -> RowState? {
    try first(.rowState, [.int(number), .text(kind), .text(key)]) { RowState(revision: $0.int(0), indexes: $0.optionalText(1)) }
  }

  @discardableResult
  func put(_ row: CatalogRow, when expectation: Expectation) throws -> Revision {
    let number = try assigned(row.partition)
    let indexes = Self.text(row.indexes)
    if expectation == .absent {
      // One statement, for rows that are made by the thousand.
      try insert(row, number, indexes, as: .insertNewRow)
      guard connection.changes > 0 else { throw StoreFault.conflict(kind: row.kind, key: row.key) }
      try index(row.indexes, instead: [:], number, row.kind, row.key)
      return 1
    }
    let existing = try state(number, row.kind, row.key)
    if case .revision(let revision) = expectation, existing?.revision != revision {
      throw StoreFault.conflict(kind: row.kind, key: row.key)
    }
    guard let existing else {
      try insert(row, number, indexes, as: .insertRow)
      try index(row.indexes, instead: [:], number, row.kind, row.key)
      return 1
    }
    let revision = existing.revision + 1
    try execute(
      .updateRow,
      [
        .int(Int64(row.version)), .int(revision), .bytes(row.body), StatementValue(indexes), .int(number), .text(row.kind), .text(row.key),
      ])
    if existing.indexes != indexes { try index(row.indexes, instead: try Self.indexes(existing.indexes), number, row.kind, row.key) }
    return revision
  }

  private func insert(_ row: CatalogRow, _ number: Int64, _ indexes: String?, as sql: SQL) throws {
    try execute(
      sql, [.int(number), .text(row.kind), .text(row.key), .int(Int64(row.version)), .bytes(row.body), StatementValue(indexes)])
  }

  /// Writes the entries of a row's indexes that differ from those it had.
  private func index(
    _ indexes: [String: String], instead old: [String: String], _ number: Int64, _ kind: String, _ key: String
  ) throws {
    for (name, value) in old where indexes[name] != value {
      try execute(.removeIndex, [.int(number), .text(kind), .text(name), .text(value), .text(key)])
    }
    for (name, value) in indexes where old[name] != value {
      try execute(.addIndex, [.int(number), .text(kind), .text(name), .text(value), .text(key)])
    }
  }

  @discardableResult
  func delete(_ kind: String, _ key: String, in partition: Partition, when expectation: Expectation) throws -> Bool {
    guard let number = try number(partition) else { return false }
    let existing = try state(number, kind, key)
    if case .revision(let revision) = expectation, existing?.revision != revision { throw StoreFault.conflict(kind: kind, key: key) }
    guard let existing else { return false }
    if expectation == .absent { throw StoreFault.conflict(kind: kind, key: key) }
    try index([:], instead: try Self.indexes(existing.indexes), number, kind, key)
    try execute(.deleteRow, [.int(number), .text(kind), .text(key)])
    return true
  }

  func page(_ kind: String, in partition: Partition, _ query: CatalogQuery) throws -> [CatalogRow] {
    guard let number = try number(partition), query.limit > 0 else { return [] }
    let (sql, values) =
      switch query.order {
      case .key(let prefix): Self.byKey(number, kind, prefix, query)
      case .index(let name, let from, let to): Self.byIndex(number, kind, name, from, to, query)
      }
    return try rows(sql, values) { try Self.row($0, kind, partition) }
  }

  /// One bound on each side: of two, SQLite seeks by the one it likes and walks past the other.
  private static func byKey(_ number: Int64, _ kind: String, _ prefix: String, _ query: CatalogQuery) -> (String, [StatementValue]) {
    var sql = "SELECT key, version, revision, body, indexes FROM catalog WHERE partition = ? AND kind = ?"
    var values: [StatementValue] = [.int(number), .text(kind)]
    let end = end(ofPrefix: prefix)
    let after = query.after?.key
    if let after, !query.descending, !after.sortsBefore(prefix) {
      (sql, values) = (sql + " AND key > ?", values + [.text(after)])
    } else {
      (sql, values) = (sql + " AND key >= ?", values + [.text(prefix)])
    }
    if let after, query.descending, end.map({ after.sortsBefore($0) }) ?? true {
      (sql, values) = (sql + " AND key < ?", values + [.text(after)])
    } else if let end {
      (sql, values) = (sql + " AND key < ?", values + [.text(end)])
    }
    return (sql + " ORDER BY key \(query.descending ? "DESC" : "ASC") LIMIT ?", values + [.int(Int64(query.limit))])
  }

  private static func byIndex(
    _ number: Int64, _ kind: String, _ name: String, _ from: String, _ to: String?, _ query: CatalogQuery
  ) -> (String, [StatementValue]) {
    var sql = """
      SELECT c.key, c.version, c.revision, c.body, c.indexes FROM catalog_index i
      CROSS JOIN catalog c ON c.partition = i.partition AND c.kind = i.kind AND c.key = i.key
      WHERE i.partition = ? AND i.kind = ? AND i.name = ?
      """
    var values: [StatementValue] = [.int(number), .text(kind), .text(name)]
    if let after = query.after, !query.descending, !after.value.sortsBefore(from) {
      (sql, values) = (sql + " AND (i.value, i.key) > (?, ?)", values + [.text(after.value), .text(after.key)])
    } else {
      (sql, values) = (sql + " AND i.value >= ?", values + [.text(from)])
    }
    if let after = query.after, query.descending, to.map({ after.value.sortsBefore($0) }) ?? true {
      (sql, values) = (sql + " AND (i.value, i.key) < (?, ?)", values + [.text(after.value), .text(after.key)])
    } else if let to {
      (sql, values) = (sql + " AND i.value < ?", values + [.text(to)])
    }
    let direction = query.descending ? "DESC" : "ASC"
    return (sql + " ORDER BY i.value \(direction), i.key \(direction) LIMIT ?", values + [.int(Int64(query.limit))])
  }

  func count(_ kind: String, in partition: Partition, prefix: String) throws -> Int {
    guard let number = try number(partition) else { return 0 }
    if let end = Self.end(ofPrefix: prefix) {
      return try rows(
        "SELECT COUNT(*) FROM catalog WHERE partition = ? AND kind = ? AND key >= ? AND key < ?",
        [.int(number), .text(kind), .text(prefix), .text(end)]
      ) { Int($0.int(0)) }.first ?? 0
    }
    return try rows("SELECT COUNT(*) FROM catalog WHERE partition = ? AND kind = ?", [.int(number), .text(kind)]) { Int($0.int(0)) }.first
      ?? 0
  }

  func partitions(holding kind: String) throws -> [Partition] {
    try rows(
      "SELECT account, region, shard FROM partition p WHERE EXISTS (SELECT 1 FROM catalog WHERE partition = p.id AND kind = ?) ORDER BY id",
      [.text(kind)]
    ) { Partition(account: $0.text(0), region: $0.text(1), shard: Int($0.int(2))) }
  }

  /// The least text that sorts after every text with the prefix; nil for the empty prefix. SQLite compares UTF-8 bytes, whose order is
  /// that of the scalars, so the last scalar that has a successor is raised.
  static func end(ofPrefix prefix: String) -> String? {
    var scalars = Array(prefix.unicodeScalars)
    while let last = scalars.popLast() {
      // The surrogates between D7FF and E000 are no scalars.
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
      if let raised = Unicode.Scalar(next) {
        scalars.append(raised)
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
      }
    }
    return nil
  }
}

extension String {
  /// Whether SQLite sorts it before the other: by bytes.
  func sortsBefore(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
