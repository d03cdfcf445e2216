import JSON
import ServiceKit
import Store
import Time

/// The runs of a scheduled query, the newest first. Source: Amazon CloudWatch Logs API Reference, GetScheduledQueryHistory.
struct GetScheduledQueryHistory: Operation {
  struct Input: Shape {
    var identifier: String
    var startTime: Int64
    var endTime: Int64
    var executionStatuses: [String]?
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] {
      [
        .length("identifier", \.identifier, 1...300), .range("startTime", \.startTime, 0...Int64.max),
        .range("endTime", \.endTime, 0...Int64.max), .range("maxResults", \.maxResults, 1...1_000),
      ]
    }
  }
  struct Output: Shape {
    var name: String
    var scheduledQueryArn: String
    var triggerHistory: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var queryId: String?
    var executionStatus: String
    var triggeredTimestamp: Int64
    var errorMessage: String?
    var destinations: [String] = []
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let query = try call.scheduledQuery(input.identifier)
    let stream = query.history(in: call.partition)
    var position: Int64
    do { position = try call.cursor(input.nextToken).flatMap { Int64($0.key) } ?? call.transaction.lastSequence(of: stream) } catch {
      throw Fault.badToken
    }
    let (from, to) = (Self.instant(input.startTime), Self.instant(input.endTime))
    let limit = input.maxResults ?? 50
    var found: [Item] = []
    while position > 0 {
      let records = try call.transaction.records(of: stream, from: position, limit: 200, descending: true)
      if records.isEmpty { break }
      for record in records {
        let run = try JSONValue(parsing: record.body).decode(QueryRun.self)
        position = record.sequence
        if run.triggered < from { return output(query, found, nil, call) }
        if run.triggered <= to, input.executionStatuses?.contains(run.status) ?? true {
          if found.count == limit { return output(query, found, position, call) }
          found.append(
            Item(
              queryId: run.queryID, executionStatus: run.status, triggeredTimestamp: run.triggered.milliseconds, errorMessage: run.reason))
        }
        position -= 1
      }
    }
    return output(query, found, nil, call)
  }

  /// Seconds or, from 1973 on, milliseconds.
  private static func instant(_ time: Int64) -> Timestamp {
    time >= 100_000_000_000 ? Timestamp(milliseconds: time) : Timestamp(seconds: time)
  }

  private static func output(_ query: ScheduledQuery, _ found: [Item], _ next: Int64?, _ call: Call<Logs>) -> Output {
    Output(
      name: query.name, scheduledQueryArn: query.arn(call.partition).description, triggerHistory: found,
      nextToken: call.token(next.map { CatalogCursor(key: String($0)) }))
  }
}
