import JSON
import ServiceKit
import Store
import Time

/// Keeps the actions of alarms back at times. Source: Amazon CloudWatch API Reference, PutAlarmMuteRule.
struct AlarmMuteRule: Resource {
  static let kind = "cloudwatch.mute-rule"
  enum Status: String, Codable, Sendable, CaseIterable {
    case scheduled = "SCHEDULED"
    case active = "ACTIVE"
    case expired = "EXPIRED"
  }
  var name: String
  var description: String?
  /// `cron(minutes hours day-of-month month day-of-week)` or `at(yyyy-MM-ddThh:mm)`.
  var expression: String
  /// As given: `PT4H`.
  var duration: String
  var timezone: String?
  /// Names of alarms.
  var targets: [String]
  var start: Timestamp?
  var expire: Timestamp?
  var tags: [String: String]
  var created: Timestamp
  var updated: Timestamp

  var key: String { name }
  static func arn(_ name: String, _ partition: Partition) -> ARN {
    ARN(service: "cloudwatch", region: partition.region, account: partition.account, resource: "alarm-mute-rule:\(name)")
  }

  /// Throws ValidationError for what is no schedule.
  func schedule() throws(Fault) -> MuteSchedule { try MuteSchedule(expression, duration: duration, timezone: timezone) }

  /// The window that the instant is in: from its beginning to before its end.
  func window(at now: Timestamp) -> (start: Timestamp, end: Timestamp)? {
    guard let schedule = try? schedule() else { return nil }
    // Of overlapping windows the last to begin ends last.
    guard let begin = schedule.last(upTo: now), begin >= (start ?? .distantPast) else { return nil }
    let end = min(begin + schedule.length, expire ?? .distantFuture)
    return now < end && begin < end ? (begin, end) : nil
  }

  func nextWindow(after now: Timestamp) -> (start: Timestamp, end: Timestamp)? {
    guard let schedule = try? schedule(), let begin = schedule.next(after: max(now, (start ?? .distantPast) - .microseconds(1))) else {
      return nil
    }
    let end = min(begin + schedule.length, expire ?? .distantFuture)
    return begin < end ? (begin, end) : nil
  }

  func status(at now: Timestamp) -> Status {
    if window(at: now) != nil { return .active }
    return nextWindow(after: now) == nil ? .expired : .scheduled
  }

  var isOneTime: Bool { expression.hasPrefix("at(") }
}

/// Says that a rule mutes an alarm: found by the alarm.
struct MuteLink: Resource {
  static let kind = "cloudwatch.mute-link"
  var alarm: String
  var rule: String

  var key: String { Self.prefix(alarm) + rule }
  static func prefix(_ alarm: String) -> String { "\(alarm)\u{1}" }
}
