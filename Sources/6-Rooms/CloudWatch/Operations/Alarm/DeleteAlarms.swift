import ServiceKit
import Store

/// Deletes alarms with their history; all of them or none. Source: Amazon CloudWatch API Reference, DeleteAlarms.
struct DeleteAlarms: Operation {
  struct Input: Shape {
    var alarmNames: [String]
    static var limits: [Limit<Self>] { [.count("alarmNames", \.alarmNames, 0...100)] }
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    for name in Set(input.alarmNames) {
      guard let alarm = try call.get(Alarm.self, name) else { continue }
      try call.delete(Alarm.self, name)
      try call.transaction.delete(alarm.history(call.partition))
      try call.transaction.cancel(EvaluateAlarm.queue, key: name, in: call.partition)
    }
    return Empty()
  }
}
