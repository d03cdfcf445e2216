import ServiceKit
import Store

/// Deletes a mute rule; the alarms it mutes act at once. Source: Amazon CloudWatch API Reference, DeleteAlarmMuteRule.
struct DeleteAlarmMuteRule: Operation {
  struct Input: Shape {
    var alarmMuteRuleName: String
    static var limits: [Limit<Self>] { [.length("alarmMuteRuleName", \.alarmMuteRuleName, 1...255)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm-mute-rule:\(input.alarmMuteRuleName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    guard let rule = try call.get(AlarmMuteRule.self, input.alarmMuteRuleName) else { return Empty() }
    for target in rule.targets { try call.delete(MuteLink.self, MuteLink(alarm: target, rule: rule.name).key) }
    try call.delete(AlarmMuteRule.self, rule.name)
    try call.transaction.cancel(EndMute.queue, key: rule.name, in: call.partition)
    for target in rule.targets { try call.unmute(target) }
    return Empty()
  }
}
