import FoundationEssentials
import GRDB
import Store
import Time

extension SQLiteTransaction {
  /// Where a stream stands. What this transaction appended is remembered: its end is written with the commit, once.
  private func stream(_ stream: LedgerStream) throws -> StreamEnd? {
    if let known = streams[stream] { return known }
    guard let number = try number(stream.partition) else { return nil }
    return try first("SELECT id, last FROM ledger_stream WHERE partition = ? AND name = ?", [number, stream.name]) {
      StreamEnd(id: $0[0], last: $0[1], isWritten: true)
    }
  }

  @discardableResult
  func append(_ records: [[UInt8]], to stream: LedgerStream, expected: Int64?) throws -> Int64 {
    let known = try self.stream(stream)
    let last = known?.last ?? 0
    if let expected, expected != last { throw StoreFault.sequenceConflict(stream: stream.name, expected: expected, last: last) }
    if records.isEmpty { return last }
    let end = last + Int64(records.count)
    let id: Int64
    if let known {
      id = known.id
    } else {
      try execute("INSERT INTO ledger_stream (partition, name, last) VALUES (?, ?, ?)", [try assigned(stream.partition), stream.name, end])
      id = database.lastInsertedRowID
    }
    remember(stream, StreamEnd(id: id, last: end, isWritten: known == nil))
    for (position, body) in records.enumerated() {
      try execute("INSERT INTO ledger (stream, sequence, body) VALUES (?, ?, ?)", [id, last + Int64(position) + 1, Data(body)])
    }
    return end
  }

  /// Writes the ends of the streams that were appended to. Called once, before the commit.
  func writeStreamEnds() throws {
    for (_, end) in streams where !end.isWritten {
      try execute("UPDATE ledger_stream SET last = ? WHERE id = ?", [end.last, end.id])
    }
  }

  func records(of stream: LedgerStream, from sequence: Int64, limit: Int, descending: Bool) throws -> [LedgerRecord] {
    guard limit > 0, let known = try self.stream(stream) else { return [] }
    let sql =
      descending
      ? "SELECT sequence, body FROM ledger WHERE stream = ? AND sequence <= ? ORDER BY sequence DESC LIMIT ?"
      : "SELECT sequence, body FROM ledger WHERE stream = ? AND sequence >= ? ORDER BY sequence LIMIT ?"
    return try rows(sql, [known.id, sequence, limit]) { LedgerRecord(sequence: $0[0], body: try Self.bytes($0, 1)) }
  }

  func lastSequence(of stream: LedgerStream) throws -> Int64 { try self.stream(stream)?.last ?? 0 }

  func trim(_ stream: LedgerStream, through sequence: Int64) throws {
    guard let known = try self.stream(stream) else { return }
    try execute("DELETE FROM ledger WHERE stream = ? AND sequence <= ?", [known.id, sequence])
  }

  func delete(_ stream: LedgerStream) throws {
    guard let known = try self.stream(stream) else { return }
    try execute("DELETE FROM ledger WHERE stream = ?", [known.id])
    try execute("DELETE FROM ledger_stream WHERE id = ?", [known.id])
    remember(stream, nil)
  }
}
