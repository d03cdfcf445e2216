import JSON
import ScheduleExpression
import ServiceKit
import Store
import Time

/// A query that runs by a schedule.
struct ScheduledQuery: Resource {
  static let kind = "logs.scheduled-query"
  /// Names it in its ARN.
  var id: String
  var name: String
  var description: String?
  var queryLanguage: String
  var queryString: String
  var logGroupIdentifiers: [String]?
  var scheduleExpression: String
  var timezone: String?
  /// Seconds before the run at which the range of time begins and ends.
  var startTimeOffset: Int64?
  var endTimeOffset: Int64?
  var destinationConfiguration: JSONValue?
  var scheduleStartTime: Int64?
  var scheduleEndTime: Int64?
  var executionRoleArn: String
  var state: String
  var tags: [String: String]
  var created: Timestamp
  var updated: Timestamp
  var lastTriggered: Timestamp?
  var lastStatus: String?
  var key: String { name }
  var indexes: [String: String] { ["id": id] }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "logs", region: partition.region, account: partition.account, resource: "scheduled-query:\(id)")
  }
  func history(in partition: Partition) -> LedgerStream { LedgerStream("logs.scheduled-query/\(id)", in: partition) }

  /// When it runs next; nil when it does not.
  func next(after now: Timestamp) throws(Fault) -> Timestamp? {
    guard state == "ENABLED" else { return nil }
    let (expression, zone) = try schedule()
    return expression.next(
      after: now, in: zone, start: scheduleStartTime.map { Timestamp(seconds: $0) }, end: scheduleEndTime.map { Timestamp(seconds: $0) },
      anchor: created)
  }

  /// Throws ValidationException.
  func schedule() throws(Fault) -> (ScheduleExpression, Zone) {
    guard let zone = try? Zone(identifier: timezone ?? "UTC") else { throw .validation("Invalid timezone: \(timezone ?? "").") }
    guard scheduleExpression.hasPrefix("cron(") else {
      throw .validation("Invalid scheduleExpression: \(scheduleExpression) (it must be cron(...))")
    }
    do throws(ScheduleExpressionError) {
      return (try ScheduleExpression(scheduleExpression, dialect: .scheduler), zone)
    } catch { throw .validation(error.description) }
  }
}

/// One run of a scheduled query.
struct QueryRun: Codable, Sendable {
  var queryID: String?
  /// Complete, Failed, Timeout or InvalidQuery.
  var status: String
  var triggered: Timestamp
  var reason: String?
}
