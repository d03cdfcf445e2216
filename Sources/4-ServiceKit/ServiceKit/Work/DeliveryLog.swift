import JSON
import Store
import Time

/// One attempt to hand something to a target, and what came of it.
package struct DeliveryRecord: Sendable, Codable, Equatable {
  package enum Outcome: String, Sendable, Codable, CaseIterable {
    case delivered = "DELIVERED"
    /// Failed; tried again at `next`.
    case retrying = "RETRYING"
    /// Given up, and handed to the dead-letter queue.
    case deadLettered = "DEAD_LETTERED"
    /// Given up: there is no dead-letter queue, or it took nothing.
    case dropped = "DROPPED"
  }
  /// The same for all attempts of one delivery.
  package var id: String
  package var target: String
  package var at: Timestamp
  /// 1 for the first.
  package var attempt: Int
  package var outcome: Outcome
  /// What was sent, its beginning when it is long.
  package var sent: String
  package var sentBytes: Int
  /// What the target answered to a delivery; nil when it answered nothing or much.
  package var answer: JSONValue?
  package var errorCode: String?
  package var errorMessage: String?
  /// When it is tried again.
  package var next: Timestamp?
  /// The id of the event it came from, where there is one.
  package var cause: String?

  /// Whether nothing was attempted: see `Fault.postponed`. Such records are not kept.
  package var isPostponed: Bool { errorCode.map { Fault($0, "").isPostponed } ?? false }
}

/// The attempts of a rule, schedule or pipe, in the order they were made: what was sent where, when, with what result.
package enum DeliveryLog {
  /// More of what was sent is not kept, in bytes.
  private static let longestSent = 2_048
  private static let longestAnswer = 2_048
  /// Attempts kept of one source.
  private static let keep: Int64 = 10_000

  private static func stream(_ source: ARN, in partition: Partition) -> LedgerStream {
    LedgerStream("servicekit.deliveries/\(source)", in: partition)
  }

  /// Keeps an attempt, with the transaction that has its effect.
  package static func append(_ record: DeliveryRecord, of source: ARN, in partition: Partition, _ transaction: any Transaction) throws {
    var record = record
    if record.sent.utf8.count > longestSent { record.sent = String(decoding: record.sent.utf8.prefix(longestSent), as: UTF8.self) }
    if let answer = record.answer, answer == .object(JSONObject()) || answer.bytes.count > longestAnswer { record.answer = nil }
    let stream = stream(source, in: partition)
    let last = try transaction.append([try JSONValue(encoding: record).bytes], to: stream, expected: nil)
    // Trimmed in steps, so that most appends trim nothing.
    if last % 1_000 == 0, last > keep { try transaction.trim(stream, through: last - keep) }
  }

  /// A page of attempts, newest first.
  ///
  /// - Parameter before: the sequence that the page before ended with; nil for the first page.
  /// - Returns: the attempts, and the sequence to go on before; nil when there are no more.
  package static func latest(
    _ limit: Int, before: Int64? = nil, of source: ARN, in partition: Partition, _ transaction: any Transaction,
    where isWanted: (DeliveryRecord) -> Bool = { _ in true }
  ) throws -> (records: [DeliveryRecord], next: Int64?) {
    let stream = stream(source, in: partition)
    var position = try before.map { $0 - 1 } ?? transaction.lastSequence(of: stream)
    var found: [DeliveryRecord] = []
    // A page that many unwanted ones would fill ends early, so that a call stays short.
    var looked = 0
    while position > 0, looked < 2_000 {
      let records = try transaction.records(of: stream, from: position, limit: 200, descending: true)
      if records.isEmpty { return (found, nil) }
      for record in records {
        position = record.sequence - 1
        looked += 1
        let attempt = try JSONValue(parsing: record.body).decode(DeliveryRecord.self)
        if isWanted(attempt) { found.append(attempt) }
        if found.count == limit { return (found, position > 0 ? record.sequence : nil) }
      }
    }
    return (found, position > 0 ? position + 1 : nil)
  }

  /// Forgets all attempts of a source that is deleted.
  package static func forget(_ source: ARN, in partition: Partition, _ transaction: any Transaction) throws {
    try transaction.delete(stream(source, in: partition))
  }
}
