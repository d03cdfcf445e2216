import JSON
import ServiceKit
import Store

/// Puts an alarm into a state, until it is judged next: for trying out its actions.
///
/// A metric alarm is judged at the next turn of its period; a composite alarm when an alarm it needs changes.
/// Source: Amazon CloudWatch API Reference, SetAlarmState.
struct SetAlarmState: Operation {
  struct Input: Shape {
    var alarmName: String
    var stateValue: String
    var stateReason: String
    var stateReasonData: String?
    static var limits: [Limit<Self>] {
      [
        .length("alarmName", \.alarmName, 1...255), .length("stateReason", \.stateReason, 0...1_023),
        .length("stateReasonData", \.stateReasonData, 0...4_000),
        .oneOf("stateValue", \.stateValue, AlarmState.allCases.map(\.rawValue)),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    guard let state = AlarmState(rawValue: input.stateValue) else { return Empty() }
    var data: JSONValue?
    if let text = input.stateReasonData {
      do { data = try JSONValue(parsing: text) } catch {
        throw Fault("InvalidFormat", "StateReasonData was not valid JSON: \(error.message)", queryCode: "InvalidFormat")
      }
    }
    if var alarm = try call.get(Alarm.self, input.alarmName) {
      guard alarm.state != state else { return Empty() }
      try call.change(&alarm, to: state, reason: input.stateReason, data: data)
      let (room, name) = (call.room, AlarmBoard.Name(partition: call.partition, name: alarm.name))
      call.transaction.afterCommit { room.board.again(name) }
    } else if var alarm = try call.get(CompositeAlarm.self, input.alarmName) {
      try call.change(&alarm, to: state, reason: input.stateReason, data: data)
    } else {
      throw Fault("ResourceNotFound", "Alarm \(input.alarmName) does not exist.", status: 404)
    }
    return Empty()
  }
}
