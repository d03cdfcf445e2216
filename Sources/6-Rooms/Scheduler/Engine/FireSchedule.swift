import JSON
import ServiceKit
import Store
import Time

/// The next due instant of a schedule, as the Agenda keeps it under the schedule's key.
struct ScheduleTick: Codable, Sendable {
  var schedule: String
  /// The instant the expression names. The Agenda holds it until then, or until its place in the flexible window.
  var due: Timestamp
}

/// Makes the call of a due instant due and sets the next instant, in one transaction. After downtime the catch-up policy says what fires.
///
/// An instant that is not late, of a target whose room works in transactions, is called in that transaction itself: see `PromptCall`.
struct FireSchedule: Worker {
  static let queue = "scheduler.fire"
  /// As many as may be made ready before they are due.
  static let concurrency = 10_240
  static let lookahead = Duration.seconds(2)

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let tick = try work.payload(ScheduleTick.self)
    // In a task of its own, whose memory is free again when it ends: thousands may wait here.
    let prompt = try await Task { try await PromptCall(tick, work) }.value
    if let prompt, try await prompt.make(work) { return }
    try await work.untilDue()
    try await work.finish { call in
      guard let schedule = try call.get(Schedule.self, tick.schedule), schedule.isEnabled else { return }
      let calendar = try ScheduleCalendar(schedule.timing)
      let next = try call.ring(schedule.owner, schedule.timing, calendar, due: tick.due, call.actions(schedule, calendar))
      try call.setTimer(schedule, next, calendar)
    }
  }
}

/// Fires what an absence left of schedules whose catch-up policy is to fire all.
struct CatchUpSchedule: Worker {
  static let queue = "scheduler.catch-up"
  static let concurrency = 16

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let task = try work.payload(CatchUpTask.self)
    try await work.finish { call in
      guard let schedule = try call.get(Schedule.self, task.owner.key) else { return }
      try call.catchUp(task, isEnabled: schedule.isEnabled, queue: queue) { due, isLast in
        try call.invoke(schedule, due: due, planned: due, isLast: isLast).key
      }
    }
  }
}

extension Schedule {
  /// How far into its flexible window an instant of this schedule is called: the same each time it is asked, spread over schedules, and never
  /// beyond the next instant.
  func place(_ due: Timestamp, _ calendar: ScheduleCalendar) -> Duration {
    guard flexibleTimeWindow.mode == "FLEXIBLE", let minutes = flexibleTimeWindow.maximumWindowInMinutes else { return .zero }
    let gap = calendar.next(after: due).map { ($0 - due).milliseconds } ?? .max
    let window = max(1, min(Int64(minutes) * 60_000, gap))
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(key)@\(due.microseconds)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    // FNV alone leaves neighbours close together.
    var mixed = SplitMix(state: hash)
    return .milliseconds(Int64(mixed.next() % UInt64(window)))
  }
}

extension Call where Home == Scheduler {
  func actions(_ schedule: Schedule, _ calendar: ScheduleCalendar) -> RunActions {
    let place: (Timestamp) -> Duration = { schedule.place($0, calendar) }
    return RunActions(catchUpQueue: CatchUpSchedule.queue, place: place) { due, isLast in
      try invoke(schedule, due: due, planned: due + place(due), isLast: isLast)
    }
  }

  /// Gives an instant to the schedule's target: the call is due now, the run is in the ledger.
  @discardableResult
  func invoke(
    _ schedule: Schedule, due: Timestamp, planned: Timestamp, cause: ScheduledRun.Cause = .schedule, backfill: String? = nil,
    isLast: Bool = false
  ) throws -> ScheduledRun {
    let id = room.context.identifiers.uuid()
    let run = ScheduledRun.given(
      schedule.owner, due: due, planned: planned, at: now, invocation: id, cause: cause, backfill: backfill)
    let invocation = Invocation(
      schedule: schedule.key, target: schedule.target, due: due, id: id, attempt: 0, first: now,
      deletes: isLast && schedule.actionAfterCompletion == "DELETE", run: run.key)
    try self.schedule(invocation, for: AgendaEntry.lane(schedule.target.arn, of: CallTarget.queue))
    try RunLedger.record(run, of: schedule.owner, self)
    return run
  }

  /// Sets the schedule's timer to the instant; none is set for a schedule that is off or has ended.
  func setTimer(_ schedule: Schedule, _ next: Timestamp?, _ calendar: ScheduleCalendar) throws {
    guard schedule.isEnabled, let next else {
      try transaction.cancel(FireSchedule.queue, key: schedule.key, in: partition)
      return
    }
    try self.schedule(
      ScheduleTick(schedule: schedule.key, due: next), for: FireSchedule.queue, key: schedule.key, at: next + schedule.place(next, calendar)
    )
  }

  /// Accounts for what an existing schedule has due before another state of it takes over.
  func retire(_ schedule: Schedule, isOff: Bool) throws {
    let entry = try transaction.entry(FireSchedule.queue, key: schedule.key, in: partition)
    let due = try entry.map { try JSONValue(parsing: $0.payload).decode(ScheduleTick.self).due }
    let calendar = try ScheduleCalendar(schedule.timing)
    try retire(schedule.owner, schedule.timing, due: due, isOff: isOff, actions(schedule, calendar))
  }

  /// Sets the timer of a schedule that was made or changed: it counts from now. One that is off is paused from now.
  func begin(_ schedule: Schedule, firesAtOnce: Bool = false) throws {
    let calendar = try ScheduleCalendar(schedule.timing)
    if !schedule.isEnabled { try pause(schedule.owner, schedule.timing) }
    try setTimer(schedule, calendar.next(after: firesAtOnce ? now - .microseconds(1) : now), calendar)
  }

  /// Deletes a schedule with its timer and its runs.
  func remove(_ key: String) throws {
    guard let schedule = try get(Schedule.self, key) else { return }
    try delete(Schedule.self, key)
    count(-1)
    try transaction.cancel(FireSchedule.queue, key: key, in: partition)
    try RunLedger.forget(schedule.owner, self)
    try DeliveryLog.forget(schedule.arn(partition), in: partition, transaction)
  }
}
