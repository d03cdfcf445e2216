import JSON
import Time

/// A durable home for resources (Catalog), timers and queued work (Agenda) and histories (Ledger).
///
/// One transaction spans all three shapes. Backends: StoreSQLite. What every backend must do is written down as
/// tests: Tests/StoreSQLiteTests/StoreConformance.swift.
package protocol Store: Sendable {
  /// Runs the body on a consistent snapshot, which holds everything committed before the call. Writing inside it throws
  /// `StoreFault.readOnly`. Many reads run at once.
  func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result

  /// Runs the body in the single writer and returns once what it wrote is on disk.
  ///
  /// All or nothing: when the body throws, none of its writes stay and the error is rethrown. Bodies of many callers share one
  /// commit. A body must have no effect except through its transaction: a backend may run it again after a conflict.
  /// Throws `StoreFault` when the disk is full, the store closed or the file damaged.
  func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result

  /// As `write`, for what becomes true at an instant: the body runs before it, what it wrote is kept at the instant and seen by nobody before.
  ///
  /// The writer does nothing else meanwhile, so hold it briefly. Throws `StoreFault.notDue`, and keeps nothing, when the instant has not come
  /// by the end of the hold.
  func write<Result: Sendable>(
    holding hold: CommitHold, _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result

  /// Registers to hear, after each commit, of the queues in which it made work due and when the earliest of that is due.
  /// Called on the writer's thread: it must return at once.
  func onScheduled(_ notify: @escaping @Sendable (_ earliest: [String: Timestamp]) -> Void)

  /// Finishes the writes already accepted and closes. Later calls throw `StoreFault.closed`.
  func close() async
}

/// How long a commit waits for its instant.
package struct CommitHold: Sendable {
  package var until: ContinuousClock.Instant
  /// Asked once that has come: the clock that the instant is told by may have been set back.
  package var isDue: @Sendable () -> Bool

  package init(until: ContinuousClock.Instant, isDue: @escaping @Sendable () -> Bool) {
    self.until = until
    self.isDue = isDue
  }
}

/// What the store refuses or could not do.
package enum StoreFault: Error, Equatable {
  /// The expected revision or absence did not hold: somebody else wrote first.
  case conflict(kind: String, key: String)
  /// The ledger's last sequence was not the expected one.
  case sequenceConflict(stream: String, expected: Int64, last: Int64)
  case readOnly
  /// A write held for an instant was not kept, because that has not come.
  case notDue
  case closed
  case diskFull
  /// The file is no store, is damaged, or was written by a newer version. The text says which.
  case damaged(String)
  /// Another process holds the data directory.
  case locked(String)
}

/// Leads every key: whose data it is. `shard` divides one account's region over several owners; 0 until there is more than one.
package struct Partition: Hashable, Sendable, Codable {
  package var account: String
  package var region: String
  package var shard: Int

  package init(account: String, region: String, shard: Int = 0) {
    self.account = account
    self.region = region
    self.shard = shard
  }

  /// `account/region`, with the shard where it is not 0.
  package var text: String { shard == 0 ? "\(account)/\(region)" : "\(account)/\(region)/\(shard)" }
}

/// The three shapes inside one transaction. Valid only while the body that got it runs, on its thread.
package protocol Transaction: CatalogTransaction, AgendaTransaction, LedgerTransaction {
  /// Runs the body so that its writes vanish when it throws, while those made before stay.
  func savepoint<Result>(_ body: () throws -> Result) throws -> Result

  /// Decoded forms of rows, shared by all transactions of a store.
  var decoded: DecodedRows { get }

  /// Runs the action once, after the commit is on disk; never when the transaction, or the savepoint it was called in, fails.
  /// It must return at once.
  func afterCommit(_ action: @escaping @Sendable () -> Void)
}
