import JSON
import ServiceKit
import Store

/// The events of an execution, page by page. Source: AWS Step Functions API Reference, GetExecutionHistory.
struct GetExecutionHistory: Operation {
  struct Input: Shape {
    var executionArn: String
    var maxResults: Int?
    var reverseOrder: Bool?
    var nextToken: String?
    var includeExecutionData: Bool?
    static var limits: [Limit<Self>] {
      [.arn("executionArn", \.executionArn), .token(\.nextToken), .range("maxResults", \.maxResults, 0...1_000)]
    }
  }
  struct Output: Shape {
    var events: [JSONValue]
    var nextToken: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let execution = try call.execution(input.executionArn)
    let stream = execution.history(call.partition)
    let descending = input.reverseOrder ?? false
    let limit = PageSize.of(input.maxResults)
    var first: Int64 = descending ? Int64.max : 1
    let scope = "history/\(execution.key)/\(descending)"
    if let cursor = try call.page(input.nextToken, of: scope), let sequence = Int64(cursor.key) { first = sequence }
    let records = try call.transaction.records(of: stream, from: first, limit: limit + 1, descending: descending)
    let events = try records.prefix(limit).map { record -> JSONValue in
      let shown =
        input.includeExecutionData == false
        ? withoutData(try JSONValue(parsing: record.body)) : try call.event(record, of: execution)
      return Document(shown, for: call.context).value
    }
    let next = records.count > limit ? records.last.map { CatalogCursor(key: String($0.sequence)) } : nil
    return Output(events: events, nextToken: call.pageToken(next, of: scope))
  }

  private static func withoutData(_ event: JSONValue) -> JSONValue {
    guard case .object(var object) = event else { return event }
    for (name, details) in object where name.hasSuffix("EventDetails") {
      guard case .object(var members) = details else { continue }
      for member in EventData.members { members[member] = nil }
      object[name] = .object(members)
    }
    return .object(object)
  }
}
