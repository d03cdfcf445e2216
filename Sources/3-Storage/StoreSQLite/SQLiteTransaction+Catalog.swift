import FoundationEssentials
import GRDB
import JSON
import Store
import Time

extension SQLiteTransaction {
  func row(_ kind: String, _ key: String, in partition: Partition) throws -> CatalogRow? {
    guard let number = try number(partition) else { return nil }
    return try first(
      "SELECT key, version, revision, body, indexes FROM catalog WHERE partition = ? AND kind = ? AND key = ?", [number, kind, key]
    ) { try Self.row($0, kind, partition) }
  }

  private static func row(_ row: Row, _ kind: String, _ partition: Partition) throws -> CatalogRow {
    var indexes: [String: String] = [:]
    if let text = row[4] as String? {
      for (name, value) in try JSONValue(parsing: text).object ?? JSONObject() { indexes[name] = value.string }
    }
    return CatalogRow(
      partition: partition, kind: kind, key: row[0], version: row[1], body: try bytes(row, 3), indexes: indexes, revision: row[2])
  }

  @discardableResult
  func put(_ row: CatalogRow, when expectation: Expectation) throws -> Revision {
    let number = try assigned(row.partition)
    if expectation == .absent, row.indexes.isEmpty {
      // One statement, for rows that are made by the thousand.
      try execute(
        "INSERT OR IGNORE INTO catalog (partition, kind, key, version, revision, body, indexes) VALUES (?, ?, ?, ?, 1, ?, NULL)",
        [number, row.kind, row.key, row.version, Data(row.body)])
      guard database.changesCount > 0 else { throw StoreFault.conflict(kind: row.kind, key: row.key) }
      return 1
    }
    let existing = try first(
      "SELECT revision, indexes FROM catalog WHERE partition = ? AND kind = ? AND key = ?", [number, row.kind, row.key]
    ) { ($0[0] as Int64, $0[1] as String?) }
    let holds =
      switch expectation {
      case .any: true
      case .absent: existing == nil
      case .revision(let revision): existing?.0 == revision
      }
    guard holds else { throw StoreFault.conflict(kind: row.kind, key: row.key) }
    let revision = (existing?.0 ?? 0) + 1
    var object = JSONObject()
    for (name, value) in row.indexes.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
    let indexes: String? = object.isEmpty ? nil : JSONValue.object(object).text
    try execute(
      """
      INSERT INTO catalog (partition, kind, key, version, revision, body, indexes) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (partition, kind, key)
      DO UPDATE SET version = excluded.version, revision = excluded.revision, body = excluded.body, indexes = excluded.indexes
      """, [number, row.kind, row.key, row.version, revision, Data(row.body), indexes])
    if existing?.1 != indexes {
      try unindex(existing?.1, number, row.kind, row.key)
      for (name, value) in row.indexes {
        try execute(
          "INSERT INTO catalog_index (partition, kind, name, value, key) VALUES (?, ?, ?, ?, ?)", [number, row.kind, name, value, row.key])
      }
    }
    return revision
  }

  private func unindex(_ text: String?, _ number: Int64, _ kind: String, _ key: String) throws {
    guard let text else { return }
    for (name, value) in try JSONValue(parsing: text).object ?? JSONObject() {
      try execute(
        "DELETE FROM catalog_index WHERE partition = ? AND kind = ? AND name = ? AND value = ? AND key = ?",
        [number, kind, name, value.string, key])
    }
  }

  @discardableResult
  func delete(_ kind: String, _ key: String, in partition: Partition, when expectation: Expectation) throws -> Bool {
    guard let number = try number(partition) else { return false }
    let existing = try first(
      "SELECT revision, indexes FROM catalog WHERE partition = ? AND kind = ? AND key = ?", [number, kind, key]
    ) { ($0[0] as Int64, $0[1] as String?) }
    if case .revision(let revision) = expectation, existing?.0 != revision { throw StoreFault.conflict(kind: kind, key: key) }
    guard let existing else { return false }
    if expectation == .absent { throw StoreFault.conflict(kind: kind, key: key) }
    try unindex(existing.1, number, kind, key)
    try execute("DELETE FROM catalog WHERE partition = ? AND kind = ? AND key = ?", [number, kind, key])
    return true
  }

  func page(_ kind: String, in partition: Partition, _ query: CatalogQuery) throws -> [CatalogRow] {
    guard let number = try number(partition), query.limit > 0 else { return [] }
    let direction = query.descending ? "DESC" : "ASC"
    let past = query.descending ? "<" : ">"
    switch query.order {
    case .key(let prefix):
      var sql = "SELECT key, version, revision, body, indexes FROM catalog WHERE partition = ? AND kind = ? AND key >= ?"
      var arguments: [(any DatabaseValueConvertible)?] = [number, kind, prefix]
      if let end = Self.end(ofPrefix: prefix) {
        sql += " AND key < ?"
        arguments.append(end)
      }
      if let after = query.after {
        sql += " AND key \(past) ?"
        arguments.append(after.key)
      }
      sql += " ORDER BY key \(direction) LIMIT ?"
      arguments.append(query.limit)
      return try rows(sql, arguments) { try Self.row($0, kind, partition) }
    case .index(let name, let from, let to):
      var sql = """
        SELECT c.key, c.version, c.revision, c.body, c.indexes FROM catalog_index i
        CROSS JOIN catalog c ON c.partition = i.partition AND c.kind = i.kind AND c.key = i.key
        WHERE i.partition = ? AND i.kind = ? AND i.name = ? AND i.value >= ?
        """
      var arguments: [(any DatabaseValueConvertible)?] = [number, kind, name, from]
      if let to {
        sql += " AND i.value < ?"
        arguments.append(to)
      }
      if let after = query.after {
        sql += " AND (i.value, i.key) \(past) (?, ?)"
        arguments += [after.value, after.key]
      }
      sql += " ORDER BY i.value \(direction), i.key \(direction) LIMIT ?"
      arguments.append(query.limit)
      return try rows(sql, arguments) { try Self.row($0, kind, partition) }
    }
  }

  func count(_ kind: String, in partition: Partition, prefix: String) throws -> Int {
    guard let number = try number(partition) else { return 0 }
    if let end = Self.end(ofPrefix: prefix) {
      return try first(
        "SELECT COUNT(*) FROM catalog WHERE partition = ? AND kind = ? AND key >= ? AND key < ?", [number, kind, prefix, end]
      ) { $0[0] } ?? 0
    }
    return try first("SELECT COUNT(*) FROM catalog WHERE partition = ? AND kind = ?", [number, kind]) { $0[0] } ?? 0
  }

  func partitions(holding kind: String) throws -> [Partition] {
    try rows(
      "SELECT account, region, shard FROM partition p WHERE EXISTS (SELECT 1 FROM catalog WHERE partition = p.id AND kind = ?) ORDER BY id",
      [kind]
    ) { Partition(account: $0[0], region: $0[1], shard: $0[2]) }
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
