import JSON
import ScheduleExpression
import ServiceKit
import Store
import Time

/// The next due instant of a schedule, as the Agenda keeps it under the schedule's key.
struct ScheduleTick: Codable, Sendable {
  var schedule: String
  /// The instant the expression names. The Agenda holds it until then, or until its place in the flexible window.
  var due: Timestamp
}

/// Makes the call of a due instant due and sets the next instant, in one transaction.
///
/// After downtime the latest due instant fires, late; those before it are kept as missed.
struct FireSchedule: Worker {
  static let queue = "scheduler.fire"
  static let concurrency = 512

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let tick = try work.payload(ScheduleTick.self)
    let now = work.now
    try await work.finish { call in
      guard let schedule = try call.get(Schedule.self, tick.schedule), schedule.isEnabled else { return }
      let timing = try Timing(schedule)
      let arn = schedule.arn(call.partition)
      let identifiers = call.room.context.identifiers
      let standing = try RunLedger.catchUp(
        from: tick.due, now: now, of: arn, in: call.partition, identifiers, call.transaction, next: timing.next(after:))
      guard standing.isCurrent else {
        // The rest of a long absence follows in a transaction of its own, so that nobody waits for it.
        return try call.schedule(ScheduleTick(schedule: schedule.key, due: standing.due), for: queue, key: schedule.key, at: now)
      }
      let due = standing.due
      let invocation = Invocation(
        schedule: schedule.key, target: schedule.target, due: due, id: identifiers.uuid(), attempt: 0, first: now,
        deletes: standing.next == nil && schedule.actionAfterCompletion == "DELETE")
      try call.schedule(invocation, for: CallTarget.queue)
      let run = ScheduledRun.given(due: due, at: now - schedule.place(due), id: invocation.id)
      try RunLedger.record(run, of: arn, in: call.partition, call.transaction)
      try call.time(schedule, after: due)
    }
  }
}

extension Schedule {
  /// How far into its flexible window an instant of this schedule is called: the same each time it is asked, spread over schedules.
  func place(_ due: Timestamp) -> Duration {
    guard flexibleTimeWindow.mode == "FLEXIBLE", let minutes = flexibleTimeWindow.maximumWindowInMinutes else { return .zero }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(key)@\(due.seconds)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return .seconds(Int64(hash % UInt64(minutes * 60)))
  }
}

extension Call where Home == Scheduler {
  /// Sets the schedule's timer to the first instant after the given one. None is set for a schedule that is off or has ended.
  func time(_ schedule: Schedule, after instant: Timestamp) throws {
    guard schedule.isEnabled, let next = try Timing(schedule).next(after: instant) else {
      try transaction.cancel(FireSchedule.queue, key: schedule.key, in: partition)
      return
    }
    try self.schedule(
      ScheduleTick(schedule: schedule.key, due: next), for: FireSchedule.queue, key: schedule.key, at: next + schedule.place(next))
  }
}
