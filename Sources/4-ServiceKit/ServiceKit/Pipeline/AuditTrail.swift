import JSON
import Logging
import Store
import Synchronization
import Time

/// Says that a partition has an audit trail, so that all of them can be found. Written with the partition's first record of a server's life.
package struct AuditedPartition: Resource {
  package static let kind = "servicekit.audited"
  package var key: String
  package init() { key = "trail" }
}

/// The audit trail: every call ends in it.
///
/// A changing call's record commits with what it changed. Those of reading and failed calls are gathered and written a moment
/// later, many in one commit; when the store cannot keep up, callers wait.
package final class AuditTrail: Sendable {
  /// The name of the ledger stream that holds one UTC day: `cloudtrail.events/2026-01-31`.
  package static func stream(_ day: Timestamp, in partition: Partition) -> LedgerStream {
    LedgerStream("cloudtrail.events/\(day.iso8601().prefix(10))", in: partition)
  }

  private struct Pending {
    var records: [(Partition, JSONObject)] = []
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private static let most = 10_000
  /// Records of one commit from which on the next waits longer, so that many calls a second cost fewer commits.
  private static let many = 8
  private let store: any Store
  private let clock: any WallClock
  private let log: Logger
  private let pending = Mutex(Pending())
  private let marked = Mutex<Set<Partition>>([])
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  package init(store: any Store, clock: any WallClock, log: Logger) {
    self.store = store
    self.clock = clock
    self.log = log
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  private func mark(_ partition: Partition, in transaction: any Transaction) throws {
    guard !marked.withLock({ $0.contains(partition) }) else { return }
    try transaction.put(AuditedPartition(), in: partition)
    transaction.afterCommit { [self] in _ = marked.withLock { $0.insert(partition) } }
  }

  /// - Parameter now: the record's own time, which says the day it is found under.
  func append(_ record: JSONObject, at now: Timestamp, _ partition: Partition, in transaction: any Transaction) {
    append(JSONValue.object(record).bytes, at: now, partition, in: transaction)
  }

  /// As the other, for a record that is written out.
  func append(_ record: [UInt8], at now: Timestamp, _ partition: Partition, in transaction: any Transaction) {
    do {
      try mark(partition, in: transaction)
      try transaction.append([record], to: Self.stream(now, in: partition), expected: nil)
    } catch {
      let event = (try? JSONValue(parsing: record))?["eventName"]?.string ?? ""
      log.error("audit record not written", metadata: ["error": "\(error)", "event": "\(event)"])
    }
  }

  func enqueue(_ record: JSONObject, _ partition: Partition) async {
    let full = pending.withLock { pending in
      pending.records.append((partition, record))
      return pending.records.count >= Self.most
    }
    waker.yield()
    if full {
      await withCheckedContinuation { continuation in
        pending.withLock { $0.waiting.append(continuation) }
        waker.yield()
      }
    }
  }

  /// Writes what gathers, until cancelled; then writes the rest.
  package func run() async {
    var pause = Duration.milliseconds(50)
    for await _ in wake {
      // A short pause lets the records of many calls share one commit.
      try? await clock.sleep(until: clock.now() + pause)
      pause = await flush() > Self.many ? .milliseconds(250) : .milliseconds(50)
      if Task.isCancelled { break }
    }
    await flush()
  }

  /// Writes what has gathered so far, and answers how many records that were.
  @discardableResult
  package func flush() async -> Int {
    let (records, waiting) = pending.withLock { pending in
      defer { pending = Pending() }
      return (pending.records, pending.waiting)
    }
    defer { for continuation in waiting { continuation.resume() } }
    if records.isEmpty { return 0 }
    let now = clock.now()
    let grouped = Dictionary(grouping: records) { $0.0 }.mapValues { $0.map { JSONValue.object($0.1).bytes } }
    do {
      try await store.write { transaction in
        for (partition, bodies) in grouped {
          try self.mark(partition, in: transaction)
          try transaction.append(bodies, to: Self.stream(now, in: partition), expected: nil)
        }
      }
    } catch {
      log.error("audit records not written", metadata: ["count": "\(records.count)", "error": "\(error)"])
    }
    return records.count
  }
}
