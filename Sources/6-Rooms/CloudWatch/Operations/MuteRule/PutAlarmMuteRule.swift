import ServiceKit
import Store
import Time

/// Makes or replaces a rule that keeps actions of alarms back at times.
///
/// Source: Amazon CloudWatch API Reference, PutAlarmMuteRule; User Guide, "Alarm Mute Rules".
struct PutAlarmMuteRule: Operation {
  struct Input: Shape {
    var name: String
    var description: String?
    var rule: Rule
    var muteTargets: Targets?
    var tags: [Tag]?
    var startDate: Timestamp?
    var expireDate: Timestamp?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...255), .length("description", \.description, 0...1_024), .count("tags", \.tags, 0...50)]
    }
  }
  struct Rule: Shape {
    var schedule: Schedule
  }
  struct Schedule: Shape {
    var expression: String
    var duration: String
    var timezone: String?
    static var limits: [Limit<Self>] {
      [
        .length("expression", \.expression, 1...256), .length("duration", \.duration, 1...50),
        .length("timezone", \.timezone, 1...50),
      ]
    }
  }
  struct Targets: Shape {
    var alarmNames: [String]
    static var limits: [Limit<Self>] { [.count("alarmNames", \.alarmNames, 0...100)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm-mute-rule:\(input.name)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    if let start = input.startDate, let expire = input.expireDate, start >= expire {
      throw Fault.broken("StartDate must be before ExpireDate.")
    }
    let known = try call.get(AlarmMuteRule.self, input.name)
    let targets = (input.muteTargets?.alarmNames ?? []).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let rule = AlarmMuteRule(
      name: input.name, description: input.description, expression: input.rule.schedule.expression,
      duration: input.rule.schedule.duration, timezone: input.rule.schedule.timezone, targets: targets, start: input.startDate,
      expire: input.expireDate, tags: known?.tags ?? Tag.map(input.tags), created: known?.created ?? call.now, updated: call.now)
    _ = try rule.schedule()
    for old in known?.targets ?? [] { try call.delete(MuteLink.self, MuteLink(alarm: old, rule: rule.name).key) }
    for target in targets { try call.put(MuteLink(alarm: target, rule: rule.name)) }
    try call.put(rule)
    // Alarms that the rule mutes no longer act at once.
    for alarm in Set((known?.targets ?? []) + targets).sorted() { try call.unmute(alarm) }
    try call.scheduleEnd(of: rule, after: call.now)
    return Empty()
  }
}
