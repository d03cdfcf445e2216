import CSQLite
import Store

/// One connection to the file with its prepared statements.
///
/// `@unchecked Sendable`: used by one thread at a time, the writer's or that of the reader who has taken it; SQLite is opened without
/// locks of its own.
final class Connection: @unchecked Sendable {
  private let handle: OpaquePointer
  /// Statements by their place in `SQL`: found without looking at their text.
  private var known: [Statement?] = Array(repeating: nil, count: SQL.allCases.count)
  /// Statements that are put together, by their text.
  private var composed: [String: Statement] = [:]
  /// More composed statements are not kept.
  private static let most = 200
  private let isInMemory: Bool

  /// - Parameter path: nil for a store in memory.
  init(path: String?, isReadOnly: Bool = false) throws {
    var opened: OpaquePointer?
    let flags = (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path ?? ":memory:", &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
      sqlite3_close_v2(opened)
      throw SQLiteFailure(code, message)
    }
    handle = opened
    isInMemory = path == nil
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, 10_000)
    martlet_sqlite_strict(handle)
    do {
      // Deleted rows are not overwritten with zeros, which would dirty pages once more.
      try execute("PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = OFF")
    } catch {
      close()
      throw error
    }
  }

  /// Pages in the write-ahead log, as of this connection's last commit.
  private final class LogLength {
    var pages = 0
  }
  private let log = LogLength()
  /// With so many pages (16 MB) the log is copied into the file.
  private static let longLog = 4_096

  /// Sets the file to write-ahead logging. The log is copied into the file by `shortenLog` alone: SQLite would do it within a commit, whose
  /// callers would wait.
  func useWriteAheadLog() throws {
    if isInMemory { return }
    try execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864")
    let context = Unmanaged.passUnretained(log).toOpaque()
    sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        if let context { Unmanaged<LogLength>.fromOpaque(context).takeUnretainedValue().pages = Int(pages) }
        return SQLITE_OK
      }, context)
  }

  /// Copies a long write-ahead log into the file, so that the next commit begins a new one.
  func shortenLog() {
    guard log.pages >= Self.longLog else { return }
    // What can not be copied now, because somebody reads it or the disk is full, is safe in the log and tried again with the next commit.
    if sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) == SQLITE_OK { log.pages = 0 }
  }

  /// Brings what the open transaction has written to the disk, where nobody sees it before the commit.
  func flush() throws {
    if isInMemory { return }
    let code = martlet_sqlite_flush(handle)
    // Pages in use stay for the commit.
    guard code == SQLITE_OK || code == SQLITE_BUSY else { throw SQLiteFailure(code, String(cString: sqlite3_errmsg(handle))) }
  }

  func close() {
    for statement in known { statement?.finalize() }
    for statement in composed.values { statement.finalize() }
    known = Array(repeating: nil, count: SQL.allCases.count)
    composed = [:]
    sqlite3_close_v2(handle)
  }

  /// Whether a transaction is open: SQLite ends it by itself when the disk is full, say.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }
  /// How many rows the last statement changed.
  var changes: Int { Int(sqlite3_changes(handle)) }
  var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Runs statements that are used once, without parameters.
  func execute(_ script: String) throws {
    var message: UnsafeMutablePointer<CChar>?
    let code = sqlite3_exec(handle, script, nil, nil, &message)
    defer { sqlite3_free(message) }
    guard code == SQLITE_OK else {
      throw SQLiteFailure(sqlite3_extended_errcode(handle), message.map { String(cString: $0) } ?? "", sql: script)
    }
  }

  func statement(_ sql: SQL) throws -> Statement {
    if let found = known[sql.rawValue] { return found }
    let made = try prepare(sql.text)
    known[sql.rawValue] = made
    return made
  }

  func statement(_ text: String) throws -> Statement {
    if let found = composed[text] { return found }
    if composed.count >= Self.most {
      for statement in composed.values { statement.finalize() }
      composed = [:]
    }
    let made = try prepare(text)
    composed[text] = made
    return made
  }

  private func prepare(_ text: String) throws -> Statement {
    var made: OpaquePointer?
    let code = sqlite3_prepare_v3(handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let made else {
      throw SQLiteFailure(sqlite3_extended_errcode(handle), String(cString: sqlite3_errmsg(handle)), sql: text)
    }
    return Statement(made, of: handle)
  }
}
