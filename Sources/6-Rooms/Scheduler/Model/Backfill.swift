import JSON
import ServiceKit
import Store
import Time

/// Instants of a time range that a schedule or scheduled rule is fired for, once more or for the first time.
struct Backfill: Resource {
  static let kind = "scheduler.backfill"

  enum Status: String, Codable, CaseIterable {
    case running = "RUNNING"
    case completed = "COMPLETED"
    case cancelled = "CANCELLED"
    case failed = "FAILED"
  }

  /// Later ones sort later.
  var id: String
  var owner: RunOwner
  var arn: String
  /// The rule's name, or nil for a schedule.
  var rule: String?
  /// As it was at the start, without start and end, and with rates followed into the past.
  var timing: ScheduleTiming
  var from: Timestamp
  /// Exclusive.
  var to: Timestamp
  var newestFirst: Bool
  /// How many of its invocations may be unfinished at once.
  var concurrency: Int
  /// The instant given last.
  var position: Timestamp?
  var total: Int
  var started: Int
  var settled: Int
  var failed: Int
  var status: Status
  var reason: String?
  var created: Timestamp
  var ended: Timestamp?

  var key: String { id }
  var indexes: [String: String] { ["owner": owner.resource] }

  /// The instant after the one given last; nil when all have been.
  func next(_ calendar: ScheduleCalendar) -> Timestamp? {
    let found =
      newestFirst ? calendar.previous(before: position ?? to) : calendar.next(after: position ?? from - .microseconds(1))
    return found.flatMap { $0 >= from && $0 < to ? $0 : nil }
  }
}

/// A backfill as operations show it.
struct BackfillShape: Shape {
  var id: String
  var arn: String
  var from: Timestamp
  var to: Timestamp
  var order: String
  var concurrency: Int
  var status: String
  var reason: String?
  var total: Int
  var started: Int
  var unfinished: Int
  var delivered: Int
  var failed: Int
  var created: Timestamp
  var ended: Timestamp?

  init(_ backfill: Backfill) {
    id = backfill.id
    arn = backfill.arn
    from = backfill.from
    to = backfill.to
    order = (backfill.newestFirst ? RunOrder.newest : .oldest).rawValue
    concurrency = backfill.concurrency
    status = backfill.status.rawValue
    reason = backfill.reason
    total = backfill.total
    started = backfill.started
    unfinished = backfill.started - backfill.settled
    delivered = backfill.settled - backfill.failed
    failed = backfill.failed
    created = backfill.created
    ended = backfill.ended
  }
}

extension Call where Home == Scheduler {
  /// Throws ResourceNotFoundException.
  func backfill(_ id: String) throws -> Backfill {
    guard let backfill = try get(Backfill.self, id) else {
      throw Fault("ResourceNotFoundException", "Backfill \(id) does not exist.", status: 404)
    }
    return backfill
  }
}
