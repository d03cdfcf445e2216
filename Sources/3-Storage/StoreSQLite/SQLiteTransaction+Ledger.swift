import Store
import Time

extension SQLiteTransaction {
  /// Where a stream stands. What this transaction appended is remembered: its end is written with the commit, once.
  private func stream(_ stream: LedgerStream) throws -> StreamEnd? {
    if let known = streams[stream] { return known }
    guard let number = try number(stream.partition) else { return nil }
    return try first(.stream, [.int(number), .text(stream.name)]) { StreamEnd(id: $0.int(0), last: $0.int(1), isWritten: true) }
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
      try execute(.addStream, [.int(try assigned(stream.partition)), .text(stream.name), .int(end)])
      id = connection.lastInsertedRow
    }
    remember(stream, StreamEnd(id: id, last: end, isWritten: known == nil))
    for (position, body) in records.enumerated() {
      try execute(.append, [.int(id), .int(last + Int64(position) + 1), .bytes(body)])
    }
    return end
  }

  /// Writes the ends of the streams that were appended to. Called once, before the commit.
  func writeStreamEnds() throws {
    for (_, end) in streams where !end.isWritten { try execute(.moveStream, [.int(end.last), .int(end.id)]) }
  }

  func records(of stream: LedgerStream, from sequence: Int64, limit: Int, descending: Bool) throws -> [LedgerRecord] {
    guard limit > 0, let known = try self.stream(stream) else { return [] }
    var records: [LedgerRecord] = []
    try forEach(descending ? .recordsDown : .recordsUp, [.int(known.id), .int(sequence), .int(Int64(limit))]) { row in
      records.append(LedgerRecord(sequence: row.int(0), body: row.bytes(1)))
      return true
    }
    return records
  }

  func lastSequence(of stream: LedgerStream) throws -> Int64 { try self.stream(stream)?.last ?? 0 }

  func trim(_ stream: LedgerStream, through sequence: Int64) throws {
    guard let known = try self.stream(stream) else { return }
    try execute(.trim, [.int(known.id), .int(sequence)])
  }

  func delete(_ stream: LedgerStream) throws {
    guard let known = try self.stream(stream) else { return }
    try execute(.removeRecords, [.int(known.id)])
    try execute(.removeStream, [.int(known.id)])
    remember(stream, nil)
  }
}
