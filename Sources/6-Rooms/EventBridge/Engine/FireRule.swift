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
  /// Missed instants kept in one transaction; after a long absence the rest follows in others, so that nobody waits for it.
  private static let missedAtOnce = 1_000

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let tick = try work.payload(RuleTick.self)
    let now = work.now
    try await work.finish { call in
      guard let rule = try call.get(Rule.self, tick.rule), rule.isEnabled, let schedule = rule.schedule else { return }
      var due = tick.due
      var next = rule.next(after: due, schedule)
      let arn = rule.arn(call.partition)
      let identifiers = call.room.context.identifiers
      var missedSoFar = 0
      while let following = next, following <= now {
        if missedSoFar == missedAtOnce {
          return try call.schedule(RuleTick(rule: rule.key, due: due), for: queue, key: rule.key, at: now)
        }
        missedSoFar += 1
        let missed = ScheduledRun(
          due: due, outcome: .missed, at: now, reason: "The server did not run at its time, and a later instant has come due since.",
          id: identifiers.uuid())
        try RunLedger.record(missed, of: arn, in: call.partition, call.transaction)
        due = following
        next = rule.next(after: due, schedule)
      }
      let event = Event(
        id: identifiers.uuid(), source: "aws.events", detailType: "Scheduled Event", account: call.partition.account,
        region: call.partition.region, time: due, resources: [arn.description], detail: .object(JSONObject()))
      try call.room.dispatch(Routed(event: event, hops: 0, ingested: now), to: rule, in: call.partition, call.transaction)
      try RunLedger.record(.given(due: due, at: now, id: event.id), of: arn, in: call.partition, call.transaction)
      if let next { try call.schedule(RuleTick(rule: rule.key, due: next), for: queue, key: rule.key, at: next) }
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
