import JSON
import ServiceKit
import Store
import Time

/// The next due instant of a scheduled rule, as the Agenda keeps it under the rule's key.
struct RuleTick: Codable, Sendable {
  var rule: String
  var due: Timestamp
  /// By what the instant was found, so that a rule that has been changed since accounts for it by what it was.
  var timing: ScheduleTiming?
}

/// Fires a scheduled rule and sets its next instant, in one transaction. After downtime the catch-up policy says what fires.
struct FireRule: Worker {
  static let queue = "events.fire"
  static let concurrency = 512

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let tick = try work.payload(RuleTick.self)
    try await work.finish { call in
      guard let rule = try call.get(Rule.self, tick.rule), rule.isEnabled, let timing = rule.timing else { return }
      let next = try call.ring(rule.owner, timing, ScheduleCalendar(timing), due: tick.due, call.actions(rule))
      try call.setTimer(rule, timing, next)
    }
  }
}

/// Fires what an absence left of rules whose catch-up policy is to fire all.
struct CatchUpRule: Worker {
  static let queue = "events.catch-up"
  static let concurrency = 16

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let task = try work.payload(CatchUpTask.self)
    try await work.finish { call in
      guard let rule = try call.get(Rule.self, task.owner.key) else { return }
      try call.catchUp(task, isEnabled: rule.isEnabled, queue: queue) { due, _ in try call.fire(rule, due: due).key }
    }
  }
}

extension Rule {
  var owner: RunOwner { .rule(name) }

  /// Nil for a rule without a schedule. Rates count from when the expression was set.
  var timing: ScheduleTiming? { scheduleExpression.map { ScheduleTiming($0, isRule: true, anchor: anchor) } }
}

extension Call where Home == EventBridge {
  func actions(_ rule: Rule) -> RunActions {
    RunActions(catchUpQueue: CatchUpRule.queue) { due, _ in _ = try fire(rule, due: due) }
  }

  /// Gives the event of an instant to the rule's targets; the run is in the ledger.
  func fire(_ rule: Rule, due: Timestamp, cause: ScheduledRun.Cause = .schedule, backfill: String? = nil) throws -> ScheduledRun {
    let event = Event(
      id: room.context.identifiers.uuid(), source: "aws.events", detailType: "Scheduled Event", account: partition.account,
      region: partition.region, time: due, resources: [rule.arn(partition).description], detail: .object(JSONObject()))
    let run = ScheduledRun.given(
      rule.owner, due: due, planned: due, at: now, invocation: event.id, cause: cause, backfill: backfill, expected: rule.targets.count)
    try room.dispatch(Routed(event: event, hops: 0, ingested: now, run: run.key), to: rule, in: partition, transaction)
    try RunLedger.record(run, of: rule.owner, self)
    return run
  }

  func setTimer(_ rule: Rule, _ timing: ScheduleTiming?, _ next: Timestamp?) throws {
    guard rule.isEnabled, let timing, let next else {
      try transaction.cancel(FireRule.queue, key: rule.key, in: partition)
      return
    }
    try schedule(RuleTick(rule: rule.key, due: next, timing: timing), for: FireRule.queue, key: rule.key, at: next)
  }

  /// Sets the timer of a rule that was made, changed, or switched on or off: it counts from now. What was due of it before is accounted for.
  func time(_ rule: Rule) throws {
    let entry = try transaction.entry(FireRule.queue, key: rule.key, in: partition)
    let tick = try entry.map { try JSONValue(parsing: $0.payload).decode(RuleTick.self) }
    let paused = rule.eventBusName == EventBus.standard ? try get(PausedTiming.self, rule.owner.resource)?.timing : nil
    if let timing = tick?.timing ?? rule.timing ?? paused {
      try retire(rule.owner, timing, due: tick?.due, isOff: !rule.isEnabled, actions(rule))
    }
    let timing = rule.timing
    if let timing, !rule.isEnabled { try pause(rule.owner, timing) }
    try setTimer(rule, timing, timing.map { try ScheduleCalendar($0) }?.next(after: now))
  }
}
