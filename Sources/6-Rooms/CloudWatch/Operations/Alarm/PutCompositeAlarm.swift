import JSON
import MetricMath
import ServiceKit
import Store
import Time

/// Makes or replaces an alarm whose state follows from those of others.
///
/// Source: Amazon CloudWatch API Reference, PutCompositeAlarm. Cycles can be made, as on AWS; evaluation stops where one begins.
struct PutCompositeAlarm: Operation {
  struct Input: Shape {
    var actionsEnabled: Bool?
    var alarmActions: [String]?
    var alarmDescription: String?
    var alarmName: String
    var alarmRule: String
    var insufficientDataActions: [String]?
    var oKActions: [String]?
    var tags: [Tag]?
    var actionsSuppressor: String?
    var actionsSuppressorWaitPeriod: Int?
    var actionsSuppressorExtensionPeriod: Int?
    var actionConfiguration: ActionConfiguration?
    static var limits: [Limit<Self>] {
      AlarmLimits.common(
        name: \.alarmName, description: \.alarmDescription, ok: \.oKActions, alarm: \.alarmActions, insufficient: \.insufficientDataActions)
        + [
          .length("alarmRule", \.alarmRule, 1...10_240), .count("tags", \.tags, 0...50),
          .length("actionsSuppressor", \.actionsSuppressor, 1...1_600),
          .range("actionsSuppressorWaitPeriod", \.actionsSuppressorWaitPeriod, 0...86_400),
          .range("actionsSuppressorExtensionPeriod", \.actionsSuppressorExtensionPeriod, 0...86_400),
        ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    try call.checkName(input.alarmName, isOther: Alarm.self)
    let rule: AlarmRule
    do { rule = try AlarmRule(input.alarmRule) } catch { throw Fault.broken(error.message) }
    let known = try call.get(CompositeAlarm.self, input.alarmName)
    try checkSuppressor(input, call)
    try input.actionConfiguration?.check()
    let children = rule.references.map(\.name)
    let unknown = try children.filter { try $0 != input.alarmName && call.state(of: $0) == nil || $0 == input.alarmName && known == nil }
    guard unknown.isEmpty else {
      throw Fault.broken(
        "Could not save the composite alarm as alarms [\(unknown.joined(separator: ", "))] in the alarm rule do not exist")
    }
    var alarm = alarm(input, call.now)
    for action in alarm.allActions { try ActionForm.check(action, call.room.context.invoker, in: call.partition) }
    if let known {
      (alarm.tags, alarm.held, alarm.suppression) = (known.tags, known.held, known.suppression)
      (alarm.state, alarm.stateReason, alarm.stateReasonData) = (known.state, known.stateReason, known.stateReasonData)
      (alarm.stateUpdated, alarm.transitioned) = (known.stateUpdated, known.transitioned)
      if alarm.isConfigured(as: known) { return Empty() }
    }
    try call.link(alarm.name, children, alarm.suppressorName)
    try call.put(alarm)
    try call.noteConfiguration(alarm, was: known)
    if let known, known.suppressorName != alarm.suppressorName { try call.release(alarm.name) }
    try judge(alarm.name, isNew: known == nil, call)
    return Empty()
  }

  /// Judged in the same transaction, by what the rule says of the children's states now.
  private static func judge(_ name: String, isNew: Bool, _ call: Call<CloudWatch>) throws {
    guard var alarm = try call.get(CompositeAlarm.self, name) else { return }
    let (state, data) = try call.verdict(alarm)
    let reason = "\(alarm.arn(call.partition)) was \(isNew ? "created" : "updated") and its alarm rule evaluates to \(state.rawValue)"
    try call.change(&alarm, to: state, reason: reason, data: data)
  }

  private static func alarm(_ input: Input, _ now: Timestamp) -> CompositeAlarm {
    CompositeAlarm(
      name: input.alarmName, description: input.alarmDescription, actionsEnabled: input.actionsEnabled ?? true,
      okActions: input.oKActions ?? [], alarmActions: input.alarmActions ?? [],
      insufficientDataActions: input.insufficientDataActions ?? [], rule: input.alarmRule, suppressor: input.actionsSuppressor,
      waitPeriod: input.actionsSuppressorWaitPeriod, extensionPeriod: input.actionsSuppressorExtensionPeriod,
      actionConfiguration: input.actionConfiguration, tags: Tag.map(input.tags),
      configured: now, state: .insufficientData, stateReason: "Unchecked: Initial alarm creation", stateUpdated: now, transitioned: now)
  }

  private static func checkSuppressor(_ input: Input, _ call: Call<CloudWatch>) throws {
    guard let suppressor = input.actionsSuppressor else {
      if input.actionsSuppressorWaitPeriod != nil || input.actionsSuppressorExtensionPeriod != nil {
        throw Fault.broken("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod can only be specified with ActionsSuppressor.")
      }
      return
    }
    guard input.actionsSuppressorWaitPeriod != nil, input.actionsSuppressorExtensionPeriod != nil else {
      throw Fault.broken("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be specified with ActionsSuppressor.")
    }
    let name = CompositeAlarm.name(suppressor)
    guard name != input.alarmName, try call.state(of: name) != nil else {
      throw Fault.broken("Could not save the composite alarm as the actions suppressor \(suppressor) does not exist")
    }
  }
}

extension Call where Home == CloudWatch {
  /// Replaces what says which alarms a composite alarm needs. Throws a fault when one is needed by too many.
  func link(_ parent: String, _ children: [String], _ suppressor: String?) throws {
    try unlink(parent)
    for child in children {
      if enforcesQuotas, try links(to: child).count(where: { $0.role == .child }) >= 150 {
        throw Fault("LimitExceeded", "The alarm \(child) is part of 150 composite alarms already.")
      }
      try put(AlarmLink(child: child, parent: parent, role: .child))
    }
    if let suppressor { try put(AlarmLink(child: suppressor, parent: parent, role: .suppressor)) }
  }

  func unlink(_ parent: String) throws {
    guard let known = try get(CompositeAlarm.self, parent) else { return }
    let children = (try? AlarmRule(known.rule))?.references.map(\.name) ?? []
    for child in children { try delete(AlarmLink.self, AlarmLink(child: child, parent: parent, role: .child).key) }
    if let suppressor = known.suppressorName {
      try delete(AlarmLink.self, AlarmLink(child: suppressor, parent: parent, role: .suppressor).key)
    }
  }
}
