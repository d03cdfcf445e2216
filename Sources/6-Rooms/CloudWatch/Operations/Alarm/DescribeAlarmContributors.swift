import ServiceKit
import Store
import Time
import Wire

/// The series of a Metrics Insights alarm that are in ALARM. Source: Amazon CloudWatch API Reference, DescribeAlarmContributors.
struct DescribeAlarmContributors: Operation {
  struct Input: Shape {
    var alarmName: String
    var nextToken: String?
    static var limits: [Limit<Self>] { [.length("alarmName", \.alarmName, 1...255)] }
  }
  struct Contributor: Shape {
    var contributorId: String
    var contributorAttributes: [String: String]
    var stateReason: String
    var stateTransitionedTimestamp: Timestamp
  }
  struct Output: Shape {
    var alarmContributors: [Contributor]
    var nextToken: String?
  }
  static var xml: XMLHints { XMLHints(maps: ["ContributorAttributes"]) }
  private static let page = 100

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    guard try call.get(Alarm.self, input.alarmName) != nil else {
      throw Fault("ResourceNotFoundException", "Alarm \(input.alarmName) does not exist.", status: 404)
    }
    let after = try call.place(input.nextToken)?.key ?? ""
    let rest = try (call.get(AlarmContributors.self, input.alarmName)?.inAlarm ?? []).filter { $0.identity.id > after }
    let found = rest.prefix(page).map {
      Contributor(
        contributorId: $0.identity.id, contributorAttributes: $0.identity.attributes, stateReason: $0.reason,
        stateTransitionedTimestamp: $0.transitioned)
    }
    let next = rest.count > page ? found.last.map { CatalogCursor(key: $0.contributorId) } : nil
    return Output(alarmContributors: found, nextToken: call.token(next))
  }
}
