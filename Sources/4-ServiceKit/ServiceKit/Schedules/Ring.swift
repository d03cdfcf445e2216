import JSON
import Store
import Time

/// What carries a plan out for one schedule or rule.
package struct RunActions {
  /// Gives the instant to the target or targets; the last one where it says so.
  package var fire: (_ due: Timestamp, _ isLast: Bool) throws -> Void
  /// Where the instants that an absence left are worked off.
  package var catchUpQueue: String
  /// How far into its flexible window an instant is called.
  package var place: (Timestamp) -> Duration

  package init(
    catchUpQueue: String, place: @escaping (Timestamp) -> Duration = { _ in .zero },
    fire: @escaping (_ due: Timestamp, _ isLast: Bool) throws -> Void
  ) {
    self.fire = fire
    self.catchUpQueue = catchUpQueue
    self.place = place
  }
}

/// Instants that came due while the server did not run, on their way to be fired, oldest first.
package struct CatchUpTask: Codable, Sendable {
  package var owner: RunOwner
  package var timing: ScheduleTiming
  package var span: RunSpan
  /// Whether the schedule has no instant after the span.
  package var endsSchedule: Bool
  /// The runs given last.
  package var batch: [String]
}

extension Call {
  /// Does what is due of a schedule whose timer rings. Answers the instant the timer is to be set to.
  package func ring(
    _ owner: RunOwner, _ timing: ScheduleTiming, _ calendar: ScheduleCalendar, due: Timestamp, _ actions: RunActions
  ) throws -> Timestamp? {
    let plan = try RunPlan(
      due: due, now: now, policy: try transaction.catchUpPolicy(of: owner, in: partition), calendar: calendar, place: actions.place)
    if let passed = plan.passed { try RunLedger.account(PassedRuns(owner, timing, passed, at: now), self) }
    if let fire = plan.fire { try actions.fire(fire, plan.next == nil) }
    if let span = plan.catchUp {
      let task = CatchUpTask(owner: owner, timing: timing, span: span, endsSchedule: plan.next == nil, batch: [])
      try schedule(task, for: actions.catchUpQueue)
    }
    return plan.next
  }

  /// Accounts for what is due of a schedule before its timing or state changes, so that the new one never stands for the past.
  ///
  /// - Parameters:
  ///   - due: what its timer stands at; nil for none.
  ///   - isOff: whether it is being switched off: what has not been given to its target is skipped then.
  package func retire(
    _ owner: RunOwner, _ timing: ScheduleTiming, due: Timestamp?, isOff: Bool, _ actions: RunActions
  ) throws {
    if let paused = try get(PausedTiming.self, owner.resource) {
      try delete(PausedTiming.self, owner.resource)
      let calendar = try ScheduleCalendar(paused.timing)
      guard let first = calendar.next(after: paused.since), first <= now, let last = calendar.previous(before: now + .microseconds(1))
      else {
        return
      }
      let passed = RunPlan.Passed(RunSpan(first, max(first, last)), .skipped, RunPlan.switchedOff)
      return try RunLedger.account(PassedRuns(owner, paused.timing, passed, at: now), self)
    }
    guard let due, due <= now else { return }
    let calendar = try ScheduleCalendar(timing)
    if isOff {
      let last = max(due, calendar.previous(before: now + .microseconds(1)) ?? due)
      let passed = RunPlan.Passed(RunSpan(due, last), .skipped, "It was switched off before it was given to its target.")
      return try RunLedger.account(PassedRuns(owner, timing, passed, at: now), self)
    }
    // One that waits for its place in a flexible window goes out at once.
    if let waiting = try ring(owner, timing, calendar, due: due, actions), waiting <= now { try actions.fire(waiting, false) }
  }

  /// Remembers from when on the instants of a schedule that is off are skipped.
  package func pause(_ owner: RunOwner, _ timing: ScheduleTiming) throws {
    try put(PausedTiming(key: owner.resource, since: now, timing: timing))
  }

  /// Fires the next few instants that an absence left, once those before them have been tried: at most ten are on their way.
  ///
  /// - Parameter fire: gives the instant to the target; answers the run's key.
  package func catchUp(_ task: CatchUpTask, isEnabled: Bool, queue: String, _ fire: (Timestamp, _ isLast: Bool) throws -> String) throws {
    guard isEnabled else {
      let passed = RunPlan.Passed(task.span, .skipped, "It was switched off before it was given to its target.")
      return try RunLedger.account(PassedRuns(task.owner, task.timing, passed, at: now), self)
    }
    for key in task.batch {
      guard let run = try get(ScheduledRun.self, key), !run.isTried else { continue }
      return try schedule(task, for: queue, at: now + .seconds(1))
    }
    let calendar = try ScheduleCalendar(task.timing)
    var rest = task
    rest.batch = []
    var position = calendar.next(after: task.span.first - .microseconds(1))
    while let due = position, due <= task.span.last {
      if rest.batch.count == 10 {
        rest.span.first = due
        return try schedule(rest, for: queue, at: now + .milliseconds(100))
      }
      position = calendar.next(after: due)
      let isLast = task.endsSchedule && (position.map { $0 > task.span.last } ?? true)
      rest.batch.append(try fire(due, isLast))
    }
  }
}
