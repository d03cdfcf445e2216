import JSON
import ServiceKit
import Store
import Time

/// The states of a job, in order. Source: AWS Batch User Guide, "Job states".
enum JobStatus: String, Codable, Sendable, CaseIterable {
  case submitted = "SUBMITTED"
  /// Waits for the jobs it depends on.
  case pending = "PENDING"
  /// Waits for room.
  case runnable = "RUNNABLE"
  case starting = "STARTING"
  case running = "RUNNING"
  case succeeded = "SUCCEEDED"
  case failed = "FAILED"

  var hasEnded: Bool { self == .succeeded || self == .failed }
  var isLive: Bool { self == .starting || self == .running }
}

/// A job with all its attempts.
struct Job: Resource {
  static let kind = "batch.job"
  var id: String
  var name: String
  var queue: String
  var definition: String
  var status: JobStatus
  var statusReason: String?
  var created: Timestamp
  var started: Timestamp?
  var stopped: Timestamp?
  var container: ContainerProperties
  var parameters: [String: String]
  var dependsOn: [Dependency]
  /// The jobs it still waits for.
  var waitingFor: [String]
  var retryStrategy: RetryStrategy?
  var timeoutSeconds: Int?
  var tags: [String: String]
  var propagateTags: Bool
  var schedulingPriority: Int?
  var shareIdentifier: String?
  /// Finished attempts.
  var attempts: [Attempt]
  /// The attempt that starts or runs now.
  var current: Attempt?
  /// Set when somebody asked for its end, with the reason given.
  var terminationReason: String?
  var isCancelled: Bool
  /// The compute environment it was started on.
  var environment: String?

  struct Dependency: Shape, Equatable {
    var jobId: String?
    var type: String?
  }

  struct Attempt: Codable, Sendable, Equatable {
    /// 1 for the first.
    var number: Int
    var logStream: String
    var started: Timestamp?
    var stopped: Timestamp?
    var exitCode: Int?
    var reason: String?
    var statusReason: String?
  }

  var key: String { id }
  /// Found by queue and status, oldest first; and by what is live, for recovery.
  var indexes: [String: String] {
    var indexes = ["queue": "\(queue)/\(status.rawValue)/\(Sortable.text(created))"]
    if !status.hasEnded { indexes["live"] = status.rawValue }
    return indexes
  }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "batch", region: partition.region, account: partition.account, resource: "job/\(id)")
  }

  /// The command with parameters filled in: `Ref::name` in an argument stands for the parameter's value.
  var command: [String] {
    (container.command ?? []).map { argument in
      guard argument.contains("Ref::") else { return argument }
      var filled = argument
      // The longest names first, so that no name is taken for the beginning of another.
      for (name, value) in parameters.sorted(by: { $0.key.count > $1.key.count }) {
        filled = filled.split(separator: "Ref::\(name)", omittingEmptySubsequences: false).joined(separator: value)
      }
      return filled
    }
  }
}

/// The marker that one job waits for another, found by the other's id.
struct Waiting: Resource {
  static let kind = "batch.waiting"
  var job: String
  var on: String
  var key: String { "\(on)/\(job)" }
}
