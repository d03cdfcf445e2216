import JSON
import ServiceKit

/// Lets alarms act again. Source: Amazon CloudWatch API Reference, EnableAlarmActions.
struct EnableAlarmActions: Operation {
  struct Input: Shape {
    var alarmNames: [String]
    static var limits: [Limit<Self>] { [.count("alarmNames", \.alarmNames, 0...100)] }
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    try call.setActions(enabled: true, of: input.alarmNames)
    return Empty()
  }
}

extension Call where Home == CloudWatch {
  /// Names that are not there are passed over.
  func setActions(enabled: Bool, of names: [String]) throws {
    for name in Set(names) {
      guard var alarm = try get(Alarm.self, name), alarm.actionsEnabled != enabled else { continue }
      alarm.actionsEnabled = enabled
      alarm.configured = now
      try put(alarm)
      try judgeAgain(alarm)
      try record(
        alarm, "ConfigurationUpdate", "Alarm \"\(name)\" updated", ["version": "1.0", "type": "Update", "actionsEnabled": .bool(enabled)])
    }
  }
}
