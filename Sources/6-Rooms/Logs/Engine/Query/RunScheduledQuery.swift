import JSON
import LogsInsights
import ScheduleExpression
import ServiceKit
import Store
import Time

/// Runs a scheduled query when it is due, writes down what came of it, and makes the next run due.
struct RunScheduledQuery: Worker {
  static let queue = "logs.scheduled-query"
  static let concurrency = 8
  /// A query may take an hour, and wait as long for its turn.
  static let lease = Duration.seconds(3 * 3_600)
  /// Runs that are remembered.
  private static let keep: Int64 = 1_000
  /// Rows that the event carries.
  private static let rows = 100
  private static let rowBytes = 100_000

  static func run(_ task: AgendaTask, _ work: Work<Logs>) async throws {
    let (room, partition, due) = (work.room, work.partition, task.entry.due)
    let name = String(decoding: task.entry.payload, as: UTF8.self)
    guard let query = try await work.read({ try $0.get(ScheduledQuery.self, name) }), query.id == task.entry.key else { return }
    var run = QueryRun(status: "InvalidQuery", triggered: due)
    var over: StoredQuery?
    do {
      let range = query.range(at: due)
      let prepared = try await work.read { call in
        try PreparedQuery.make(
          query.queryString, .init(identifiers: query.logGroupIdentifiers), start: range.start, end: range.end, limit: nil, call)
      }
      let stored = try await room.admit(prepared, by: query.executionRoleArn, in: partition)
      let ended = await room.run(prepared, stored, in: partition)
      // The server is stopping: the run begins again with the next.
      guard ended.status.isOver else { return try await work.release(until: due) }
      run.queryID = stored.id
      run.status = ended.status == .complete ? "Complete" : ended.status == .timeout ? "Timeout" : "Failed"
      run.reason = ended.reason
      over = ended
    } catch let fault as Fault {
      if !["MalformedQueryException", "InvalidParameterException"].contains(fault.code) { run.status = "Failed" }
      run.reason = fault.message
    }
    let (record, result) = (run, over)
    let shown = try await rowsShown(over, work)
    try await work.finish { call in
      guard var current = try call.get(ScheduledQuery.self, name), current.id == query.id else { return }
      (current.lastTriggered, current.lastStatus) = (due, record.status)
      try call.put(current)
      let stream = query.history(in: call.partition)
      let last = try call.transaction.append([try JSONValue(encoding: record).bytes], to: stream, expected: nil)
      if last > keep { try call.transaction.trim(stream, through: last - keep) }
      try call.emit(event(current, record, result, shown, call))
      // What was missed while the server was down is run once, not once for each instant.
      if let next = try current.next(after: max(due, call.now)) {
        try call.transaction.schedule(
          AgendaEntry(queue: queue, partition: call.partition, key: query.id, due: next, payload: Array(name.utf8)))
      }
    }
  }

  /// The first rows, for the event; none when they are large.
  private static func rowsShown(_ query: StoredQuery?, _ work: Work<Logs>) async throws -> [JSONValue] {
    guard let query, query.rows > 0 else { return [] }
    let records = try await work.read { call in
      try call.transaction.records(of: query.results(in: call.partition), from: 1, limit: 1, descending: false)
    }
    guard let first = records.first else { return [] }
    let rows = try QueryRows.shown(try work.room.keys.open(first.body, for: "results")).prefix(rows)
    return JSONValue.array(Array(rows)).bytes.count <= rowBytes ? Array(rows) : []
  }

  private static func event(
    _ query: ScheduledQuery, _ run: QueryRun, _ result: StoredQuery?, _ rows: [JSONValue], _ call: Call<Logs>
  ) -> Event {
    let arn = query.arn(call.partition).description
    var detail: JSONObject = [
      "scheduledQueryArn": .string(arn), "name": .string(query.name), "executionStatus": .string(run.status),
      "triggeredTimestamp": .int(run.triggered.milliseconds),
    ]
    detail["queryId"] = run.queryID.map { .string($0) }
    detail["errorMessage"] = run.reason.map { .string($0) }
    if let result {
      detail["resultCount"] = .int(Int64(result.rows))
      detail["statistics"] = [
        "recordsMatched": .double(result.statistics.recordsMatched), "recordsScanned": .double(result.statistics.recordsScanned),
        "bytesScanned": .double(result.statistics.bytesScanned),
      ]
      detail["results"] = .array(rows)
    }
    return call.event(
      source: "aws.logs", detailType: "CloudWatch Logs Scheduled Query Completed", resources: [arn], detail: .object(detail))
  }
}

extension ScheduledQuery {
  /// The range of time a run looks at; without offsets from the run before to this one.
  func range(at due: Timestamp) -> (start: Timestamp, end: Timestamp) {
    let end = due - .seconds(min(max(endTimeOffset ?? 0, 0), 1 << 32))
    if let startTimeOffset { return (due - .seconds(min(max(startTimeOffset, 1), 1 << 32)), end) }
    let before = (try? schedule()).flatMap { $0.0.previous(before: due, in: $0.1, anchor: created) }
    let start = before.map { $0 < end ? $0 : end - .seconds(3_600) } ?? end - .seconds(3_600)
    return (start, end)
  }
}
