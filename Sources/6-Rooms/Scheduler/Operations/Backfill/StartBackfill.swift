import JSON
import ScheduleExpression
import ServiceKit
import Store
import Time

/// Fires a schedule or scheduled rule for every instant of a time range in the past, whether it is switched on or not.
///
/// The expression is followed through the whole range, also before the schedule was made and outside its start and end dates. The target
/// is told the instant as its scheduled time. Source: none; beyond AWS.
struct StartBackfill: AsyncOperation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
    /// Inclusive.
    var from: Timestamp
    /// Exclusive; now where not given.
    var to: Timestamp?
    var order: String?
    /// How many invocations may be unfinished at once; 10 where not given.
    var concurrency: Int?
    /// Answers what would be fired, and fires nothing.
    var dryRun: Bool?
    static var limits: [Limit<Self>] {
      [.oneOf("order", \.order, RunOrder.allCases.map(\.rawValue)), .range("concurrency", \.concurrency, 1...1_000)]
    }
  }
  struct Output: Shape {
    /// Nil for a dry run.
    var backfill: BackfillShape?
    var count: Int
    /// For a dry run: the instants in order, the first thousand.
    var instants: [Timestamp]?
  }
  static let access = Access.write

  static func run(_ input: Input, _ call: AsyncCall<Scheduler>) async throws -> Output {
    let to = input.to ?? call.now
    guard input.from < to, to <= call.now else { throw Fault.validation("To must be after From and not in the future.") }
    guard to - input.from <= .seconds(3_660 * 86_400) else { throw Fault.validation("A backfill goes over ten years at most.") }
    let subject = try await call.subject(SubjectReference(input.name, input.groupName, input.ruleName))
    var timing = subject.timing
    timing.start = nil
    timing.end = nil
    timing.anchor = try ScheduleCalendar(timing).expression.anchor(timing.anchor, reaching: input.from)
    let calendar = try ScheduleCalendar(timing)
    let now = call.now
    let stamp = String(now.milliseconds, radix: 36)
    let id = "bf-\(String(repeating: "0", count: max(0, 9 - stamp.count)))\(stamp)\(call.room.context.identifiers.hex(6))"
    let backfill = Backfill(
      id: id, owner: subject.owner, arn: subject.arn, rule: subject.isRule ? subject.name : nil, timing: timing, from: input.from, to: to,
      newestFirst: input.order == RunOrder.newest.rawValue, concurrency: input.concurrency ?? 10,
      total: calendar.count(from: input.from, to: to), started: 0, settled: 0, failed: 0, status: .running, created: now)
    if input.dryRun ?? false { return Output(count: backfill.total, instants: instants(backfill, calendar)) }
    try await call.write { call in
      try call.put(backfill, when: .absent)
      try call.schedule(BackfillNotice(backfill: id), for: AdvanceBackfill.queue)
    }
    return Output(backfill: BackfillShape(backfill), count: backfill.total)
  }

  private static func instants(_ backfill: Backfill, _ calendar: ScheduleCalendar) -> [Timestamp] {
    var backfill = backfill
    var found: [Timestamp] = []
    while found.count < 1_000, let next = backfill.next(calendar) {
      found.append(next)
      backfill.position = next
    }
    return found
  }
}
