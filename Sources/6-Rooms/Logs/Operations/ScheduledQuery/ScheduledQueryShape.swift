import JSON
import ServiceKit
import Store
import Time

/// A scheduled query as calls answer it.
struct ScheduledQueryShape: Shape {
  var scheduledQueryArn: String
  var name: String
  var description: String?
  var queryLanguage: String
  var queryString: String
  var logGroupIdentifiers: [String]?
  var scheduleExpression: String
  var timezone: String
  var startTimeOffset: Int64?
  var endTimeOffset: Int64?
  var state: String
  var scheduleType = "CUSTOMER_MANAGED"
  var lastTriggeredTime: Int64?
  var lastExecutionStatus: String?
  var scheduleStartTime: Int64?
  var scheduleEndTime: Int64?
  var executionRoleArn: String
  var creationTime: Int64
  var lastUpdatedTime: Int64

  init(_ query: ScheduledQuery, _ partition: Partition) {
    scheduledQueryArn = query.arn(partition).description
    name = query.name
    description = query.description
    queryLanguage = query.queryLanguage
    queryString = query.queryString
    logGroupIdentifiers = query.logGroupIdentifiers
    scheduleExpression = query.scheduleExpression
    timezone = query.timezone ?? "UTC"
    startTimeOffset = query.startTimeOffset
    endTimeOffset = query.endTimeOffset
    state = query.state
    lastTriggeredTime = query.lastTriggered?.milliseconds
    lastExecutionStatus = query.lastStatus
    scheduleStartTime = query.scheduleStartTime
    scheduleEndTime = query.scheduleEndTime
    executionRoleArn = query.executionRoleArn
    creationTime = query.created.milliseconds
    lastUpdatedTime = query.updated.milliseconds
  }
}

/// What CreateScheduledQuery and UpdateScheduledQuery have in common.
protocol ScheduledQueryInput: Shape {
  var description: String? { get }
  var queryLanguage: String { get }
  var queryString: String { get }
  var logGroupIdentifiers: [String]? { get }
  var scheduleExpression: String { get }
  var timezone: String? { get }
  var startTimeOffset: Int64? { get }
  var endTimeOffset: Int64? { get }
  var destinationConfiguration: JSONValue? { get }
  var scheduleStartTime: Int64? { get }
  var scheduleEndTime: Int64? { get }
  var executionRoleArn: String { get }
  var state: String? { get }
}

extension ScheduledQueryInput {
  static var commonLimits: [Limit<Self>] {
    [
      .length("description", \.description, 0...1_024), .oneOf("queryLanguage", \.queryLanguage, ["CWLI", "SQL", "PPL"]),
      .length("queryString", \.queryString, 0...10_000), .count("logGroupIdentifiers", \.logGroupIdentifiers, 1...50),
      .length("scheduleExpression", \.scheduleExpression, 0...256), .length("timezone", \.timezone, 1...256),
      .length("executionRoleArn", \.executionRoleArn, 1...2_048), .oneOf("state", \.state, ["ENABLED", "DISABLED"]),
      .each("logGroupIdentifiers", \.logGroupIdentifiers, 1...2_048),
      .range("scheduleStartTime", \.scheduleStartTime, 0...Int64.max), .range("scheduleEndTime", \.scheduleEndTime, 0...Int64.max),
    ]
  }

  /// Writes what the input says into the query. Throws ValidationException and what the query itself has wrong.
  func fill(_ query: inout ScheduledQuery, _ call: Call<Logs>) throws {
    guard queryLanguage == "CWLI" else {
      throw Fault.validation("The query language \(queryLanguage) is not served by Martlet: use CWLI, CloudWatch Logs Insights QL.")
    }
    if let destination = destinationConfiguration?.object, !destination.isEmpty {
      throw Fault.validation(
        "\(destination.keys.joined(separator: " and ")) can not be served by Martlet: leave destinationConfiguration out. Results are kept for seven days, and each run puts an event on the default event bus."
      )
    }
    if let start = startTimeOffset, start <= endTimeOffset ?? 0 {
      throw Fault.validation("startTimeOffset must be greater than endTimeOffset.")
    }
    query.description = description
    query.queryLanguage = queryLanguage
    query.queryString = queryString
    query.logGroupIdentifiers = logGroupIdentifiers
    query.scheduleExpression = scheduleExpression
    query.timezone = timezone
    query.startTimeOffset = startTimeOffset
    query.endTimeOffset = endTimeOffset
    query.scheduleStartTime = scheduleStartTime
    query.scheduleEndTime = scheduleEndTime
    query.executionRoleArn = executionRoleArn
    query.state = state ?? query.state
    query.updated = call.now
    _ = try query.schedule()
    do {
      let range = query.range(at: call.now)
      _ = try PreparedQuery.make(
        queryString, .init(identifiers: logGroupIdentifiers), start: range.start, end: range.end, limit: nil, call)
    } catch let fault as Fault where fault.code != "ResourceNotFoundException" { throw Fault.validation(fault.message) }
  }
}

extension Call where Home == Logs {
  /// The scheduled query of that name or ARN. Throws ResourceNotFoundException.
  func scheduledQuery(_ identifier: String) throws -> ScheduledQuery {
    let found: ScheduledQuery?
    if let arn = ARN(identifier) {
      found = try transaction.page(ScheduledQuery.self, in: partition, index: "id", equals: arn.resourceName, limit: 1).items.first
    } else {
      found = try get(ScheduledQuery.self, identifier)
    }
    guard let found else { throw Fault.notFound("The specified scheduled query does not exist: \(identifier)") }
    return found
  }

  /// Writes a scheduled query and makes its next run due, or none.
  func schedule(_ query: ScheduledQuery) throws {
    try put(query)
    if let due = try query.next(after: now) {
      try transaction.schedule(
        AgendaEntry(queue: RunScheduledQuery.queue, partition: partition, key: query.id, due: due, payload: Array(query.name.utf8)))
    } else {
      try transaction.cancel(RunScheduledQuery.queue, key: query.id, in: partition)
    }
  }
}
