import JSON
import ServiceKit
import Store
import Time

/// Alarms as others are told of them.
enum AlarmJSON {
  /// `2026-01-31T17:05:00.123+0000`
  static func date(_ instant: Timestamp) -> JSONValue { .string("\(instant.iso8601(.milliseconds).dropLast())+0000") }

  /// `Friday 22 July, 2022 15:57:45 UTC`
  static func longDate(_ instant: Timestamp) -> String {
    let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    let civil = CivilDate(secondsSinceEpoch: instant.seconds)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let day = weekdays[((civil.weekday % 7) + 7) % 7]
    let month = months[min(max(civil.month, 1), 12) - 1]
    return
      "\(day) \(two(civil.day)) \(month), \(civil.year) \(two(civil.hour)):\(two(civil.minute)):\(two(civil.second)) UTC"
  }

  static func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  /// A state in the history.
  static func state<Record: AlarmRecord>(_ alarm: Record) -> JSONValue {
    var object: JSONObject = ["stateValue": .string(alarm.state.rawValue), "stateReason": .string(alarm.stateReason)]
    object["stateReasonData"] = alarm.stateReasonData
    object["actionsSuppressedBy"] = alarm.suppressedBy.map { .string($0) }
    return .object(object)
  }

  /// A state in events. Source: Amazon CloudWatch User Guide, "Alarm events and EventBridge".
  static func eventState<Record: AlarmRecord>(_ alarm: Record) -> JSONValue {
    var object = JSONObject()
    if let by = alarm.suppressedBy {
      object["actionsSuppressedBy"] = .string(by)
      object["actionsSuppressedReason"] = .string("Actions suppressed by \(by)")
    }
    object["value"] = .string(alarm.state.rawValue)
    object["reason"] = .string(alarm.stateReason)
    object["reasonData"] = alarm.stateReasonData.map { .string($0.text) }
    object["timestamp"] = date(alarm.stateUpdated)
    return .object(object)
  }

  /// A configuration in events.
  static func configuration<Record: AlarmRecord>(_ alarm: Record) -> JSONObject {
    var object = alarm.ownConfiguration
    object["alarmName"] = .string(alarm.name)
    object["description"] = alarm.description.map { .string($0) }
    object["actionsEnabled"] = .bool(alarm.actionsEnabled)
    object["timestamp"] = date(alarm.configured)
    object["okActions"] = list(alarm.okActions)
    object["alarmActions"] = list(alarm.alarmActions)
    object["insufficientDataActions"] = list(alarm.insufficientDataActions)
    return object
  }

  /// A configuration in the history.
  static func historyConfiguration<Record: AlarmRecord>(_ alarm: Record, _ partition: Partition) -> JSONObject {
    var object = configuration(alarm)
    object["alarmArn"] = .string(alarm.arn(partition).description)
    object["timestamp"] = nil
    object["description"] = nil
    object["alarmDescription"] = alarm.description.map { .string($0) }
    return object
  }

  /// What a topic's subscribers read. Source: Amazon CloudWatch User Guide, "Notifying users on alarm changes".
  static func notification<Record: AlarmRecord>(_ alarm: Record, old: AlarmState, _ partition: Partition) -> JSONObject {
    var object: JSONObject = [
      "AlarmName": .string(alarm.name), "AlarmDescription": alarm.description.map { .string($0) } ?? .null,
      "AWSAccountId": .string(partition.account), "AlarmConfigurationUpdatedTimestamp": date(alarm.configured),
      "NewStateValue": .string(alarm.state.rawValue), "NewStateReason": .string(alarm.stateReason),
      "StateChangeTime": date(alarm.stateUpdated), "Region": .string(RegionNames.name(partition.region)),
      "AlarmArn": .string(alarm.arn(partition).description), "OldStateValue": .string(old.rawValue),
      "OKActions": list(alarm.okActions), "AlarmActions": list(alarm.alarmActions),
      "InsufficientDataActions": list(alarm.insufficientDataActions),
    ]
    for (name, value) in alarm.notification() { object[name] = value }
    for (name, value) in alarm.toldTags(true) { object[name] = value }
    return object
  }
}
