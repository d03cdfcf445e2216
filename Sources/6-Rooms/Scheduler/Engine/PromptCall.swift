import JSON
import ServiceKit
import Store
import Time

/// A due instant as nearly all are: the server runs, no instant was missed, the target's room works in transactions.
///
/// What can be known beforehand is made ready before it is due, outside the store's writer. Then call, run with what was sent, and next
/// instant are one commit. Whoever changes or deletes a schedule replaces or cancels its timer; what was made ready then holds nothing more.
struct PromptCall: Sendable {
  private let schedule: Schedule
  private let due: Timestamp
  private let planned: Timestamp
  private let invocation: Invocation
  private let text: String
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
    let run = ScheduledRun.key(schedule.owner, tick.due)
    invocation = Invocation(
      schedule: schedule.key, target: schedule.target, due: tick.due, id: id, attempt: 0, first: planned,
      deletes: following == nil && schedule.actionAfterCompletion == "DELETE", run: run)
    text = CallTarget.input(invocation, work.partition)
    do {
      let (destination, invoker) = (try CallTarget.destination(invocation, text, work), work.room.context.invoker)
      guard try invoker.isTransactional(destination.service, destination.operation) else { return nil }
      context = destination.context
      ready = try invoker.ready(destination.service, destination.operation, destination.input, destination.context)
    } catch is Fault {
      // What is wrong with the target is told and tried again by the long way.
      return nil
    }
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
      let (record, outcome) = try await work.settleWhenDue(next: next, deliver)
      CallTarget.count(record, invocation, work)
      RunLedger.count(outcome, of: schedule.owner, in: work.partition, work.room.context.counters)
      return true
    } catch is Refused {
      return false
    }
  }

  @Sendable private func deliver(_ call: Call<Scheduler>) throws -> (DeliveryRecord, ScheduledRun.Outcome) {
    var context = context
    context.now = call.now
    let record: DeliveryRecord
    do throws(Fault) {
      record = try CallTarget.attempt(invocation, text, call.partition).deliver(ready, context, call)
    } catch { throw Refused() }
    var run = ScheduledRun.given(schedule.owner, due: due, planned: planned, at: call.now, invocation: invocation.id)
    run.targets = [ScheduledRun.Target(only: record)]
    try RunLedger.keep(run, of: schedule.owner, call)
    if invocation.deletes { try call.remove(schedule.key) }
    return (record, run.outcome)
  }
}
