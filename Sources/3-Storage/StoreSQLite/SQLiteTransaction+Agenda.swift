import FoundationEssentials
import GRDB
import Store
import Time

extension SQLiteTransaction {
  @discardableResult
  func schedule(_ entry: AgendaEntry) throws -> Int64 {
    let number = try assigned(entry.partition)
    let due = entry.due.microseconds
    // An entry of the same key goes; the new one's id is new, so that a claim of the old one holds nothing more.
    try execute(
      "INSERT OR REPLACE INTO agenda (queue, partition, key, wanted, due, attempt, lease, payload) VALUES (?, ?, ?, ?, ?, 0, 0, ?)",
      [entry.queue, number, entry.key, due, due, Data(entry.payload)])
    touch(entry.queue, entry.due)
    return database.lastInsertedRowID
  }

  func claim(_ queue: String, now: Timestamp, limit: Int, lease: Duration) throws -> [AgendaTask] {
    let found = try rows(
      "SELECT id, partition, key, wanted, attempt, payload, lease FROM agenda WHERE queue = ? AND due <= ? ORDER BY due, id LIMIT ?",
      [queue, now.microseconds, limit]
    ) { row in
      (
        id: row[0] as Int64, partition: row[1] as Int64, key: row[2] as String?, wanted: row[3] as Int64, attempt: row[4] as Int,
        payload: try Self.bytes(row, 5), lease: row[6] as Int64
      )
    }
    let until = (now + lease).microseconds
    return try found.map { row in
      let claim = row.lease + 1
      try execute("UPDATE agenda SET due = ?, attempt = attempt + 1, lease = ? WHERE id = ?", [until, claim, row.id])
      let entry = AgendaEntry(
        queue: queue, partition: try partition(row.partition), key: row.key, due: Timestamp(microseconds: row.wanted), payload: row.payload)
      return AgendaTask(id: row.id, entry: entry, attempt: row.attempt + 1, lease: claim)
    }
  }

  @discardableResult
  func complete(_ task: AgendaTask) throws -> Bool {
    try execute("DELETE FROM agenda WHERE id = ? AND lease = ? AND attempt = ?", [task.id, task.lease, task.attempt])
    return database.changesCount > 0
  }

  @discardableResult
  func release(_ task: AgendaTask, due: Timestamp, payload: [UInt8]?) throws -> Bool {
    let at = due.microseconds
    if let payload {
      try execute(
        "UPDATE agenda SET wanted = ?, due = ?, lease = 0, payload = ? WHERE id = ? AND lease = ? AND attempt = ?",
        [at, at, Data(payload), task.id, task.lease, task.attempt])
    } else {
      try execute(
        "UPDATE agenda SET wanted = ?, due = ?, lease = 0 WHERE id = ? AND lease = ? AND attempt = ?",
        [at, at, task.id, task.lease, task.attempt])
    }
    guard database.changesCount > 0 else { return false }
    touch(task.entry.queue, due)
    return true
  }

  @discardableResult
  func renew(_ task: AgendaTask, due: Timestamp, payload: [UInt8]) throws -> Bool {
    let at = due.microseconds
    try execute(
      "UPDATE agenda SET wanted = ?, due = ?, attempt = 0, lease = 0, payload = ? WHERE id = ? AND lease = ? AND attempt = ?",
      [at, at, Data(payload), task.id, task.lease, task.attempt])
    guard database.changesCount > 0 else { return false }
    touch(task.entry.queue, due)
    return true
  }

  @discardableResult
  func cancel(_ queue: String, key: String, in partition: Partition) throws -> Bool {
    guard let number = try number(partition) else { return false }
    try execute("DELETE FROM agenda WHERE queue = ? AND partition = ? AND key = ?", [queue, number, key])
    return database.changesCount > 0
  }

  func entry(_ queue: String, key: String, in partition: Partition) throws -> AgendaEntry? {
    guard let number = try number(partition) else { return nil }
    return try first("SELECT wanted, payload FROM agenda WHERE queue = ? AND partition = ? AND key = ?", [queue, number, key]) { row in
      AgendaEntry(
        queue: queue, partition: partition, key: key, due: Timestamp(microseconds: row[0]), payload: try Self.bytes(row, 1))
    }
  }

  func nextDue(_ queue: String) throws -> Timestamp? {
    try first("SELECT due FROM agenda WHERE queue = ? ORDER BY due LIMIT 1", [queue]) { Timestamp(microseconds: $0[0]) }
  }

  func count(_ queue: String) throws -> Int {
    try first("SELECT COUNT(*) FROM agenda WHERE queue = ?", [queue]) { $0[0] } ?? 0
  }

  func count(_ queue: String, dueBy instant: Timestamp) throws -> Int {
    try first("SELECT COUNT(*) FROM agenda WHERE queue = ? AND due <= ? AND lease = 0", [queue, instant.microseconds]) { $0[0] } ?? 0
  }

  func queues(withPrefix prefix: String) throws -> [String] {
    var names: [String] = []
    var last = ""
    let end = Self.end(ofPrefix: prefix)
    // One seek in the index for each name.
    while let name = try first(
      "SELECT queue FROM agenda WHERE queue >= ? AND queue > ? ORDER BY queue LIMIT 1", [prefix, last], { $0[0] as String })
    {
      if let end, Array(name.utf8).lexicographicallyPrecedes(Array(end.utf8)) == false { break }
      names.append(name)
      last = name
    }
    return names
  }

  func empty(_ queue: String) throws { try execute("DELETE FROM agenda WHERE queue = ?", [queue]) }
}
