import JSON
import ServiceKit
import Store

/// Replaces what a scheduled query does. Source: Amazon CloudWatch Logs API Reference, UpdateScheduledQuery.
struct UpdateScheduledQuery: Operation {
  struct Input: ScheduledQueryInput {
    var identifier: String
    var description: String?
    var queryLanguage: String
    var queryString: String
    var logGroupIdentifiers: [String]?
    var scheduleExpression: String
    var timezone: String?
    var startTimeOffset: Int64?
    var endTimeOffset: Int64?
    var destinationConfiguration: JSONValue?
    var scheduleStartTime: Int64?
    var scheduleEndTime: Int64?
    var executionRoleArn: String
    var state: String?
    static var limits: [Limit<Self>] { [.length("identifier", \.identifier, 1...300)] + commonLimits }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> ScheduledQueryShape {
    var query = try call.scheduledQuery(input.identifier)
    try input.fill(&query, call)
    try call.schedule(query)
    return ScheduledQueryShape(query, call.partition)
  }
}
