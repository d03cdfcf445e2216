import JSON
import ServiceKit
import Store

/// Puts an alarm into a state, until it is judged next: for trying out its actions. Source: Amazon CloudWatch API Reference, SetAlarmState.
struct SetAlarmState: Operation {
  struct Input: Shape {
    var alarmName: String
    var stateValue: String
    var stateReason: String
    var stateReasonData: String?
    static var limits: [Limit<Self>] {
      [
        .length("alarmName", \.alarmName, 1...255), .length("stateReason", \.stateReason, 0...1_023),
        .oneOf("stateValue", \.stateValue, ["OK", "ALARM", "INSUFFICIENT_DATA"]),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    guard var alarm = try call.get(Alarm.self, input.alarmName), let state = AlarmState(rawValue: input.stateValue) else {
      throw Fault("ResourceNotFound", "Alarm \(input.alarmName) does not exist.", status: 404)
    }
    var data: JSONValue?
    if let text = input.stateReasonData {
      do { data = try JSONValue(parsing: text) } catch {
        throw Fault("InvalidFormat", "StateReasonData was not valid JSON: \(error.message)", queryCode: "InvalidFormat")
      }
    }
    try call.change(&alarm, to: state, reason: input.stateReason, data: data)
    try call.judgeAgain(alarm)
    return Empty()
  }
}
