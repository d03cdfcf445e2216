import JSON
import Store
import Time

/// What became of one due instant of a schedule. Every due instant ends as one of these.
package struct ScheduledRun: Sendable, Codable, Equatable {
  package enum Outcome: String, Sendable, Codable, CaseIterable {
    /// Given to its target within a second of its time.
    case fired = "FIRED"
    /// Given to its target later than that.
    case late = "LATE"
    /// Not given to its target, because somebody wanted it so: the schedule was switched off, say.
    case skipped = "SKIPPED"
    /// Not given to its target, because the server did not run.
    case missed = "MISSED"
  }
  package var due: Timestamp
  package var outcome: Outcome
  package var at: Timestamp
  /// One sentence; nil for a run that fired in time.
  package var reason: String?
  /// By which the run's deliveries are found.
  package var id: String

  package init(due: Timestamp, outcome: Outcome, at: Timestamp, reason: String? = nil, id: String) {
    self.due = due
    self.outcome = outcome
    self.at = at
    self.reason = reason
    self.id = id
  }

  /// A run given to its target now: fired, or late with how much.
  package static func given(due: Timestamp, at now: Timestamp, id: String) -> ScheduledRun {
    let lateness = now - due
    if lateness <= .seconds(1) { return ScheduledRun(due: due, outcome: .fired, at: now, id: id) }
    return ScheduledRun(
      due: due, outcome: .late, at: now, reason: "It was given to its target \(lateness.secondsAsDouble) s after its time.", id: id)
  }
}

/// The runs of one schedule or scheduled rule, in the order of their due instants.
package enum RunLedger {
  package static func stream(_ schedule: ARN, in partition: Partition) -> LedgerStream {
    LedgerStream("servicekit.runs/\(schedule)", in: partition)
  }

  /// Keeps what became of a due instant, with the transaction that made it so.
  package static func record(_ run: ScheduledRun, of schedule: ARN, in partition: Partition, _ transaction: any Transaction) throws {
    let stream = stream(schedule, in: partition)
    let last = try transaction.append([try JSONValue(encoding: run).bytes], to: stream, expected: nil)
    // Kept: the latest runs only, trimmed in steps so that most appends trim nothing.
    if last % 1_000 == 0, last > keep { try transaction.trim(stream, through: last - keep) }
  }
  private static let keep: Int64 = 10_000

  /// Where a schedule stands after its server was away.
  package struct Standing: Sendable {
    /// The latest instant that is due.
    package var due: Timestamp
    /// The one after it, in the future; nil when there is none.
    package var next: Timestamp?
    /// False when more instants were missed than one transaction keeps: the rest is for another one.
    package var isCurrent: Bool
  }
  private static let missedAtOnce = 1_000

  /// Goes from a due instant to the latest that is due by now, and keeps those before it as missed.
  ///
  /// - Parameter next: the instant after the given one.
  package static func catchUp(
    from due: Timestamp, now: Timestamp, of schedule: ARN, in partition: Partition, _ identifiers: Identifiers,
    _ transaction: any Transaction,
    next: (Timestamp) -> Timestamp?
  ) throws -> Standing {
    var standing = Standing(due: due, next: next(due), isCurrent: true)
    var missed = 0
    while let following = standing.next, following <= now {
      if missed == missedAtOnce {
        standing.isCurrent = false
        return standing
      }
      missed += 1
      let run = ScheduledRun(
        due: standing.due, outcome: .missed, at: now,
        reason: "The server did not run at its time, and a later instant has come due since.", id: identifiers.uuid())
      try record(run, of: schedule, in: partition, transaction)
      standing.due = following
      standing.next = next(following)
    }
    return standing
  }

  /// The latest runs, newest first.
  package static func latest(_ limit: Int, of schedule: ARN, in partition: Partition, _ transaction: any Transaction) throws
    -> [ScheduledRun]
  {
    let stream = stream(schedule, in: partition)
    let last = try transaction.lastSequence(of: stream)
    return try transaction.records(of: stream, from: last, limit: limit, descending: true).map {
      try JSONValue(parsing: $0.body).decode(ScheduledRun.self)
    }
  }

  package static func forget(_ schedule: ARN, in partition: Partition, _ transaction: any Transaction) throws {
    try transaction.delete(stream(schedule, in: partition))
  }
}
