import JSON
import ScheduleExpression
import ServiceKit
import Store
import Time

/// The next due instant of a scheduled rule, as the Agenda keeps it under the rule's key.
struct RuleTick: Codable, Sendable {
  var rule: String
  var due: Timestamp
}

/// Fires a scheduled rule and sets its next instant, in one transaction.
///
/// After downtime the latest due instant fires, late; those before it are kept as missed.
struct FireRule: Worker {
  static let queue = "events.fire"
  static let concurrency = 256

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let tick = try work.payload(RuleTick.self)
    let now = work.now
    try await work.finish { call in
      guard let rule = try call.get(Rule.self, tick.rule), rule.isEnabled, let schedule = rule.schedule else { return }
      let arn = rule.arn(call.partition)
      let identifiers = call.room.context.identifiers
      let standing = try RunLedger.catchUp(
        from: tick.due, now: now, of: arn, in: call.partition, identifiers, call.transaction, next: { rule.next(after: $0, schedule) })
      guard standing.isCurrent else {
        // The rest of a long absence follows in a transaction of its own, so that nobody waits for it.
        return try call.schedule(RuleTick(rule: rule.key, due: standing.due), for: queue, key: rule.key, at: now)
      }
      let due = standing.due
      let event = Event(
        id: identifiers.uuid(), source: "aws.events", detailType: "Scheduled Event", account: call.partition.account,
        region: call.partition.region, time: due, resources: [arn.description], detail: .object(JSONObject()))
      try call.room.dispatch(Routed(event: event, hops: 0, ingested: now), to: rule, in: call.partition, call.transaction)
      try RunLedger.record(.given(due: due, at: now, id: event.id), of: arn, in: call.partition, call.transaction)
      if let next = standing.next { try call.schedule(RuleTick(rule: rule.key, due: next), for: queue, key: rule.key, at: next) }
    }
  }
}

extension Rule {
  var schedule: ScheduleExpression? {
    scheduleExpression.flatMap { try? ScheduleExpression($0, dialect: .rule) }
  }

  /// The first due instant after the given one. Rates count from when the expression was set.
  func next(after instant: Timestamp, _ schedule: ScheduleExpression) -> Timestamp? {
    schedule.next(after: instant, in: .utc, anchor: anchor)
  }
}

extension Call where Home == EventBridge {
  /// Sets the rule's timer by its expression and state, from now on: nothing of the past fires.
  func time(_ rule: Rule) throws {
    if rule.isEnabled, let schedule = rule.schedule, let next = rule.next(after: now, schedule) {
      try self.schedule(RuleTick(rule: rule.key, due: next), for: FireRule.queue, key: rule.key, at: next)
    } else {
      try transaction.cancel(FireRule.queue, key: rule.key, in: partition)
    }
  }
}
