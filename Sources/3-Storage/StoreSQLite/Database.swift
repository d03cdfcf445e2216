import Store
import Synchronization

/// The connections to one file: one that writes, and some that read at the same time. A store in memory has one for both.
///
/// Reading happens on the caller's thread: a look-up takes microseconds, less than a way to another thread and back.
final class Database: Sendable {
  private struct Readers {
    var free: [Connection] = []
    var made = 0
    var waiting: [CheckedContinuation<Connection, any Error>] = []
    var isClosed = false
  }
  private static let mostReaders = 4
  private let path: String?
  /// Taken by whoever uses the writing connection.
  private let writer: Mutex<Connection>
  private let readers = Mutex(Readers())

  init(path: String?) throws {
    self.path = path
    let connection = try Connection(path: path)
    do { try connection.useWriteAheadLog() } catch {
      connection.close()
      throw error
    }
    writer = Mutex(connection)
  }

  func write<Result: Sendable>(_ body: (Connection) throws -> Result) throws -> Result { try writer.withLock { try body($0) } }

  func shortenLog() { writer.withLock { $0.shortenLog() } }

  /// Runs the body in a transaction that sees one state of the store.
  func read<Result: Sendable>(_ body: (Connection) throws -> Result) async throws -> Result {
    guard path != nil else {
      return try writer.withLock { connection in
        if readers.withLock({ $0.isClosed }) { throw StoreFault.closed }
        return try body(connection)
      }
    }
    let connection = try await take()
    defer { give(connection) }
    try connection.statement(.beginRead).run()
    do {
      let result = try body(connection)
      try connection.statement(.commit).run()
      return result
    } catch {
      if connection.isInTransaction { try connection.statement(.rollback).run() }
      throw error
    }
  }

  private func take() async throws -> Connection {
    let free = try readers.withLock { readers throws -> Connection? in
      if readers.isClosed { throw StoreFault.closed }
      if let free = readers.free.popLast() { return free }
      if readers.made == Self.mostReaders { return nil }
      let made = try Connection(path: path, isReadOnly: true)
      readers.made += 1
      return made
    }
    if let free { return free }
    return try await withCheckedThrowingContinuation { continuation in
      enum Next { case connection(Connection), closed, wait }
      let next = readers.withLock { readers -> Next in
        if readers.isClosed { return .closed }
        if let free = readers.free.popLast() { return .connection(free) }
        readers.waiting.append(continuation)
        return .wait
      }
      switch next {
      case .connection(let connection): continuation.resume(returning: connection)
      case .closed: continuation.resume(throwing: StoreFault.closed)
      case .wait: break
      }
    }
  }

  private func give(_ connection: Connection) {
    let (next, isClosed) = readers.withLock { readers in
      if readers.isClosed { return (CheckedContinuation<Connection, any Error>?.none, true) }
      if !readers.waiting.isEmpty { return (readers.waiting.removeFirst(), false) }
      readers.free.append(connection)
      return (nil, false)
    }
    if let next { next.resume(returning: connection) } else if isClosed { connection.close() }
  }

  /// Closes the connections; those in use close as they are given back.
  func close() {
    let (free, waiting) = readers.withLock { readers in
      defer { readers = Readers(isClosed: true) }
      return (readers.free, readers.waiting)
    }
    for connection in free { connection.close() }
    for continuation in waiting { continuation.resume(throwing: StoreFault.closed) }
    writer.withLock { $0.close() }
  }
}
