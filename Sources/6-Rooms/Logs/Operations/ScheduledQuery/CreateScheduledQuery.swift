import JSON
import ServiceKit
import Store

/// Makes a query that runs by a cron expression. Source: Amazon CloudWatch Logs API Reference, CreateScheduledQuery.
///
/// Differs: S3 and lookup tables are no destinations; each run puts an event on the default bus instead.
struct CreateScheduledQuery: Operation {
  struct Input: ScheduledQueryInput {
    var name: String
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
    var tags: [String: String]?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...300, TextPattern(#"^[a-zA-Z0-9_\-/.#]+$"#, alphanumericsAnd: "_-/.#")),
        .count("tags", \.tags, 1...50),
      ] + commonLimits
    }
  }
  struct Output: Shape {
    var scheduledQueryArn: String
    var state: String
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    guard try call.get(ScheduledQuery.self, input.name) == nil else {
      throw Fault("ConflictException", "A scheduled query with the name \(input.name) already exists.", status: 409)
    }
    try Tags.check(input.tags ?? [:])
    if call.enforcesQuotas, try call.transaction.count(ScheduledQuery.kind, in: call.partition, prefix: "") >= 1_000 {
      throw Fault("ServiceQuotaExceededException", "The account has too many scheduled queries.", status: 402)
    }
    var query = ScheduledQuery(
      id: call.room.context.identifiers.uuid(), name: input.name, queryLanguage: input.queryLanguage, queryString: input.queryString,
      scheduleExpression: input.scheduleExpression, executionRoleArn: input.executionRoleArn, state: "ENABLED", tags: input.tags ?? [:],
      created: call.now, updated: call.now)
    try input.fill(&query, call)
    try call.schedule(query)
    return Output(scheduledQueryArn: query.arn(call.partition).description, state: query.state)
  }
}
