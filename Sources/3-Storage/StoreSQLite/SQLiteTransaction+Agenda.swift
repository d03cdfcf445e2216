import Store
import Time

extension SQLiteTransaction {
  @discardableResult
  func schedule(_ entry: AgendaEntry) throws -> Int64 {
    let number = try assigned(entry.partition)
    let due = entry.due.microseconds
    let id = claims.nextID()
    touch(entry.queue, entry.due)
    guard let key = entry.key else {
      try execute(.addEntry, [.int(id), .text(entry.queue), .int(number), .int(due), .bytes(entry.payload)])
      remember(claims.reopen(entry.queue, .init(due: due, id: id)))
      return id
    }
    try execute(.addKeyedEntry, [.int(id), .text(entry.queue), .int(number), .text(key), .int(due), .bytes(entry.payload)])
    if connection.changes > 0 {
      remember(claims.reopen(entry.queue, .init(due: due, id: id)))
      return id
    }
    // One of the same key is there: it becomes this one, and whoever holds it holds nothing more.
    guard let old = try first(.entryID, [.text(entry.queue), .int(number), .text(key)], { $0.int(0) }) else {
      throw StoreFault.damaged("the entry \(key) of \(entry.queue) can neither be added nor found")
    }
    try execute(.replaceEntry, [.int(due), .bytes(entry.payload), .int(old)])
    if claims.isClaimed(entry.queue, old) { remember(claims.set(entry.queue, old, nil)) }
    remember(claims.reopen(entry.queue, .init(due: due, id: old)))
    return old
  }

  func claim(_ queue: String, now: Timestamp, limit: Int, lease: Duration) throws -> [AgendaTask] {
    guard limit > 0 else { return [] }
    try requireWritable()
    for (id, claim) in claims.expired(queue, at: now.microseconds) { try putBack(queue, id, claim) }
    var found: [AgendaClaims.Position] = []
    var position = claims.passed(queue)
    // The index alone is walked: what is claimed already costs no look at its row.
    try forEach(.dueEntries, [.text(queue), .int(position.due), .int(position.id), .int(now.microseconds)]) { row in
      position = .init(due: row.int(1), id: row.int(0))
      if !claims.isClaimed(queue, position.id) { found.append(position) }
      return found.count < limit
    }
    let until = (now + lease).microseconds
    let tasks = try found.compactMap { try claim($0, of: queue, until: until) }
    remember(claims.pass(queue, position))
    return tasks
  }

  private func claim(_ position: AgendaClaims.Position, of queue: String, until: Int64) throws -> AgendaTask? {
    try first(.entryByID, [.int(position.id)]) { row in
      let number = row.int(0)
      let key = row.optionalText(1)
      let claim = AgendaClaims.Claim(
        lease: claims.nextLease(), due: position.due, until: until, attempt: Int(row.int(2)) + 1,
        name: key.map { .init(partition: number, key: $0) })
      let entry = AgendaEntry(
        queue: queue, partition: try partition(number), key: key, due: Timestamp(microseconds: position.due), payload: row.bytes(3))
      remember(claims.set(queue, position.id, claim))
      return AgendaTask(id: position.id, entry: entry, attempt: claim.attempt, lease: claim.lease)
    }
  }

  /// Ends a claim whose lease has run out; its attempt counts.
  private func putBack(_ queue: String, _ id: Int64, _ claim: AgendaClaims.Claim) throws {
    try execute(.countAttempts, [.int(Int64(claim.attempt)), .int(id)])
    remember(claims.set(queue, id, nil))
    remember(claims.reopen(queue, .init(due: claim.due, id: id)))
  }

  /// Whether the task's claim still holds.
  private func holds(_ task: AgendaTask) -> Bool { claims.claim(task.entry.queue, task.id)?.lease == task.lease }

  @discardableResult
  func complete(_ task: AgendaTask) throws -> Bool {
    guard holds(task) else { return false }
    try execute(.removeEntry, [.int(task.id)])
    remember(claims.set(task.entry.queue, task.id, nil))
    return connection.changes > 0
  }

  @discardableResult
  func release(_ task: AgendaTask, due: Timestamp, payload: [UInt8]?) throws -> Bool {
    try putBack(task, due: due, payload: payload, attempt: task.attempt)
  }

  @discardableResult
  func renew(_ task: AgendaTask, due: Timestamp, payload: [UInt8]) throws -> Bool {
    try putBack(task, due: due, payload: payload, attempt: 0)
  }

  private func putBack(_ task: AgendaTask, due: Timestamp, payload: [UInt8]?, attempt: Int) throws -> Bool {
    guard holds(task) else { return false }
    let (at, queue) = (due.microseconds, task.entry.queue)
    if let payload {
      try execute(.putBackChanged, [.int(at), .int(Int64(attempt)), .bytes(payload), .int(task.id)])
    } else {
      try execute(.putBack, [.int(at), .int(Int64(attempt)), .int(task.id)])
    }
    let isThere = connection.changes > 0
    remember(claims.set(queue, task.id, nil))
    guard isThere else { return false }
    remember(claims.reopen(queue, .init(due: at, id: task.id)))
    touch(queue, due)
    return true
  }

  @discardableResult
  func cancel(_ queue: String, key: String, in partition: Partition) throws -> Bool {
    guard let number = try number(partition) else { return false }
    try execute(.removeKeyed, [.text(queue), .int(number), .text(key)])
    guard connection.changes > 0 else { return false }
    if let id = claims.id(queue, .init(partition: number, key: key)) { remember(claims.set(queue, id, nil)) }
    return true
  }

  func entry(_ queue: String, key: String, in partition: Partition) throws -> AgendaEntry? {
    guard let number = try number(partition) else { return nil }
    return try first(.entry, [.text(queue), .int(number), .text(key)]) { row in
      AgendaEntry(queue: queue, partition: partition, key: key, due: Timestamp(microseconds: row.int(0)), payload: row.bytes(1))
    }
  }

  func nextDue(_ queue: String) throws -> Timestamp? {
    let passed = claims.passed(queue)
    var next = claims.earliest(queue)
    try forEach(.next, [.text(queue), .int(passed.due), .int(passed.id)]) { row in
      if claims.isClaimed(queue, row.int(0)) { return true }
      next = min(next ?? .max, row.int(1))
      return false
    }
    return next.map { Timestamp(microseconds: $0) }
  }

  func count(_ queue: String) throws -> Int { try first(.count, [.text(queue)]) { Int($0.int(0)) } ?? 0 }

  func count(_ queue: String, dueBy instant: Timestamp) throws -> Int {
    let due = try first(.countDue, [.text(queue), .int(instant.microseconds)]) { Int($0.int(0)) } ?? 0
    return max(0, due - claims.count(queue, dueBy: instant.microseconds))
  }

  func queues(withPrefix prefix: String) throws -> [String] {
    var names: [String] = []
    let end = Self.end(ofPrefix: prefix)
    // One seek in the index for each name.
    var found = try first(.firstQueue, [.text(prefix)]) { $0.text(0) }
    while let name = found {
      if let end, !name.sortsBefore(end) { break }
      names.append(name)
      found = try first(.nextQueue, [.text(name)]) { $0.text(0) }
    }
    return names
  }

  func empty(_ queue: String) throws {
    try execute(.emptyQueue, [.text(queue)])
    for id in claims.claims(queue) { remember(claims.set(queue, id, nil)) }
  }
}
