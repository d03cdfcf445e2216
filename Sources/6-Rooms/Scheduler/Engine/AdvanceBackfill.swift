import JSON
import ServiceKit
import Store
import Time

/// Fires the next instants of a backfill as its invocations finish.
struct AdvanceBackfill: Worker {
  static let queue = RunLedger.backfillQueue
  static let concurrency = 16
  /// The most instants fired in one transaction.
  private static let mostAtOnce = 100
  /// How long one that has ended can be asked about.
  private static let retention = Duration.seconds(90 * 86_400)

  static func run(_ task: AgendaTask, _ work: Work<Scheduler>) async throws {
    let notice = try work.payload(BackfillNotice.self)
    try await work.finish { call in
      guard var backfill = try call.get(Backfill.self, notice.backfill) else { return }
      if backfill.ended.map({ call.now - $0 >= retention }) ?? false {
        try call.delete(Backfill.self, backfill.id)
        return
      }
      backfill.settled += notice.settled
      backfill.failed += notice.failed
      if backfill.status == .running { try advance(&backfill, call) }
      try call.put(backfill)
    }
  }

  private static func advance(_ backfill: inout Backfill, _ call: Call<Scheduler>) throws {
    let calendar = try ScheduleCalendar(backfill.timing)
    var given = 0
    while backfill.started - backfill.settled < backfill.concurrency, let due = backfill.next(calendar) {
      if given == mostAtOnce { return try call.schedule(BackfillNotice(backfill: backfill.id), for: queue) }
      given += 1
      do throws(Fault) {
        if try !give(due, backfill, call) { backfill.settled += 1 }
      } catch {
        // What it is of is gone, or can not be fired: the others would end the same way.
        return try end(&backfill, .failed, error.message, call)
      }
      backfill.started += 1
      backfill.position = due
    }
    if backfill.started == backfill.settled, backfill.next(calendar) == nil { try end(&backfill, .completed, nil, call) }
  }

  /// Answers whether it will be told how the invocation ends.
  private static func give(_ due: Timestamp, _ backfill: Backfill, _ call: Call<Scheduler>) throws(Fault) -> Bool {
    do {
      if let rule = backfill.rule { return try call.runRule(rule, due: due, cause: .backfill, backfill: backfill.id).targets > 0 }
      guard let schedule = try call.get(Schedule.self, backfill.owner.key) else {
        throw Fault("ResourceNotFoundException", "The schedule was deleted.", status: 404)
      }
      try call.invoke(schedule, due: due, planned: due, cause: .backfill, backfill: backfill.id)
      return true
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault("InternalFailure", "\(error)", status: 500)
    }
  }

  static func end(_ backfill: inout Backfill, _ status: Backfill.Status, _ reason: String?, _ call: Call<Scheduler>) throws {
    backfill.status = status
    backfill.reason = reason
    backfill.ended = call.now
    try call.schedule(BackfillNotice(backfill: backfill.id), for: queue, at: call.now + retention)
  }
}
