/// The statements that are run often: each connection prepares them once.
enum SQL: Int, CaseIterable {
  case begin, beginRead, commit, rollback
  case partitionNumber, partitionNames, addPartition
  case row, rowState, insertRow, insertNewRow, updateRow, deleteRow, addIndex, removeIndex
  case addEntry, addKeyedEntry, entryID, replaceEntry, dueEntries, entryByID, removeEntry, removeKeyed, putBack, putBackChanged,
    countAttempts, entry
  case next, count, countDue, firstQueue, nextQueue, emptyQueue
  case stream, addStream, moveStream, append, recordsUp, recordsDown, trim, removeRecords, removeStream

  var text: String {
    switch self {
    case .begin: "BEGIN IMMEDIATE"
    case .beginRead: "BEGIN DEFERRED"
    case .commit: "COMMIT"
    case .rollback: "ROLLBACK"
    case .partitionNumber: "SELECT id FROM partition WHERE account = ? AND region = ? AND shard = ?"
    case .partitionNames: "SELECT account, region, shard FROM partition WHERE id = ?"
    case .addPartition: "INSERT INTO partition (account, region, shard) VALUES (?, ?, ?)"
    default: catalog ?? agenda ?? ledger ?? ""
    }
  }

  private var catalog: String? {
    switch self {
    case .row: "SELECT key, version, revision, body, indexes FROM catalog WHERE partition = ? AND kind = ? AND key = ?"
    case .rowState: "SELECT revision, indexes FROM catalog WHERE partition = ? AND kind = ? AND key = ?"
    case .insertRow: "INSERT INTO catalog (partition, kind, key, version, revision, body, indexes) VALUES (?, ?, ?, ?, 1, ?, ?)"
    case .insertNewRow:
      "INSERT OR IGNORE INTO catalog (partition, kind, key, version, revision, body, indexes) VALUES (?, ?, ?, ?, 1, ?, ?)"
    case .updateRow:
      "UPDATE catalog SET version = ?, revision = ?, body = ?, indexes = ? WHERE partition = ? AND kind = ? AND key = ?"
    case .deleteRow: "DELETE FROM catalog WHERE partition = ? AND kind = ? AND key = ?"
    case .addIndex: "INSERT INTO catalog_index (partition, kind, name, value, key) VALUES (?, ?, ?, ?, ?)"
    case .removeIndex: "DELETE FROM catalog_index WHERE partition = ? AND kind = ? AND name = ? AND value = ? AND key = ?"
    default: nil
    }
  }

  private var agenda: String? {
    switch self {
    case .addEntry: "INSERT INTO agenda (id, queue, partition, key, due, attempt, payload) VALUES (?, ?, ?, NULL, ?, 0, ?)"
    case .addKeyedEntry:
      "INSERT OR IGNORE INTO agenda (id, queue, partition, key, due, attempt, payload) VALUES (?, ?, ?, ?, ?, 0, ?)"
    case .entryID: "SELECT id FROM agenda WHERE queue = ? AND partition = ? AND key = ?"
    case .replaceEntry: "UPDATE agenda SET due = ?, attempt = 0, payload = ? WHERE id = ?"
    case .dueEntries:
      "SELECT id, due FROM agenda WHERE queue = ? AND (due, id) > (?, ?) AND due <= ? ORDER BY due, id"
    case .entryByID: "SELECT partition, key, attempt, payload FROM agenda WHERE id = ?"
    case .removeEntry: "DELETE FROM agenda WHERE id = ?"
    case .removeKeyed: "DELETE FROM agenda WHERE queue = ? AND partition = ? AND key = ?"
    case .putBack: "UPDATE agenda SET due = ?, attempt = ? WHERE id = ?"
    case .putBackChanged: "UPDATE agenda SET due = ?, attempt = ?, payload = ? WHERE id = ?"
    case .countAttempts: "UPDATE agenda SET attempt = ? WHERE id = ?"
    case .entry: "SELECT due, payload FROM agenda WHERE queue = ? AND partition = ? AND key = ?"
    case .next: "SELECT id, due FROM agenda WHERE queue = ? AND (due, id) > (?, ?) ORDER BY due, id"
    case .count: "SELECT COUNT(*) FROM agenda WHERE queue = ?"
    case .countDue: "SELECT COUNT(*) FROM agenda WHERE queue = ? AND due <= ?"
    case .firstQueue: "SELECT queue FROM agenda WHERE queue >= ? ORDER BY queue LIMIT 1"
    case .nextQueue: "SELECT queue FROM agenda WHERE queue > ? ORDER BY queue LIMIT 1"
    case .emptyQueue: "DELETE FROM agenda WHERE queue = ?"
    default: nil
    }
  }

  private var ledger: String? {
    switch self {
    case .stream: "SELECT id, last FROM ledger_stream WHERE partition = ? AND name = ?"
    case .addStream: "INSERT INTO ledger_stream (partition, name, last) VALUES (?, ?, ?)"
    case .moveStream: "UPDATE ledger_stream SET last = ? WHERE id = ?"
    case .append: "INSERT INTO ledger (stream, sequence, body) VALUES (?, ?, ?)"
    case .recordsUp: "SELECT sequence, body FROM ledger WHERE stream = ? AND sequence >= ? ORDER BY sequence LIMIT ?"
    case .recordsDown: "SELECT sequence, body FROM ledger WHERE stream = ? AND sequence <= ? ORDER BY sequence DESC LIMIT ?"
    case .trim: "DELETE FROM ledger WHERE stream = ? AND sequence <= ?"
    case .removeRecords: "DELETE FROM ledger WHERE stream = ?"
    case .removeStream: "DELETE FROM ledger_stream WHERE id = ?"
    default: nil
    }
  }
}
