import CSQLite

/// A prepared statement of one connection, used again and again. Confined to the connection's thread.
struct Statement {
  /// Above this, what was bound is let go at once rather than with the next use.
  private static let longestKept = 65_536
  private let handle: OpaquePointer
  private let connection: OpaquePointer

  init(_ handle: OpaquePointer, of connection: OpaquePointer) {
    self.handle = handle
    self.connection = connection
  }

  func finalize() { sqlite3_finalize(handle) }

  /// Binds the values to the parameters, in order.
  private func bind(_ values: [StatementValue]) throws -> Bool {
    var isLarge = false
    for (offset, value) in values.enumerated() {
      let position = Int32(offset + 1)
      let code =
        switch value {
        case .null: sqlite3_bind_null(handle, position)
        case .int(let number): sqlite3_bind_int64(handle, position, number)
        case .text(let text): bind(text, position, &isLarge)
        case .bytes(let bytes): bind(bytes, position, &isLarge)
        }
      guard code == SQLITE_OK else { throw failure(code) }
    }
    return isLarge
  }

  private func bind(_ text: String, _ position: Int32, _ isLarge: inout Bool) -> Int32 {
    var text = text
    return text.withUTF8 { utf8 in
      if utf8.count > Self.longestKept { isLarge = true }
      return utf8.withMemoryRebound(to: CChar.self) { characters in
        // A text without bytes has no address, which would be NULL.
        guard let base = characters.baseAddress else { return sqlite3_bind_text(handle, position, "", 0, nil) }
        return sqlite3_bind_text64(
          handle, position, base, UInt64(characters.count), martlet_sqlite_transient(), UInt8(SQLITE_UTF8))
      }
    }
  }

  private func bind(_ bytes: [UInt8], _ position: Int32, _ isLarge: inout Bool) -> Int32 {
    if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, position, 0) }
    if bytes.count > Self.longestKept { isLarge = true }
    return bytes.withUnsafeBytes { buffer in
      sqlite3_bind_blob64(handle, position, buffer.baseAddress, UInt64(buffer.count), martlet_sqlite_transient())
    }
  }

  /// Runs the statement with the values; the body is called for each row until it answers false.
  func run(_ values: [StatementValue], _ body: (borrowing Row) throws -> Bool) throws {
    let isLarge: Bool
    do { isLarge = try bind(values) } catch {
      sqlite3_clear_bindings(handle)
      throw error
    }
    defer {
      sqlite3_reset(handle)
      if isLarge { sqlite3_clear_bindings(handle) }
    }
    while true {
      let code = sqlite3_step(handle)
      switch code {
      case SQLITE_ROW: if try !body(Row(handle)) { return }
      case SQLITE_DONE: return
      default: throw failure(code)
      }
    }
  }

  private func failure(_ code: Int32) -> SQLiteFailure {
    SQLiteFailure(
      sqlite3_extended_errcode(connection), String(cString: sqlite3_errmsg(connection)), sql: String(cString: sqlite3_sql(handle)))
  }
}

/// What is bound to a parameter.
enum StatementValue {
  case null
  case int(Int64)
  case text(String)
  case bytes([UInt8])

  init(_ text: String?) { self = text.map { .text($0) } ?? .null }
}

/// The row a statement stands at; good until the next is asked for.
struct Row: ~Copyable {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    return String(decoding: UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self)
  }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(handle, column) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }
}
