import JSON
import Time

/// A named, append-only sequence of records: an execution's history, the audit trail, an alarm's history.
package struct LedgerStream: Hashable, Sendable {
  package var partition: Partition
  /// Unique in the partition, led by the room: `states.history/<execution>`.
  package var name: String

  package init(_ name: String, in partition: Partition) {
    self.name = name
    self.partition = partition
  }
}

/// One record. Sequences start at 1 and have no gaps until the start is trimmed.
package struct LedgerRecord: Sendable, Equatable {
  package var sequence: Int64
  package var body: [UInt8]

  package init(sequence: Int64, body: [UInt8]) {
    self.sequence = sequence
    self.body = body
  }
}

package protocol LedgerTransaction {
  /// Appends in order and answers the last sequence. With `expected`, throws `StoreFault.sequenceConflict` unless that is the
  /// stream's last sequence (0 for a new stream).
  @discardableResult
  func append(_ records: [[UInt8]], to stream: LedgerStream, expected: Int64?) throws -> Int64

  /// Up to `limit` records from `sequence` on (inclusive), ascending, or descending from it.
  func records(of stream: LedgerStream, from sequence: Int64, limit: Int, descending: Bool) throws -> [LedgerRecord]

  /// The last sequence ever appended; 0 when the stream does not exist.
  func lastSequence(of stream: LedgerStream) throws -> Int64

  /// Removes the records up to and including the sequence; the numbering goes on.
  func trim(_ stream: LedgerStream, through sequence: Int64) throws

  /// Removes the stream whole, its numbering too.
  func delete(_ stream: LedgerStream) throws
}
