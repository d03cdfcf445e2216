import JSON
import ServiceKit
import Store
import Time

/// A due instant as nearly all are: the server runs, no instant was missed, the target's room works in transactions.
///
/// What can be known beforehand is made ready before it is due, outside the store's writer. Then call, run with what was sent, and next
/// instant are one commit. Whoever changes or deletes a schedule replaces or cancels its timer; what was made ready then holds nothing more.
final class PromptCall: Sendable {
  private let schedule: Schedule
  private let due: Timestamp
  private let planned: Timestamp
  private let invocation: Invocation
  private let attempt: TargetAttempt
  private let run: ReadyRun
  private let ready: ReadyCall
  private let context: CallContext
  /// The timer of the next instant; nil when there is none.
  private let next: (due: Timestamp, payload: [UInt8])?

  /// Nil for an instant that has to go the long way.
  init?(_ tick: ScheduleTick, _ work: Work<Scheduler>) async throws {
    let planned = work.task.entry.due
    guard work.now - planned < .seconds(1), let schedule = try await work.read({ try $0.get(Schedule.self, tick.schedule) }),
      schedule.isEnabled
    else { return nil }
    let calendar = try ScheduleCalendar(schedule.timing)
    let following = calendar.next(after: tick.due)
    guard tick.due + schedule.place(tick.due, calendar) == planned, following.map({ $0 > max(planned, work.now) }) ?? true else {
      return nil
    }
    let id = work.room.context.identifiers.uuid()
    invocation = Invocation(
      schedule: schedule.key, target: schedule.target, due: tick.due, id: id, attempt: 0, first: planned,
      deletes: following == nil && schedule.actionAfterCompletion == "DELETE", run: ScheduledRun.key(schedule.owner, tick.due))
    let text = CallTarget.input(invocation, work.partition)
    attempt = CallTarget.attempt(invocation, text, work.partition)
    do {
      let (destination, invoker) = (try CallTarget.destination(invocation, text, work), work.room.context.invoker)
      guard try invoker.isTransactional(destination.service, destination.operation) else { return nil }
      var context = destination.context
      context.now = max(planned, context.now)
      ready = try invoker.ready(destination.service, destination.operation, destination.input, context)
      self.context = context
    } catch is Fault {
      // What is wrong with the target is told and tried again by the long way.
      return nil
    }
    run = try ReadyRun(
      .given(schedule.owner, due: tick.due, planned: planned, at: planned, invocation: id), planned: planned,
      attempt.record(.delivered, at: planned))
    self.schedule = schedule
    self.planned = planned
    due = tick.due
    next = try following.map { following in
      (following + schedule.place(following, calendar), try JSONValue(encoding: ScheduleTick(schedule: schedule.key, due: following)).bytes)
    }
  }

  /// Thrown to undo all of it when the target refuses: the long way keeps account of refusals.
  private struct Refused: Error {}

  /// Makes the call when it is due. Answers false, and has changed nothing, when the target refuses. Throws ClaimLost.
  func make(_ work: Work<Scheduler>) async throws -> Bool {
    do {
      let (outcome, at) = try await work.settleWhenDue(next: next) { (try self.deliver($0), $0.now) }
      CallTarget.count(attempt.record(.delivered, at: at), invocation, work)
      RunLedger.count(outcome, of: schedule.owner, in: work.partition, work.room.context.counters)
      return true
    } catch is Refused {
      return false
    }
  }

  /// Calls the target and keeps the run, with no more work than has to be done in the store's writer.
  private func deliver(_ call: Call<Scheduler>) throws -> ScheduledRun.Outcome {
    var context = context
    context.now = call.now
    let answer: JSONValue
    do throws(Fault) {
      answer = try call.room.context.invoker.call(ready, context, in: call.transaction)
    } catch { throw Refused() }
    let outcome: ScheduledRun.Outcome
    if run.isLate(at: call.now) {
      var late = ScheduledRun.given(schedule.owner, due: due, planned: planned, at: call.now, invocation: invocation.id)
      late.targets = [ScheduledRun.Target(only: attempt.record(.delivered, at: call.now, answer: answer))]
      try RunLedger.keep(late, of: schedule.owner, call)
      outcome = late.outcome
    } else {
      try RunLedger.keep(try run.body(at: call.now, answer: answer), run.key, due: due, of: schedule.owner, call)
      outcome = .fired
    }
    if invocation.deletes { try call.remove(schedule.key) }
    return outcome
  }
}
