import JSON
import MetricMath
import ServiceKit
import Store
import Time

/// An alarm whose state follows from the states of others.
struct CompositeAlarm: AlarmRecord {
  static let kind = "cloudwatch.composite-alarm"
  static let type = AlarmType.composite
  var name: String
  var description: String?
  var actionsEnabled: Bool
  var okActions: [String]
  var alarmActions: [String]
  var insufficientDataActions: [String]
  var rule: String
  /// The name or ARN of an alarm, as given.
  var suppressor: String?
  /// Seconds.
  var waitPeriod: Int?
  var extensionPeriod: Int?
  var actionConfiguration: ActionConfiguration?
  var tags: [String: String]
  var configured: Timestamp
  var state: AlarmState
  var stateReason: String
  var stateReasonData: JSONValue?
  var stateUpdated: Timestamp
  var transitioned: Timestamp
  var held: HeldActions?
  var suppression: Suppression?

  /// Actions that the suppressor keeps back, or may.
  struct Suppression: Codable, Sendable {
    enum Phase: String, Codable, Sendable {
      case wait = "WaitPeriod"
      case alarm = "Alarm"
      case extended = "ExtensionPeriod"
    }
    var phase: Phase
    /// When a wait or an extension ends.
    var until: Timestamp?
    /// The state when the alarm last acted.
    var from: AlarmState
  }

  var indexes: [String: String] { ["state": state.rawValue] }
  var suppressedBy: String? { suppression?.phase.rawValue }
  /// The suppressor's name, also where it is given as an ARN.
  var suppressorName: String? { suppressor.map(Self.name) }

  /// The name of an alarm given by name or ARN.
  static func name(_ text: String) -> String {
    guard let arn = ARN(text), arn.service == "cloudwatch", arn.resourceType == "alarm" else { return text }
    return arn.resourceName
  }

  func isConfigured(as other: CompositeAlarm) -> Bool {
    var other = other
    (other.configured, other.state, other.stateReason, other.stateReasonData) = (configured, state, stateReason, stateReasonData)
    (other.stateUpdated, other.transitioned, other.held, other.suppression) = (stateUpdated, transitioned, held, suppression)
    other.tags = tags
    return (try? JSONValue(encoding: self)) == (try? JSONValue(encoding: other))
  }
}

/// Says that one alarm needs another: found by the one that is needed.
struct AlarmLink: Resource {
  static let kind = "cloudwatch.alarm-link"
  enum Role: String, Codable, Sendable {
    case child, suppressor
  }
  var child: String
  var parent: String
  var role: Role

  var key: String { Self.prefix(child) + "\(parent)\u{1}\(role.rawValue)" }
  /// Names hold no control characters.
  static func prefix(_ child: String) -> String { "\(child)\u{1}" }
}
