import ServiceKit
import Store
import Time

/// Which runs of a schedule or rule are asked for.
struct RunQuery {
  var owner: RunOwner
  /// Inclusive.
  var from: Timestamp
  /// Exclusive.
  var to: Timestamp
  var newestFirst: Bool
  /// The key of the last run of the page before.
  var after: String?

  /// The next runs, at most so many: those kept, and where the owner is switched off those that it skips, which are computed.
  func runs(_ limit: Int, now: Timestamp, in partition: Partition, _ transaction: any Transaction) throws -> [ScheduledRun] {
    let kept = try kept(limit, in: partition, transaction)
    let skipped = try skipped(limit, now: now, in: partition, transaction)
    if skipped.isEmpty { return kept }
    let all = (kept + skipped).sorted { newestFirst ? $0.key > $1.key : $0.key < $1.key }
    return Array(all.prefix(limit))
  }

  private func kept(_ limit: Int, in partition: Partition, _ transaction: any Transaction) throws -> [ScheduledRun] {
    let (low, high) = (max(from, Timestamp(microseconds: 1)), max(to, Timestamp(microseconds: 0)))
    // `~` sorts after whatever follows an instant in a key.
    let begin = newestFirst ? ScheduledRun.key(owner, high) : ScheduledRun.key(owner, low - .microseconds(1)) + "~"
    let page = try transaction.page(
      ScheduledRun.self, in: partition, prefix: "\(owner.resource)/", after: CatalogCursor(key: after ?? begin), limit: limit,
      descending: newestFirst)
    return page.items.filter { $0.due >= from && $0.due < to }
  }

  private func skipped(_ limit: Int, now: Timestamp, in partition: Partition, _ transaction: any Transaction) throws -> [ScheduledRun] {
    guard let paused = try transaction.get(PausedTiming.self, owner.resource, in: partition) else { return [] }
    let calendar = try ScheduleCalendar(paused.timing)
    let first = max(from, paused.since + .microseconds(1))
    let last = min(to, now + .microseconds(1))
    var position = newestFirst ? last : first - .microseconds(1)
    if let after, let due = Self.due(of: after, owner) {
      position = newestFirst ? min(position, due + .microseconds(1)) : max(position, due - .microseconds(1))
    }
    var found: [ScheduledRun] = []
    while found.count < limit {
      guard let due = newestFirst ? calendar.previous(before: position) : calendar.next(after: position), due >= first, due < last else {
        break
      }
      position = due
      let run = ScheduledRun(owner, due: due, outcome: .skipped, at: due, reason: RunPlan.switchedOff)
      if let after, newestFirst ? run.key >= after : run.key <= after { continue }
      found.append(run)
    }
    return found
  }

  private static func due(of key: String, _ owner: RunOwner) -> Timestamp? {
    Int64(key.dropFirst(owner.resource.utf8.count + 1).prefix(19)).map { Timestamp(microseconds: $0) }
  }
}
