import Store
import Synchronization
import Time

/// The store in one SQLite file: write-ahead log, every commit on disk before it is answered, many writes a commit.
package final class SQLiteStore: Store {
  private let database: Database
  private let partitions = PartitionNames()
  private let claims = AgendaClaims()
  private let listeners = Mutex<[@Sendable ([String: Timestamp]) -> Void]>([])
  private let writer: GroupCommit
  private let lock: FileLock?

  /// Opens the store, making it where absent.
  ///
  /// - Parameter path: the file; nil for a store in memory, which is gone with this object.
  /// - Throws: `StoreFault.locked` when another process has it open, `.damaged` when the file is no store or of a newer version.
  package static func open(path: String?) throws -> SQLiteStore {
    do { return try SQLiteStore(path: path) } catch { throw SQLiteFailure.told(error, path: path) }
  }

  private init(path: String?) throws {
    lock = try path.map { try FileLock($0 + ".lock") }
    database = try Database(path: path)
    do {
      let last = try database.write { connection in
        try Schema.prepare(connection, path: path ?? "the store in memory")
        var last: Int64 = 0
        try connection.statement("SELECT max(id) FROM agenda").run([]) { row in
          last = row.int(0)
          return false
        }
        return last
      }
      claims.number(from: last)
    } catch {
      database.close()
      throw error
    }
    writer = GroupCommit(database: database, claims: claims, partitions: partitions)
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
      return try await database.read { connection in
        try body(SQLiteTransaction(connection, partitions, claims, writable: false))
      }
    } catch { throw SQLiteFailure.told(error) }
  }

  package func write<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      writer.submit(WriteRequest(body, continuation))
    }
  }

  package func write<Result: Sendable>(
    holding hold: CommitHold, _ body: @escaping @Sendable (any Transaction) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      writer.submit(WriteRequest(body, continuation, hold: hold))
    }
  }

  package func onScheduled(_ notify: @escaping @Sendable (_ earliest: [String: Timestamp]) -> Void) {
    listeners.withLock { $0.append(notify) }
  }

  package func close() async {
    await writer.close()
    database.close()
    lock?.release()
  }
}
