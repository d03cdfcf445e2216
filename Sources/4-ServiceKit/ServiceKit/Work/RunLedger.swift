import JSON
import Store
import Time

/// What became of the due instants of every schedule and scheduled rule: one catalog row for each, in the order of due instants.
///
/// Source: none; AWS keeps no such record.
package enum RunLedger {
  /// How many runs of one schedule are kept at least; older ones are removed in steps.
  package static let keep = 10_000
  /// Where it is told that a backfill's run is settled.
  package static let backfillQueue = "scheduler.backfill"
  package static let namespace = "Martlet/Scheduler"
  /// Of a target's answer, in bytes.
  private static let longestAnswer = 4_096
  /// How long the runs of a schedule are kept once it is deleted: one that deletes itself after completion would otherwise leave no account.
  package static let remembered = Duration.seconds(7 * 86_400)

  /// Keeps what became of a due instant, with the transaction that made it so, and counts it.
  package static func record<Home: Room>(_ run: ScheduledRun, of owner: RunOwner, _ call: Call<Home>) throws {
    try keep(run, of: owner, call)
    count(run.outcome, 1, owner, call)
  }

  /// As `record`, for a caller that counts what was kept by itself, off the store's writer.
  package static func keep<Home: Room>(_ run: ScheduledRun, of owner: RunOwner, _ call: Call<Home>) throws {
    try keep(try JSONValue(encoding: run).bytes, run.key, due: run.due, of: owner, call)
  }

  /// As the other, for the encoded body of a run's row.
  package static func keep<Home: Room>(
    _ body: [UInt8], _ key: String, due: Timestamp, of owner: RunOwner, _ call: Call<Home>
  ) throws {
    let row = CatalogRow(partition: call.partition, kind: ScheduledRun.kind, key: key, version: ScheduledRun.version, body: body)
    // Nearly always the first of its key, which costs less.
    do { try call.transaction.put(row, when: .absent) } catch StoreFault.conflict { try call.transaction.put(row, when: .any) }
    // One in some hundreds looks whether there are too many, so that most cost no more than their row.
    var mixed = SplitMix(state: UInt64(bitPattern: due.microseconds))
    if mixed.next() % 512 == 0 { try trim(owner, call) }
  }

  private static func count<Home: Room>(_ outcome: ScheduledRun.Outcome, _ number: Int, _ owner: RunOwner, _ call: Call<Home>) {
    let (counters, partition) = (call.room.context.counters, call.partition)
    call.transaction.afterCommit { count(outcome, number, of: owner, in: partition, counters) }
  }

  /// Counts runs that are kept, as metrics.
  package static func count(
    _ outcome: ScheduledRun.Outcome, _ number: Int = 1, of owner: RunOwner, in partition: Partition, _ counters: MetricCounters
  ) {
    counters.add(namespace, outcome.metric, owner.dimensions, Double(number), in: partition)
  }

  private static func trim<Home: Room>(_ owner: RunOwner, _ call: Call<Home>) throws {
    let count = try call.transaction.count(ScheduledRun.kind, in: call.partition, prefix: "\(owner.resource)/")
    guard count > keep else { return }
    let oldest = try call.transaction.page(
      ScheduledRun.kind, in: call.partition, CatalogQuery(.key(prefix: "\(owner.resource)/"), limit: min(count - keep, 2_000)))
    for row in oldest { try call.transaction.delete(ScheduledRun.kind, row.key, in: call.partition, when: .any) }
  }

  /// Writes down instants that passed. The first hundred at once, the rest by `AccountRuns`; of more than are kept only the latest are
  /// written, all are counted.
  package static func account<Home: Room>(_ passed: PassedRuns, _ call: Call<Home>) throws {
    var passed = passed
    let calendar = try ScheduleCalendar(passed.timing)
    let span = passed.passed.span
    let count = calendar.count(from: span.first, to: span.last + .microseconds(1))
    if count > keep {
      var first = span.last
      for _ in 1..<keep { first = calendar.previous(before: first) ?? first }
      passed.passed.span.first = first
      self.count(passed.passed.outcome, count - keep, passed.owner, call)
    }
    if let rest = try pass(passed, limit: 100, call) { try call.schedule(rest, for: AccountRuns<Home>.queue) }
  }

  /// Writes down up to so many instants; answers what is left.
  static func pass<Home: Room>(_ passed: PassedRuns, limit: Int, _ call: Call<Home>) throws -> PassedRuns? {
    let calendar = try ScheduleCalendar(passed.timing)
    let span = passed.passed.span
    var position: Timestamp? = calendar.next(after: span.first - .microseconds(1))
    var written = 0
    while let due = position, due <= span.last {
      if written == limit {
        var rest = passed
        rest.passed.span.first = due
        return rest
      }
      let run = ScheduledRun(
        passed.owner, due: due, outcome: passed.passed.outcome, at: passed.at, reason: passed.passed.reason)
      try record(run, of: passed.owner, call)
      written += 1
      position = calendar.next(after: due)
    }
    return nil
  }

  /// Tells what became of a run at one of its targets. Called by whoever delivers, in the transaction that settles the delivery or puts it off.
  ///
  /// - Parameter run: the run's key; nil for a delivery that is no run, a no-op. A run that has been removed since is left so.
  package static func settled(
    _ run: String?, _ target: ScheduledRun.Target, in partition: Partition, _ transaction: any Transaction
  ) throws {
    guard let run, var kept = try transaction.get(ScheduledRun.self, run, in: partition) else { return }
    var target = target
    if let answer = target.answer, answer.bytes.count > longestAnswer { target.answer = nil }
    let wasSettled = kept.isSettled
    if let position = kept.targets.firstIndex(where: { $0.id == target.id }) {
      kept.targets[position] = target
    } else {
      kept.targets.append(target)
    }
    try transaction.put(kept, in: partition)
    if let backfill = kept.backfill, kept.isSettled, !wasSettled {
      let failed = kept.targets.contains { $0.status != .delivered }
      let settled = BackfillNotice(backfill: backfill, settled: 1, failed: failed ? 1 : 0)
      try transaction.schedule(
        AgendaEntry(queue: backfillQueue, partition: partition, due: target.at, payload: try JSONValue(encoding: settled).bytes))
    }
  }

  /// The latest runs, newest first.
  package static func latest(_ limit: Int, of owner: RunOwner, in partition: Partition, _ transaction: any Transaction) throws
    -> [ScheduledRun]
  {
    try transaction.page(ScheduledRun.self, in: partition, prefix: "\(owner.resource)/", limit: limit, descending: true).items
  }

  /// Whether any run of a schedule is kept, which may have been deleted since.
  package static func remembers(_ owner: RunOwner, in partition: Partition, _ transaction: any Transaction) throws -> Bool {
    try !transaction.page(ScheduledRun.kind, in: partition, CatalogQuery(.key(prefix: "\(owner.resource)/"), limit: 1)).isEmpty
  }

  /// Removes what is kept here of a schedule that is deleted; its runs stay for a week.
  package static func forget<Home: Room>(_ owner: RunOwner, _ call: Call<Home>) throws {
    try call.delete(PausedTiming.self, owner.resource)
    try call.delete(CatchUpSetting.self, owner.resource)
    guard try remembers(owner, in: call.partition, call.transaction) else { return }
    let forgotten = ForgetRuns<Home>.Forgotten(owner: owner, through: call.now)
    try call.schedule(forgotten, for: ForgetRuns<Home>.queue, key: owner.resource, at: call.now + remembered)
  }

  static func forget<Home: Room>(_ forgotten: ForgetRuns<Home>.Forgotten, limit: Int, _ call: Call<Home>) throws {
    let prefix = "\(forgotten.owner.resource)/"
    let rows = try call.transaction.page(ScheduledRun.kind, in: call.partition, CatalogQuery(.key(prefix: prefix), limit: limit))
    let end = "\(prefix)\(Sortable.text(forgotten.through))~"
    for row in rows where row.key <= end { try call.transaction.delete(ScheduledRun.kind, row.key, in: call.partition, when: .any) }
    if rows.count == limit, rows.last.map({ $0.key <= end }) ?? false {
      try call.schedule(forgotten, for: ForgetRuns<Home>.queue)
    }
  }
}

/// Runs of a backfill that were heard of for the last time: makes it go on.
package struct BackfillNotice: Codable, Sendable {
  package var backfill: String
  package var settled: Int
  package var failed: Int

  package init(backfill: String, settled: Int = 0, failed: Int = 0) {
    self.backfill = backfill
    self.settled = settled
    self.failed = failed
  }
}
