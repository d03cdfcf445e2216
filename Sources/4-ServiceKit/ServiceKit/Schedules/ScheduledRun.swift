import JSON
import Store
import Time

/// Whose runs they are: a schedule or a scheduled rule.
package struct RunOwner: Codable, Sendable, Equatable {
  /// As the ARN has it, `schedule/GROUP/NAME` or `rule/NAME`: leads the keys of its runs.
  package var resource: String
  /// The catalog row it is kept in; runs are kept no longer than that.
  package var kind: String
  package var key: String
  /// Of the metrics about its runs.
  package var dimensions: [String: String]

  package init(resource: String, kind: String, key: String, dimensions: [String: String]) {
    self.resource = resource
    self.kind = kind
    self.key = key
    self.dimensions = dimensions
  }

  package static func schedule(_ group: String, _ name: String) -> RunOwner {
    RunOwner(
      resource: "schedule/\(group)/\(name)", kind: "scheduler.schedule", key: "\(group)/\(name)",
      dimensions: ["ScheduleGroup": group, "ScheduleName": name])
  }

  /// Rules have schedules on the default bus only.
  package static func rule(_ name: String) -> RunOwner {
    RunOwner(resource: "rule/\(name)", kind: "events.rule", key: "default/\(name)", dimensions: ["RuleName": name])
  }
}

/// What became of one due instant of a schedule. Every due instant ends as one of these.
package struct ScheduledRun: Resource, Equatable {
  package static let kind = "servicekit.run"

  package enum Outcome: String, Sendable, Codable, CaseIterable {
    /// Given to its target within a second of its time.
    case fired = "FIRED"
    /// Given to its target later than that.
    case late = "LATE"
    /// Not given to its target, because somebody wanted it so: the schedule was switched off, say.
    case skipped = "SKIPPED"
    /// Not given to its target, because the server did not run.
    case missed = "MISSED"

    /// The metric that counts it.
    package var metric: String {
      switch self {
      case .fired: "RunsFired"
      case .late: "RunsLate"
      case .skipped: "RunsSkipped"
      case .missed: "RunsMissed"
      }
    }
  }

  package enum Cause: String, Sendable, Codable, CaseIterable {
    case schedule = "SCHEDULE"
    /// Somebody said so.
    case manual = "MANUAL"
    case backfill = "BACKFILL"
  }

  /// What became of a run at one target.
  package struct Target: Sendable, Codable, Equatable {
    package enum Status: String, Sendable, Codable, CaseIterable {
      /// The target took it.
      case delivered = "DELIVERED"
      /// It failed and will be tried again.
      case retrying = "RETRYING"
      /// It failed for good.
      case failed = "FAILED"
      /// It failed for good and lies in the dead-letter queue.
      case deadLettered = "DEAD_LETTERED"
    }
    /// The target's id in its rule; empty for a schedule's only one.
    package var id: String
    package var arn: String
    package var status: Status
    package var attempts: Int
    package var at: Timestamp
    /// The last fault, as `Code: message`.
    package var fault: String?
    /// What the target answered: the execution's ARN, the job's id, the message's id.
    package var answer: JSONValue?
    /// What was sent and how long it is, where this stands for the attempt's record in the delivery log.
    package var sent: String?
    package var sentBytes: Int?

    package init(
      id: String = "", arn: String, status: Status, attempts: Int, at: Timestamp, fault: String? = nil, answer: JSONValue? = nil
    ) {
      self.id = id
      self.arn = arn
      self.status = status
      self.attempts = attempts
      self.at = at
      self.fault = fault
      self.answer = answer
    }
    /// What an attempt to hand it over came to.
    package init(_ record: DeliveryRecord, id: String = "") {
      let status: Status =
        switch record.outcome {
        case .delivered: .delivered
        case .retrying: .retrying
        case .deadLettered: .deadLettered
        case .dropped: .failed
        }
      self.init(
        id: id, arn: record.target, status: status, attempts: record.attempt, at: record.at,
        fault: record.errorCode.map { "\($0): \(record.errorMessage ?? "")" }, answer: record.answer)
    }

    /// The one attempt that was made, with what the delivery log would say of it.
    package init(only record: DeliveryRecord) {
      self.init(record)
      sent = DeliveryLog.bounded(record.sent)
      sentBytes = record.sentBytes
      answer = DeliveryLog.bounded(record.answer)
    }

    var isSettled: Bool { status != .retrying }
  }

  /// The attempts that are told by the run itself, as the delivery log has others.
  package var deliveries: [DeliveryRecord] {
    targets.compactMap { target in
      guard let sent = target.sent, let invocation, target.status == .delivered else { return nil }
      return DeliveryRecord(
        id: invocation, target: target.arn, at: target.at, attempt: target.attempts, outcome: .delivered, sent: sent,
        sentBytes: target.sentBytes ?? sent.utf8.count, answer: target.answer)
    }
  }

  /// How long after its planned instant a run has to be given to its target to count as fired.
  static let punctual = Duration.seconds(1)

  /// The owner's resource, the due instant, and for other causes than the schedule what tells it from the scheduled run.
  package var key: String
  package var due: Timestamp
  package var outcome: Outcome
  package var cause: Cause
  /// When it was given to its target, or written off.
  package var at: Timestamp
  /// One sentence; nil for a run that fired in time.
  package var reason: String?
  /// By which the run's deliveries are found; nil for one that was not given to its target.
  package var invocation: String?
  package var backfill: String?
  /// How many targets it is given to.
  package var expected: Int
  package var targets: [Target]

  package init(
    _ owner: RunOwner, due: Timestamp, outcome: Outcome, cause: Cause = .schedule, at: Timestamp, reason: String? = nil,
    invocation: String? = nil, backfill: String? = nil, expected: Int = 0
  ) {
    key = Self.key(owner, due, cause == .schedule ? nil : backfill ?? invocation)
    self.due = due
    self.outcome = outcome
    self.cause = cause
    self.at = at
    self.reason = reason
    self.invocation = invocation
    self.backfill = backfill
    self.expected = expected
    targets = []
  }

  package static func key(_ owner: RunOwner, _ due: Timestamp, _ more: String? = nil) -> String {
    "\(owner.resource)/\(Sortable.text(due))\(more.map { "/\($0)" } ?? "")"
  }

  /// A run given to its targets now: fired, or late with how much.
  ///
  /// - Parameter planned: when it was to leave: its instant, or its place in the flexible window.
  package static func given(
    _ owner: RunOwner, due: Timestamp, planned: Timestamp, at now: Timestamp, invocation: String, cause: Cause = .schedule,
    backfill: String? = nil, expected: Int = 1
  ) -> ScheduledRun {
    var run = ScheduledRun(
      owner, due: due, outcome: .fired, cause: cause, at: now, invocation: invocation, backfill: backfill, expected: expected)
    let lateness = now - planned
    if cause == .schedule, lateness > punctual {
      run.outcome = .late
      run.reason = "It was given to its target \(lateness.secondsAsDouble) s after its time."
    }
    return run
  }

  /// Whether every target it is given to has been heard of for the last time.
  package var isSettled: Bool { targets.count { $0.isSettled } >= expected }
  /// Whether every target has been tried at least once.
  package var isTried: Bool { targets.count >= expected }
}

/// A run that is to be given to its one target at its planned instant, encoded before that but for what is known only then.
package struct ReadyRun: Sendable {
  package let key: String
  private let planned: Timestamp
  private let tree: JSONObject
  private let target: JSONObject

  /// - Parameter record: the attempt as it will be, if it is delivered.
  package init(_ run: ScheduledRun, planned: Timestamp, _ record: DeliveryRecord) throws {
    self.planned = planned
    var run = run
    run.targets = [ScheduledRun.Target(only: record)]
    key = run.key
    tree = try JSONValue(encoding: run).object ?? JSONObject()
    target = tree["targets"]?.array?.first?.object ?? JSONObject()
  }

  /// Whether a run given to its target now would be told as late.
  package func isLate(at now: Timestamp) -> Bool { now - planned > ScheduledRun.punctual }

  /// The body of its row, with the members that the run encoded whole has. Good for a run that is not late.
  package func body(at now: Timestamp, answer: JSONValue) throws -> [UInt8] {
    let at = try JSONValue(encoding: now)
    var (tree, target) = (tree, target)
    tree["at"] = at
    target["at"] = at
    if let answer = DeliveryLog.bounded(answer) { target["answer"] = answer }
    tree["targets"] = .array([.object(target)])
    return JSONValue.object(tree).bytes
  }
}
