import JSON
import ServiceKit
import Store
import Time

enum AlarmState: String, Codable, Sendable, CaseIterable {
  case ok = "OK"
  case alarm = "ALARM"
  case insufficientData = "INSUFFICIENT_DATA"
}

enum AlarmType: String, Codable, Sendable, CaseIterable {
  case metric = "MetricAlarm"
  case composite = "CompositeAlarm"

  /// Takes AWS's log alarms too, of which there are none here. Throws ValidationError.
  static func check(_ names: [String]?) throws(Fault) {
    let all = ["CompositeAlarm", "MetricAlarm", "LogAlarm"]
    for name in names ?? [] where !all.contains(name) {
      throw .broken(
        "1 validation error detected: Value '[\(name.prefix(255))]' at 'alarmTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [\(all.joined(separator: ", "))]]"
      )
    }
  }
}

/// Actions that a mute rule keeps back: what the alarm's state was when it last acted.
struct HeldActions: Codable, Sendable {
  var from: AlarmState
}

/// What metric and composite alarms have in common.
protocol AlarmRecord: Resource {
  static var type: AlarmType { get }
  var name: String { get }
  var description: String? { get }
  var actionsEnabled: Bool { get set }
  var okActions: [String] { get }
  var alarmActions: [String] { get }
  var insufficientDataActions: [String] { get }
  var tags: [String: String] { get set }
  var actionConfiguration: ActionConfiguration? { get }
  /// When its configuration was last changed.
  var configured: Timestamp { get set }
  var state: AlarmState { get set }
  var stateReason: String { get set }
  var stateReasonData: JSONValue? { get set }
  var stateUpdated: Timestamp { get set }
  /// When the state last became another one.
  var transitioned: Timestamp { get set }
  var held: HeldActions? { get set }
  /// What keeps actions back other than a mute rule: `WaitPeriod`, `Alarm` or `ExtensionPeriod`.
  var suppressedBy: String? { get }

  /// How events of its state describe it.
  var eventConfiguration: JSONObject { get }
  /// How events of its configuration and its history describe it, but for what all alarms have.
  var ownConfiguration: JSONObject { get }
  /// What is its own in the message that topics get.
  func notification() -> JSONObject
}

extension AlarmRecord {
  var key: String { name }
  var suppressedBy: String? { nil }

  func arn(_ partition: Partition) -> ARN { Self.arn(name, partition) }

  static func arn(_ name: String, _ partition: Partition) -> ARN {
    ARN(service: "cloudwatch", region: partition.region, account: partition.account, resource: "alarm:\(name)")
  }

  func actions(for state: AlarmState) -> [String] {
    switch state {
    case .ok: okActions
    case .alarm: alarmActions
    case .insufficientData: insufficientDataActions
    }
  }

  var allActions: [String] { okActions + alarmActions + insufficientDataActions }
}
