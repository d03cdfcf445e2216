import Store
import Synchronization
import Time

/// One transaction on one connection. Confined to the thread its body runs on.
final class SQLiteTransaction: Transaction {
  /// How what a body wrote before it failed is undone.
  enum Undoing {
    /// By SQLite's savepoints, which copy each page that is touched.
    case savepoints
    /// Not: the transaction is spoilt then, and its bodies have to be run again.
    case running
  }
  let connection: Connection
  let claims: AgendaClaims
  var decoded: DecodedRows { partitions.decoded }
  private let partitions: PartitionNames
  private let writable: Bool
  var undoing: Undoing
  /// Whether something was written that ought to be undone and is still there.
  private(set) var isSpoilt = false
  /// Whether something that was written has been undone by a savepoint.
  private(set) var hasUndone = false
  /// Why SQLite has ended the transaction by itself, as it does when the disk is full: nothing can be added to it any more.
  private(set) var ended: (any Error)?
  /// Statements so far that changed something.
  private var writes = 0
  private var actions: [@Sendable () -> Void] = []
  /// Queues in which something was made due, with the earliest instant.
  private var touched: [String: Timestamp] = [:]
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
  private var claimChanges: [AgendaClaims.Change] = []
  /// Partitions first seen in this transaction.
  private var fresh: [Partition: Int64] = [:]
  private var depth = 0

  init(_ connection: Connection, _ partitions: PartitionNames, _ claims: AgendaClaims, writable: Bool, undoing: Undoing = .savepoints) {
    self.connection = connection
    self.partitions = partitions
    self.claims = claims
    self.writable = writable
    self.undoing = undoing
  }

  func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
    try requireWritable()
    depth += 1
    defer { depth -= 1 }
    let (actionCount, changeCount, claimCount, writesBefore, freshBefore) = (
      actions.count, changes.count, claimChanges.count, writes, fresh
    )
    let isReal = undoing == .savepoints
    if isReal { try connection.statement("SAVEPOINT s\(depth)").run() }
    do {
      let result = try body()
      if isReal { try connection.statement("RELEASE s\(depth)").run() }
      return result
    } catch {
      if ended == nil, !connection.isInTransaction { ended = error }
      // What has not written leaves nothing to undo.
      if writes != writesBefore { if isReal { hasUndone = true } else { isSpoilt = true } }
      if isReal, connection.isInTransaction {
        // A full disk may have rolled everything back already.
        try connection.statement("ROLLBACK TO s\(depth)").run()
        try connection.statement("RELEASE s\(depth)").run()
      }
      actions.removeLast(actions.count - actionCount)
      fresh = freshBefore
      while changes.count > changeCount, let change = changes.popLast() { streams[change.stream] = change.before }
      claims.undo(claimChanges[claimCount...])
      claimChanges.removeLast(claimChanges.count - claimCount)
      throw error
    }
  }

  func remember(_ stream: LedgerStream, _ end: StreamEnd?) {
    changes.append((stream, streams[stream]))
    streams[stream] = end
  }

  func remember(_ change: AgendaClaims.Change?) {
    if let change { claimChanges.append(change) }
  }

  func afterCommit(_ action: @escaping @Sendable () -> Void) { actions.append(action) }

  /// What is to be done once the commit is on disk.
  struct Aftermath: Sendable {
    var actions: [@Sendable () -> Void]
    var touched: [String: Timestamp]
  }

  /// Called once the commit is on disk.
  func committed() -> Aftermath {
    for (partition, number) in fresh { partitions.remember(partition, number) }
    return Aftermath(actions: actions, touched: touched)
  }

  /// Called when nothing of it is kept.
  func rolledBack() {
    claims.undo(claimChanges)
    claimChanges = []
  }

  func touch(_ queue: String, _ due: Timestamp) { touched[queue] = min(due, touched[queue] ?? due) }

  // MARK: Statements

  func requireWritable() throws {
    guard writable else { throw StoreFault.readOnly }
    if let ended { throw ended }
  }

  func execute(_ sql: SQL, _ values: [StatementValue]) throws {
    try requireWritable()
    try connection.statement(sql).run(values)
    if connection.changes > 0 { writes += 1 }
  }

  /// Rows until the body answers false.
  func forEach(_ sql: SQL, _ values: [StatementValue], _ body: (borrowing Row) throws -> Bool) throws {
    try connection.statement(sql).run(values, body)
  }

  func first<Result>(_ sql: SQL, _ values: [StatementValue], _ map: (borrowing Row) throws -> Result) throws -> Result? {
    var result: Result?
    try connection.statement(sql).run(values) { row in
      result = try map(row)
      return false
    }
    return result
  }

  func rows<Result>(_ text: String, _ values: [StatementValue], _ map: (borrowing Row) throws -> Result) throws -> [Result] {
    var results: [Result] = []
    try connection.statement(text).run(values) { row in
      results.append(try map(row))
      return true
    }
    return results
  }

  // MARK: Partitions

  /// The partition's number, or nil when nothing was ever written to it.
  func number(_ partition: Partition) throws -> Int64? {
    if let number = partitions.known(partition) ?? fresh[partition] { return number }
    let number = try first(
      .partitionNumber, [.text(partition.account), .text(partition.region), .int(Int64(partition.shard))]
    ) { $0.int(0) }
    if let number, !writable { partitions.remember(partition, number) }
    if let number { fresh[partition] = number }
    return number
  }

  /// The partition's number; given to it where it has none.
  func assigned(_ partition: Partition) throws -> Int64 {
    if let number = try number(partition) { return number }
    try execute(.addPartition, [.text(partition.account), .text(partition.region), .int(Int64(partition.shard))])
    let number = connection.lastInsertedRow
    fresh[partition] = number
    return number
  }

  func partition(_ number: Int64) throws -> Partition {
    if let partition = partitions.known(number) { return partition }
    let found = try first(.partitionNames, [.int(number)]) { row in
      Partition(account: row.text(0), region: row.text(1), shard: Int(row.int(2)))
    }
    guard let found else { throw StoreFault.damaged("a row names partition \(number), which does not exist") }
    fresh[found] = number
    return found
  }
}

extension Statement {
  /// Runs a statement that answers no rows.
  func run(_ values: [StatementValue] = []) throws { try run(values) { _ in true } }
}
