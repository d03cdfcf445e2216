import JSON
import ServiceKit
import Store
import Time

/// A mute rule that is active now, and its window.
struct ActiveMute: Sendable {
  var rule: String
  var start: Timestamp
  var end: Timestamp

  func detail(_ partition: Partition) -> JSONValue {
    [
      "mutedByArn": .string(AlarmMuteRule.arn(rule, partition).description), "muteWindowStart": AlarmJSON.date(start),
      "muteWindowEnd": AlarmJSON.date(end),
    ]
  }
}

/// Alarms whose actions mute rules keep back.
///
/// Source: Amazon CloudWatch User Guide, "How alarm mute rules work".
extension Call where Home == CloudWatch {
  /// The active rule that mutes the alarm for longest; nil when none does.
  func mute(of name: String) throws -> ActiveMute? {
    var found: ActiveMute?
    try transaction.forEach(MuteLink.self, in: partition, prefix: MuteLink.prefix(name)) { link in
      guard let rule = try get(AlarmMuteRule.self, link.rule), let window = rule.window(at: now) else { return true }
      if window.end > found?.end ?? .distantPast { found = ActiveMute(rule: rule.name, start: window.start, end: window.end) }
      return true
    }
    return found
  }

  func noteMuted<Record: AlarmRecord>(_ alarm: Record, _ mute: ActiveMute) throws {
    let actions = alarm.actions(for: alarm.state)
    guard !actions.isEmpty else { return }
    try record(
      alarm, "Action", "Actions for state \(alarm.state.rawValue) muted by alarm mute rule \(mute.rule)",
      [
        "actionState": "Muted", "stateUpdateTimestamp": .int(alarm.stateUpdated.milliseconds),
        "notificationResources": .array(actions.map { .string($0) }), "muteDetail": mute.detail(partition),
      ])
  }

  /// Does what was muted, if no other rule mutes the alarm and it is not in the state in which it last acted.
  func unmute(_ name: String) throws {
    if var alarm = try get(Alarm.self, name) { return try unmute(&alarm) }
    if var alarm = try get(CompositeAlarm.self, name) { return try unmute(&alarm) }
  }

  private func unmute<Record: AlarmRecord>(_ alarm: inout Record) throws {
    guard let held = alarm.held, try mute(of: alarm.name) == nil else { return }
    alarm.held = nil
    try store(alarm)
    // A suppressor that keeps the actions back as well decides later.
    guard alarm.state != held.from, alarm.actionsEnabled, alarm.suppressedBy == nil else { return }
    let contributors = try get(AlarmContributors.self, alarm.name)?.inAlarm ?? []
    if contributors.isEmpty { return try act(alarm, from: held.from) }
    for one in contributors { try act(alarm, from: held.from, contributor: one.identity) }
  }

  /// Makes the end of the rule's window due, or of the next one.
  func scheduleEnd(of rule: AlarmMuteRule, after instant: Timestamp) throws {
    let window = rule.window(at: instant) ?? rule.nextWindow(after: instant)
    guard let window else { return _ = try transaction.cancel(EndMute.queue, key: rule.name, in: partition) }
    try schedule(rule.name, for: EndMute.queue, key: rule.name, at: window.end)
  }
}

/// Unmutes the alarms of a rule whose window has ended.
struct EndMute: Worker {
  static let queue = "cloudwatch.mute-end"

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let name = try work.payload(String.self)
    try await work.finish { call in
      guard let rule = try call.get(AlarmMuteRule.self, name) else { return }
      for alarm in rule.targets { try call.unmute(alarm) }
      try call.scheduleEnd(of: rule, after: call.now)
    }
  }
}
