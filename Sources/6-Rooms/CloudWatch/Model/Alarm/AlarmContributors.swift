import JSON
import ServiceKit
import Store
import Time

/// The series of a Metrics Insights alarm that are in ALARM now.
struct AlarmContributors: Resource {
  static let kind = "cloudwatch.alarm-contributors"
  struct Contributor: Codable, Sendable {
    var identity: ContributorIdentity
    var reason: String
    var transitioned: Timestamp
  }
  var alarm: String
  /// In the order of their ids.
  var inAlarm: [Contributor]

  var key: String { alarm }
}
