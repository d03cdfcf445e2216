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
  /// Which limit of the retry policy ended it, of one given up; nil for a fault that would not pass.
  package var exhausted: String?

  /// Whether nothing was attempted: see `Fault.postponed`. Such records are not kept.
  package var isPostponed: Bool { errorCode.map { Fault($0, "").isPostponed } ?? false }
}

/// The attempts of a rule, schedule or pipe, in the order they were made: what was sent where, when, with what result.
///
/// An attempt that ends a schedule's run in one commit is told by the row of the run, not by a record of its own.
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
    record.sent = bounded(record.sent)
    record.answer = bounded(record.answer)
    let stream = stream(source, in: partition)
    let last = try transaction.append([try JSONValue(encoding: record).bytes], to: stream, expected: nil)
    // Trimmed in steps, so that most appends trim nothing.
    if last % 1_000 == 0, last > keep { try transaction.trim(stream, through: last - keep) }
  }

  static func bounded(_ sent: String) -> String {
    sent.utf8.count > longestSent ? String(decoding: sent.utf8.prefix(longestSent), as: UTF8.self) : sent
  }

  static func bounded(_ answer: JSONValue?) -> JSONValue? {
    guard let answer, answer != .object(JSONObject()), answer.bytes.count <= longestAnswer else { return nil }
    return answer
  }

  /// Where a page of attempts ended.
  package struct Place: Sendable, Equatable {
    /// The sequence of the last record.
    var sequence: Int64?
    /// The key of the last run.
    var run: String?

    /// As it goes into a token, and out of one.
    var cursor: CatalogCursor { CatalogCursor(value: sequence.map { String($0) } ?? "", key: run ?? "") }
    init(sequence: Int64? = nil, run: String? = nil) {
      self.sequence = sequence
      self.run = run
    }
    init(_ cursor: CatalogCursor) {
      sequence = Int64(cursor.value)
      run = cursor.key.isEmpty ? nil : cursor.key
    }
  }

  /// A page of attempts, newest first.
  ///
  /// - Parameters:
  ///   - after: where the page before ended; nil for the first page.
  ///   - runs: whose runs tell of attempts too, and since when.
  /// - Returns: the attempts, and where to go on; nil when there are no more.
  package static func latest(
    _ limit: Int, after: Place? = nil, of source: ARN, runs: (owner: RunOwner, since: Timestamp)? = nil, in partition: Partition,
    _ transaction: any Transaction, where isWanted: (DeliveryRecord) -> Bool = { _ in true }
  ) throws -> (records: [DeliveryRecord], next: Place?) {
    var log = LoggedAttempts(stream(source, in: partition), after?.sequence, transaction)
    var told = ToldAttempts(runs?.owner, since: runs?.since ?? .distantPast, after?.run, partition, transaction)
    var found: [DeliveryRecord] = []
    var place = after ?? Place()
    // A page that many unwanted ones would fill ends early, so that a call stays short.
    for _ in 0..<2_000 {
      let (logged, run) = (try log.peek(), try told.peek())
      if logged == nil, run == nil { return (found, nil) }
      let record: DeliveryRecord
      if let logged, logged.record.at >= run?.record.at ?? .distantPast {
        record = logged.record
        place.sequence = logged.sequence
        log.pass()
      } else if let run {
        record = run.record
        place.run = run.key
        told.pass()
      } else {
        break
      }
      if isWanted(record) { found.append(record) }
      if found.count == limit { break }
    }
    return (found, try log.peek() == nil && told.peek() == nil ? nil : place)
  }

  /// Forgets all attempts of a source that is deleted.
  package static func forget(_ source: ARN, in partition: Partition, _ transaction: any Transaction) throws {
    try transaction.delete(stream(source, in: partition))
  }
}

/// The attempts that the log has records of, newest first.
private struct LoggedAttempts {
  private let stream: LedgerStream
  private let transaction: any Transaction
  private var position: Int64
  private var waiting: ArraySlice<LedgerRecord> = []
  private var head: (record: DeliveryRecord, sequence: Int64)?

  init(_ stream: LedgerStream, _ after: Int64?, _ transaction: any Transaction) {
    self.stream = stream
    self.transaction = transaction
    position = after.map { $0 - 1 } ?? .max
  }

  mutating func peek() throws -> (record: DeliveryRecord, sequence: Int64)? {
    if let head { return head }
    if waiting.isEmpty, position > 0 {
      waiting = try transaction.records(of: stream, from: position, limit: 200, descending: true)[...]
      position = waiting.last.map { $0.sequence - 1 } ?? 0
    }
    guard let record = waiting.popFirst() else { return nil }
    head = (try JSONValue(parsing: record.body).decode(DeliveryRecord.self), record.sequence)
    return head
  }

  mutating func pass() { head = nil }
}

/// The attempts that runs tell of, newest first.
private struct ToldAttempts {
  private let owner: RunOwner?
  private let since: Timestamp
  private let partition: Partition
  private let transaction: any Transaction
  private var after: CatalogCursor?
  private var isAtEnd: Bool
  private var waiting: ArraySlice<(record: DeliveryRecord, key: String)> = []

  init(_ owner: RunOwner?, since: Timestamp, _ after: String?, _ partition: Partition, _ transaction: any Transaction) {
    self.owner = owner
    self.since = since
    self.partition = partition
    self.transaction = transaction
    self.after = after.map { CatalogCursor(key: $0) }
    isAtEnd = owner == nil
  }

  mutating func peek() throws -> (record: DeliveryRecord, key: String)? {
    while waiting.isEmpty, !isAtEnd, let owner {
      let page = try transaction.page(
        ScheduledRun.self, in: partition, prefix: "\(owner.resource)/", after: after, limit: 200, descending: true)
      after = page.next
      isAtEnd = page.next == nil
      waiting = page.items.flatMap { run in run.deliveries.filter { $0.at >= since }.map { ($0, run.key) } }[...]
    }
    return waiting.first
  }

  mutating func pass() { waiting = waiting.dropFirst() }
}
