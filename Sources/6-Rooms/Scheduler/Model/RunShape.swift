import JSON
import ServiceKit
import Time

/// A run as operations beyond AWS's show it.
struct RunShape: Shape {
  var due: Timestamp
  var outcome: String
  var cause: String
  var at: Timestamp
  var reason: String?
  var invocationId: String?
  var backfillId: String?
  var targets: [TargetShape]

  struct TargetShape: Shape {
    var id: String?
    var arn: String
    /// DELIVERED, RETRYING, FAILED or DEAD_LETTERED.
    var status: String
    var attempts: Int
    var at: Timestamp
    var fault: String?
    /// As the target's operation answered.
    var answer: JSONValue?
  }

  init(_ run: ScheduledRun) {
    due = run.due
    outcome = run.outcome.rawValue
    cause = run.cause.rawValue
    at = run.at
    reason = run.reason
    invocationId = run.invocation
    backfillId = run.backfill
    targets = run.targets.map {
      TargetShape(
        id: $0.id.isEmpty ? nil : $0.id, arn: $0.arn, status: $0.status.rawValue, attempts: $0.attempts, at: $0.at, fault: $0.fault,
        answer: $0.answer)
    }
  }
}
