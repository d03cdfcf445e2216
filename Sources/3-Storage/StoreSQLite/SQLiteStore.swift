import FoundationEssentials
import GRDB
import Store
import Synchronization
import Time

/// The store in one SQLite file: write-ahead log, every commit on disk before it is answered, many writes a commit.
package final class SQLiteStore: Store {
  private let database: any DatabaseWriter
  private let partitions = PartitionNames()
  private let listeners = Mutex<[@Sendable ([String: Timestamp]) -> Void]>([])
  private let writer: GroupCommit
  private let lock: FileLock?

  /// Opens the store, making it where absent.
  ///
  /// - Parameter path: the file; nil for a store in memory, which is gone with this object.
  /// - Throws: `StoreFault.locked` when another process has it open, `.damaged` when the file is no store or of a newer version.
  package static func open(path: String?) throws -> SQLiteStore {
    do {
      return try SQLiteStore(path: path)
    } catch let error as DatabaseError {
      throw Self.fault(for: error, path: path) ?? error
    }
  }

  private init(path: String?) throws {
    var configuration = Configuration()
    configuration.label = "martlet.store"
    configuration.maximumReaderCount = 4
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY")
    }
    if let path {
      lock = try FileLock(path + ".lock")
      database = try DatabasePool(path: path, configuration: configuration)
    } else {
      lock = nil
      database = try DatabaseQueue(configuration: configuration)
    }
    try database.writeWithoutTransaction { database in
      try Schema.prepare(database, path: path ?? "the store in memory")
      // Claims of a process that has ended hold nothing.
      try database.execute(sql: "UPDATE agenda SET due = wanted, lease = 0 WHERE lease <> 0")
    }
    writer = GroupCommit(database: database, partitions: partitions)
    writer.start { [weak self] touched in
      guard let self else { return }
      for listener in self.listeners.withLock({ $0 }) { listener(touched) }
    }
  }

  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result {
    guard !writer.isClosed else { throw StoreFault.closed }
    do {
      return try await database.read { [partitions] database in
        try body(SQLiteTransaction(database, partitions, writable: false))
      }
    } catch let error as DatabaseError {
      throw Self.fault(for: error, path: nil) ?? error
    }
  }

  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      writer.submit(WriteRequest(body, continuation))
    }
  }

  package func onScheduled(_ notify: @escaping @Sendable (_ earliest: [String: Timestamp]) -> Void) {
    listeners.withLock { $0.append(notify) }
  }

  package func close() async {
    await writer.close()
    try? database.close()
    lock?.release()
  }

  /// What a SQLite error means to the store's callers; nil when it has no meaning of its own.
  static func fault(for error: DatabaseError, path: String?) -> StoreFault? {
    switch error.resultCode {
    case .SQLITE_FULL: .diskFull
    case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged("\(path ?? "the store") is damaged or no store: \(error.message ?? "")")
    case .SQLITE_READONLY: .readOnly
    case .SQLITE_BUSY, .SQLITE_LOCKED: .locked(path ?? "the store")
    default: nil
    }
  }
}
