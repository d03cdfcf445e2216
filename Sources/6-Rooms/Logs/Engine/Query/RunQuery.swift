import JSON
import Logging
import LogsInsights
import Series
import ServiceKit
import Store
import Time

extension Logs {
  /// Queries time out after this.
  private static let longest = Duration.seconds(3_600)
  /// Rows in one record of the ledger, and records in one transaction.
  static let rowsInRecord = 100
  private static let recordsInWrite = 20
  /// Results are kept for as long, and no more of them than so many queries and bytes.
  static let keeping = Duration.seconds(7 * 86_400)
  private static let most = (queries: 10_000, bytes: 512 << 20)

  /// Takes a query in, durably. Throws LimitExceededException.
  func admit(_ prepared: PreparedQuery, by user: String, in partition: Partition) async throws -> StoredQuery {
    let now = context.clock.now()
    let stored = StoredQuery(
      id: context.identifiers.uuid(), queryString: prepared.text, groups: prepared.groups.map(\.name), start: prepared.start,
      end: prepared.end, limit: prepared.limit, status: .scheduled, created: now, userIdentity: user)
    try desk.admit(stored.id)
    do {
      try await context.store.write { transaction in
        try transaction.put(stored, in: partition)
        try transaction.schedule(
          AgendaEntry(queue: ForgetQuery.queue, partition: partition, key: stored.id, due: now + Self.keeping, payload: []))
      }
    } catch {
      desk.leave(stored.id)
      throw error
    }
    return stored
  }

  /// Runs a query that was taken in, to its end, and answers what came of it.
  @discardableResult
  func run(_ prepared: PreparedQuery, _ stored: StoredQuery, in partition: Partition) async -> StoredQuery {
    defer { desk.leave(stored.id) }
    var over = stored
    do {
      if await desk.turn(stored.id) {
        over = try await work(prepared, stored, in: partition)
      } else {
        over.status = .cancelled
      }
      if desk.isStopping { return stored }
      over.ended = context.clock.now()
      let last = over
      try await context.store.write { _ = try $0.put(last, in: partition) }
      await tidy(in: partition)
    } catch {
      context.log.error("a query's end could not be written down", metadata: ["query": "\(stored.id)", "error": "\(error)"])
    }
    return over
  }

  private func work(_ prepared: PreparedQuery, _ stored: StoredQuery, in partition: Partition) async throws -> StoredQuery {
    var over = stored
    let query: LogQuery
    do throws(SeriesFault) {
      query = try engine.query(
        plan: prepared.plan, groups: prepared.engineGroups(in: partition), from: prepared.start.milliseconds,
        to: prepared.end.milliseconds, unmasked: prepared.plan.unmasks)
    } catch {
      (over.status, over.reason) = (.failed, error.message)
      return over
    }
    desk.began(stored.id, query)
    let clock = context.clock
    let alarm = Task {
      try await clock.sleep(until: clock.now() + Self.longest)
      desk.cancel(stored.id, timedOut: true)
    }
    defer { alarm.cancel() }
    do {
      let results = try await query.results()
      if desk.isStopping { return over }
      over.statistics = StoredQuery.Statistics(query.progress)
      over.status = desk.isTimedOut(stored.id) ? .timeout : desk.isCancelled(stored.id) ? .cancelled : .complete
      let faults = query.progress.faults
      if !faults.isEmpty {
        over.reason = "Part of the events could not be read: \(faults.prefix(3).map(\.message).joined(separator: " "))"
        context.log.error("a query could not read everything", metadata: ["query": "\(stored.id)", "fault": "\(faults[0])"])
      }
      (over.rows, over.resultBytes) = try await keep(results.rows, of: stored, in: partition)
      desk.keep(over.resultBytes)
    } catch let error as QueryLimitError {
      over.statistics = StoredQuery.Statistics(query.progress)
      (over.status, over.reason) = (.failed, error.message)
    } catch let error as SeriesFault {
      (over.status, over.reason) = (.failed, error.message)
    }
    return over
  }

  /// Writes the rows to the ledger, some at a time so that no transaction is long.
  private func keep(_ rows: [[ResultField]], of stored: StoredQuery, in partition: Partition) async throws -> (rows: Int, bytes: Int) {
    let stream = stored.results(in: partition)
    var (bytes, place) = (0, 0)
    while place < rows.count {
      var records: [[UInt8]] = []
      while place < rows.count, records.count < Self.recordsInWrite {
        let part = rows[place..<min(place + Self.rowsInRecord, rows.count)]
        records.append(try keys.seal(QueryRows.bytes(part), for: "results"))
        place += part.count
      }
      bytes += records.reduce(0) { $0 + $1.count }
      let batch = records
      try await context.store.write { _ = try $0.append(batch, to: stream, expected: nil) }
    }
    return (rows.count, bytes)
  }

  /// Lets go of the oldest results when there are too many.
  private func tidy(in partition: Partition) async {
    do {
      let kept = try await context.store.read { try $0.count(StoredQuery.kind, in: partition, prefix: "") }
      var (count, bytes) = (kept, desk.keep(0))
      while count > Self.most.queries || bytes > Self.most.bytes {
        let freed = try await context.store.write { transaction -> Int? in
          let page = try transaction.page(
            StoredQuery.self, in: partition, CatalogQuery(.index("created", from: "", to: nil), limit: 1))
          guard let oldest = page.items.first, oldest.status.isOver else { return nil }
          try Self.forget(oldest, in: partition, transaction)
          return oldest.resultBytes
        }
        guard let freed else { return }
        count -= 1
        bytes = desk.keep(-freed)
      }
    } catch { context.log.error("old query results could not be removed", metadata: ["error": "\(error)"]) }
  }

  static func forget(_ query: StoredQuery, in partition: Partition, _ transaction: any Transaction) throws {
    try transaction.delete(StoredQuery.self, query.id, in: partition)
    try transaction.delete(query.results(in: partition))
    try transaction.cancel(ForgetQuery.queue, key: query.id, in: partition)
  }

  /// Queries that ran when the server ended have failed.
  func abandonQueries() async throws {
    let now = context.clock.now()
    let bytes = try await context.store.write { transaction in
      var bytes = 0
      for partition in try transaction.partitions(holding: StoredQuery.kind) {
        var broken: [StoredQuery] = []
        try transaction.forEach(StoredQuery.self, in: partition) { query in
          bytes += query.resultBytes
          if !query.status.isOver { broken.append(query) }
          return true
        }
        for var query in broken {
          (query.status, query.ended, query.reason) = (.failed, now, "The server ended while the query ran.")
          try transaction.delete(query.results(in: partition))
          try transaction.put(query, in: partition)
        }
      }
      return bytes
    }
    desk.keep(bytes)
  }
}

extension StoredQuery.Statistics {
  init(_ progress: LogQuery.Progress) {
    recordsMatched = progress.recordsMatched
    recordsScanned = progress.recordsScanned
    bytesScanned = progress.bytesScanned
    estimatedRecordsSkipped = progress.estimatedRecordsSkipped
    estimatedBytesSkipped = progress.estimatedBytesSkipped
    logGroupsScanned = Double(progress.logGroupsScanned)
  }
}

/// Rows of results as they are stored: a list for each, of names and values by turns.
enum QueryRows {
  static func bytes(_ rows: ArraySlice<[ResultField]>) -> [UInt8] {
    JSONValue.array(rows.map { row in .array(row.flatMap { [.string($0.field), .string($0.value)] }) }).bytes
  }

  /// As GetQueryResults answers them.
  static func shown(_ bytes: [UInt8]) throws -> [JSONValue] {
    (try JSONValue(parsing: bytes).array ?? []).map { row in
      let texts = row.array ?? []
      return .array(stride(from: 0, to: texts.count - 1, by: 2).map { ["field": texts[$0], "value": texts[$0 + 1]] })
    }
  }

  static func shown(_ rows: ArraySlice<[ResultField]>) -> [JSONValue] {
    rows.map { row in .array(row.map { ["field": .string($0.field), "value": .string($0.value)] }) }
  }
}

/// Lets go of a query's results after a week.
struct ForgetQuery: Worker {
  static let queue = "logs.forget-query"

  static func run(_ task: AgendaTask, _ work: Work<Logs>) async throws {
    guard let id = task.entry.key else { return }
    let freed = try await work.finish { call -> Int in
      guard let query = try call.get(StoredQuery.self, id) else { return 0 }
      try Logs.forget(query, in: call.partition, call.transaction)
      return query.resultBytes
    }
    work.room.desk.keep(-freed)
  }
}
