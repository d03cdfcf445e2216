import ServiceKit
import Store
import Time

/// One mute rule, with its status. Source: Amazon CloudWatch API Reference, GetAlarmMuteRule.
struct GetAlarmMuteRule: Operation {
  struct Input: Shape {
    var alarmMuteRuleName: String
    static var limits: [Limit<Self>] { [.length("alarmMuteRuleName", \.alarmMuteRuleName, 1...255)] }
  }
  struct Output: Shape {
    var name: String
    var alarmMuteRuleArn: String
    var description: String?
    var rule: PutAlarmMuteRule.Rule
    var muteTargets: PutAlarmMuteRule.Targets?
    var startDate: Timestamp?
    var expireDate: Timestamp?
    var status: String
    var lastUpdatedTimestamp: Timestamp
    var muteType: String
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm-mute-rule:\(input.alarmMuteRuleName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    guard let rule = try call.get(AlarmMuteRule.self, input.alarmMuteRuleName) else {
      throw Fault("ResourceNotFoundException", "Alarm mute rule \(input.alarmMuteRuleName) does not exist.", status: 404)
    }
    return Output(
      name: rule.name, alarmMuteRuleArn: AlarmMuteRule.arn(rule.name, call.partition).description, description: rule.description,
      rule: .init(schedule: .init(expression: rule.expression, duration: rule.duration, timezone: rule.timezone)),
      muteTargets: rule.targets.isEmpty ? nil : .init(alarmNames: rule.targets), startDate: rule.start, expireDate: rule.expire,
      status: rule.status(at: call.now).rawValue, lastUpdatedTimestamp: rule.updated, muteType: rule.muteType)
  }
}

extension AlarmMuteRule {
  var muteType: String { isOneTime ? "ONE_TIME" : "RECURRING" }
}
