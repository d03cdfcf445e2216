import FoundationEssentials
import GRDB
import Store
import Synchronization
import Time

/// One transaction on one connection. Confined to the thread its body runs on.
final class SQLiteTransaction: Transaction {
  let database: Database
  private let partitions: PartitionNames
  private let writable: Bool
  private var actions: [@Sendable () -> Void] = []
  /// Queues in which something was made due, with the earliest instant.
  private(set) var touched: [String: Timestamp] = [:]
  /// Where a ledger stream stands, and whether its row says so.
  struct StreamEnd {
    var id: Int64
    var last: Int64
    var isWritten: Bool
  }
  /// The streams appended to in this transaction.
  private(set) var streams: [LedgerStream: StreamEnd] = [:]
  /// What `streams` held before each change inside a savepoint, so that it can be undone.
  private var changes: [(stream: LedgerStream, before: StreamEnd?)] = []
  /// Partitions first seen in this transaction.
  private var fresh: [Partition: Int64] = [:]
  private var depth = 0

  init(_ database: Database, _ partitions: PartitionNames, writable: Bool) {
    self.database = database
    self.partitions = partitions
    self.writable = writable
  }

  func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
    guard writable else { throw StoreFault.readOnly }
    depth += 1
    defer { depth -= 1 }
    let name = "s\(depth)"
    let (actionCount, changeCount, freshBefore) = (actions.count, changes.count, fresh)
    try database.cachedStatement(sql: "SAVEPOINT \(name)").execute()
    do {
      let result = try body()
      try database.cachedStatement(sql: "RELEASE \(name)").execute()
      return result
    } catch {
      // A full disk may have rolled everything back already.
      if database.isInsideTransaction {
        try database.cachedStatement(sql: "ROLLBACK TO \(name)").execute()
        try database.cachedStatement(sql: "RELEASE \(name)").execute()
      }
      actions.removeLast(actions.count - actionCount)
      fresh = freshBefore
      while changes.count > changeCount, let change = changes.popLast() { streams[change.stream] = change.before }
      throw error
    }
  }

  func remember(_ stream: LedgerStream, _ end: StreamEnd?) {
    changes.append((stream, streams[stream]))
    streams[stream] = end
  }

  func afterCommit(_ action: @escaping @Sendable () -> Void) { actions.append(action) }

  /// Called once the commit is on disk.
  func committed() {
    for (partition, number) in fresh { partitions.remember(partition, number) }
    for action in actions { action() }
    actions = []
  }

  func touch(_ queue: String, _ due: Timestamp) { touched[queue] = min(due, touched[queue] ?? due) }

  // MARK: Statements

  func execute(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws {
    guard writable else { throw StoreFault.readOnly }
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    try statement.execute()
  }

  func rows<Result>(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?], _ map: (Row) throws -> Result) throws -> [Result] {
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    var results: [Result] = []
    let cursor = try Row.fetchCursor(statement)
    while let row = try cursor.next() { results.append(try map(row)) }
    return results
  }

  func first<Result>(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?], _ map: (Row) throws -> Result) throws -> Result? {
    let statement = try database.cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    // The row is the statement's own: it is good only as long as the cursor lives.
    let cursor = try Row.fetchCursor(statement)
    return try withExtendedLifetime(cursor) { try cursor.next().map(map) }
  }

  static func bytes(_ row: Row, _ column: Int) throws -> [UInt8] { try row.withUnsafeData(atIndex: column) { $0.map { Array($0) } ?? [] } }

  // MARK: Partitions

  /// The partition's number, or nil when nothing was ever written to it.
  func number(_ partition: Partition) throws -> Int64? {
    if let number = partitions.known(partition) ?? fresh[partition] { return number }
    let number = try first(
      "SELECT id FROM partition WHERE account = ? AND region = ? AND shard = ?", [partition.account, partition.region, partition.shard]
    ) { $0[0] as Int64 }
    if let number, !writable { partitions.remember(partition, number) }
    if let number { fresh[partition] = number }
    return number
  }

  /// The partition's number; given to it where it has none.
  func assigned(_ partition: Partition) throws -> Int64 {
    if let number = try number(partition) { return number }
    try execute(
      "INSERT INTO partition (account, region, shard) VALUES (?, ?, ?)", [partition.account, partition.region, partition.shard])
    let number = database.lastInsertedRowID
    fresh[partition] = number
    return number
  }

  func partition(_ number: Int64) throws -> Partition {
    if let partition = partitions.known(number) { return partition }
    let found = try first("SELECT account, region, shard FROM partition WHERE id = ?", [number]) { row in
      Partition(account: row[0], region: row[1], shard: row[2])
    }
    guard let found else { throw StoreFault.damaged("a row names partition \(number), which does not exist") }
    fresh[found] = number
    return found
  }
}
