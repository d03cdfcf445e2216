import CSQLite
import Store

/// What SQLite answered instead of success.
struct SQLiteFailure: Error, CustomStringConvertible {
  /// SQLite's extended result code.
  let code: Int32
  let message: String
  /// What was being done, where a statement was.
  let sql: String?

  init(_ code: Int32, _ message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  var description: String { "SQLite error \(code): \(message)\(sql.map { " (\($0))" } ?? "")" }

  /// What it means to the store's callers; nil when it has no meaning of its own.
  func fault(_ path: String?) -> StoreFault? {
    switch code & 0xFF {
    case SQLITE_FULL: .diskFull
    case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged("\(path ?? "the store") is damaged or no store: \(message)")
    case SQLITE_READONLY: .readOnly
    case SQLITE_BUSY, SQLITE_LOCKED: .locked(path ?? "the store")
    default: nil
    }
  }

  /// The error as callers are told it.
  static func told(_ error: any Error, path: String? = nil) -> any Error { (error as? SQLiteFailure)?.fault(path) ?? error }
}
