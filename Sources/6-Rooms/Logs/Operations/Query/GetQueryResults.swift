import JSON
import LogsInsights
import Series
import ServiceKit
import Store

/// What a query has found, also while it runs. Source: Amazon CloudWatch Logs API Reference, GetQueryResults.
///
/// Differs: `failureReason`, which AWS does not have, says why a query failed or what it could not read.
struct GetQueryResults: AsyncOperation {
  struct Input: Shape {
    var queryId: String
    var nextToken: String?
    var maxItems: Int?
    static var limits: [Limit<Self>] {
      [
        .length("queryId", \.queryId, 1...256), .length("nextToken", \.nextToken, 0...1_024), .range("maxItems", \.maxItems, 0...10_000),
      ]
    }
  }
  struct Output: Shape {
    var queryLanguage = "CWLI"
    /// Rows of `field` and `value`.
    var results: JSONValue
    var statistics: Statistics
    var status: String
    var nextToken: String?
    var failureReason: String?
  }
  struct Statistics: Shape {
    var recordsMatched: Double
    var recordsScanned: Double
    var estimatedRecordsSkipped: Double
    var bytesScanned: Double
    var estimatedBytesSkipped: Double
    var logGroupsScanned: Double
    var resultCount: Double

    init(_ statistics: StoredQuery.Statistics, rows: Int) {
      recordsMatched = statistics.recordsMatched
      recordsScanned = statistics.recordsScanned
      estimatedRecordsSkipped = statistics.estimatedRecordsSkipped
      bytesScanned = statistics.bytesScanned
      estimatedBytesSkipped = statistics.estimatedBytesSkipped
      logGroupsScanned = statistics.logGroupsScanned
      resultCount = Double(rows)
    }
  }
  static let audit = AuditDetail.callOnly
  private static let pageRows = 10_000

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    let limit = input.maxItems.flatMap { $0 == 0 ? nil : $0 } ?? pageRows
    // Asked before the store, so that a query that ends between the two is found in the store.
    let running = call.room.desk.query(input.queryId)
    let stored = try await call.read { try $0.query(input.queryId) }
    if !stored.status.isOver { return try partial(running, stored, limit) }
    let start = try offset(input.nextToken, call)
    let size = Logs.rowsInRecord
    let (first, last) = (start / size, (start + limit + size - 1) / size)
    let records = try await call.read { call in
      try call.transaction.records(of: stored.results(in: call.partition), from: Int64(first + 1), limit: last - first, descending: false)
    }
    var rows: [JSONValue] = []
    for record in records { rows += try QueryRows.shown(try call.room.keys.open(record.body, for: "results")) }
    rows = Array(rows.dropFirst(start - first * size).prefix(limit))
    let next = start + rows.count
    return Output(
      results: .array(rows), statistics: Statistics(stored.statistics, rows: stored.rows), status: stored.status.rawValue,
      nextToken: next < stored.rows ? try await token(next, call) : nil, failureReason: stored.reason)
  }

  private static func partial(_ running: LogQuery?, _ stored: StoredQuery, _ limit: Int) throws -> Output {
    guard let running else {
      return Output(results: [], statistics: Statistics(stored.statistics, rows: 0), status: StoredQuery.Status.scheduled.rawValue)
    }
    let found: [[ResultField]]
    do { found = try running.partialResults().rows } catch let error as QueryLimitError {
      return Output(
        results: [], statistics: Statistics(.init(running.progress), rows: 0), status: StoredQuery.Status.running.rawValue,
        failureReason: error.message)
    }
    return Output(
      results: .array(QueryRows.shown(found.prefix(limit))), statistics: Statistics(.init(running.progress), rows: found.count),
      status: StoredQuery.Status.running.rawValue)
  }

  private static func offset(_ token: String?, _ call: AsyncCall<Logs>) throws(Fault) -> Int {
    guard let token else { return 0 }
    let cursor: CatalogCursor
    do { cursor = try call.room.context.tokens.open(token, for: scope(call)) } catch { throw .badToken }
    guard let offset = Int(cursor.key), offset >= 0, offset < 1 << 40 else { throw .badToken }
    return offset
  }

  private static func token(_ offset: Int, _ call: AsyncCall<Logs>) async throws -> String {
    call.room.context.tokens.seal(CatalogCursor(key: String(offset)), for: scope(call))
  }

  private static func scope(_ call: AsyncCall<Logs>) -> String { "logs.query/\(call.partition.text)" }
}
