import LogsInsights
import ServiceKit
import Store
import Time

/// Begins a query of Logs Insights. Source: Amazon CloudWatch Logs API Reference, StartQuery.
///
/// Differs: the second that `endTime` names belongs to the range whole; times in milliseconds are taken too. Of the query languages there is
/// Logs Insights QL alone.
struct StartQuery: AsyncOperation {
  struct Input: Shape {
    var queryLanguage: String?
    var logGroupName: String?
    var logGroupNames: [String]?
    var logGroupIdentifiers: [String]?
    var startTime: Int64
    var endTime: Int64
    var queryString: String
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .oneOf("queryLanguage", \.queryLanguage, ["CWLI", "SQL", "PPL"]), .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .each("logGroupNames", \.logGroupNames, 1...512, LogName.group), .each("logGroupIdentifiers", \.logGroupIdentifiers, 1...2_048),
        .range("startTime", \.startTime, 0...Int64.max), .range("endTime", \.endTime, 0...Int64.max),
        .length("queryString", \.queryString, 0...10_000), .range("limit", \.limit, 1...100_000),
      ]
    }
  }
  struct Output: Shape { var queryId: String }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Output {
    try checkLanguage(input.queryLanguage)
    let prepared = try await call.read { call in
      try PreparedQuery.make(
        input.queryString, .init(name: input.logGroupName, names: input.logGroupNames, identifiers: input.logGroupIdentifiers),
        start: instant(input.startTime), end: instant(input.endTime) + (isMilliseconds(input.endTime) ? .milliseconds(1) : .seconds(1)),
        limit: input.limit, call)
    }
    if prepared.plan.unmasks {
      for group in prepared.groups {
        try call.room.context.invoker.authorize("logs:Unmask", on: group.arn(call.partition), by: call.context)
      }
    }
    let (room, partition) = (call.room, call.partition)
    let stored = try await room.admit(prepared, by: call.caller.arn, in: partition)
    Task { await room.run(prepared, stored, in: partition) }
    return Output(queryId: stored.id)
  }

  /// Throws InvalidParameterException for the languages that are not served.
  static func checkLanguage(_ language: String?) throws(Fault) {
    if let language, language != "CWLI" {
      throw .parameter("The query language \(language) is not served by Martlet: use CWLI, CloudWatch Logs Insights QL.")
    }
  }

  private static func isMilliseconds(_ time: Int64) -> Bool { time >= 100_000_000_000 }
  private static func instant(_ time: Int64) -> Timestamp {
    isMilliseconds(time) ? Timestamp(milliseconds: time) : Timestamp(seconds: time)
  }
}

extension Call where Home == Logs {
  /// Throws ResourceNotFoundException.
  func query(_ id: String) throws -> StoredQuery {
    guard let found = try get(StoredQuery.self, id) else { throw Fault.notFound("Query id \(id) not found") }
    return found
  }
}
