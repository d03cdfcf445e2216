import ServiceKit
import Store
import Time

/// Lists scheduled queries. Source: Amazon CloudWatch Logs API Reference, ListScheduledQueries.
struct ListScheduledQueries: Operation {
  struct Input: Shape {
    var maxResults: Int?
    var nextToken: String?
    var state: String?
    var scheduleType: String?
    static var limits: [Limit<Self>] {
      [
        .range("maxResults", \.maxResults, 1...1_000), .oneOf("state", \.state, ["ENABLED", "DISABLED"]),
        .oneOf("scheduleType", \.scheduleType, ["CUSTOMER_MANAGED", "AWS_MANAGED"]),
      ]
    }
  }
  struct Output: Shape {
    var nextToken: String?
    var scheduledQueries: [Item]
  }
  struct Item: Shape {
    var scheduledQueryArn: String
    var name: String
    var state: String
    var scheduleType = "CUSTOMER_MANAGED"
    var lastTriggeredTime: Int64?
    var lastExecutionStatus: String?
    var scheduleExpression: String
    var timezone: String
    var creationTime: Int64
    var lastUpdatedTime: Int64
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    let page = try call.listing(ScheduledQuery.self, after: input.nextToken, limit: input.maxResults ?? 50) { query in
      (input.state.map { $0 == query.state } ?? true) && input.scheduleType != "AWS_MANAGED"
    }
    return Output(
      nextToken: page.next,
      scheduledQueries: page.items.map { query in
        Item(
          scheduledQueryArn: query.arn(call.partition).description, name: query.name, state: query.state,
          lastTriggeredTime: query.lastTriggered?.milliseconds, lastExecutionStatus: query.lastStatus,
          scheduleExpression: query.scheduleExpression, timezone: query.timezone ?? "UTC", creationTime: query.created.milliseconds,
          lastUpdatedTime: query.updated.milliseconds)
      })
  }
}
