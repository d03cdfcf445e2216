import JSON
import ServiceKit
import Time

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
      if let alarm = try get(Alarm.self, name) { try setActions(enabled, alarm) }
      if let alarm = try get(CompositeAlarm.self, name) { try setActions(enabled, alarm) }
    }
  }

  private func setActions<Record: AlarmRecord>(_ enabled: Bool, _ old: Record) throws {
    guard old.actionsEnabled != enabled else { return }
    var alarm = old
    alarm.actionsEnabled = enabled
    alarm.configured = max(now, old.configured + .microseconds(1))
    try store(alarm)
    try noteConfiguration(alarm, was: old)
  }
}
