import ServiceKit

/// Keeps alarms from acting. Source: Amazon CloudWatch API Reference, DisableAlarmActions.
struct DisableAlarmActions: Operation {
  struct Input: Shape {
    var alarmNames: [String]
    static var limits: [Limit<Self>] { [.count("alarmNames", \.alarmNames, 0...100)] }
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    try call.setActions(enabled: false, of: input.alarmNames)
    return Empty()
  }
}
