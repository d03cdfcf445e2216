import JSON
import ServiceKit
import Store
import Time

/// Where jobs run: a share of this machine.
struct ComputeEnvironment: Resource {
  static let kind = "batch.compute-environment"
  var name: String
  /// `MANAGED` or `UNMANAGED`.
  var type: String
  /// `ENABLED` or `DISABLED`.
  var state: String
  /// As given; of it `maxvCpus` bounds how much runs at once.
  var computeResources: JSONValue?
  var serviceRole: String?
  var tags: [String: String]
  var uuid: String
  var key: String { name }

  /// The most vCPUs its jobs use together.
  var maxvCpus: Double { computeResources?["maxvCpus"]?.double ?? .infinity }

  func arn(_ partition: Partition) -> String {
    "arn:aws:batch:\(partition.region):\(partition.account):compute-environment/\(name)"
  }
}

/// Where jobs wait.
struct JobQueue: Resource {
  static let kind = "batch.job-queue"
  var name: String
  var state: String
  /// Queues with a higher number are served first.
  var priority: Int
  var computeEnvironmentOrder: [EnvironmentOrder]
  var tags: [String: String]
  var key: String { name }

  struct EnvironmentOrder: Shape, Equatable {
    var order: Int
    var computeEnvironment: String
  }

  func arn(_ partition: Partition) -> String { "arn:aws:batch:\(partition.region):\(partition.account):job-queue/\(name)" }
}

extension Call where Home == Batch {
  /// The environment of a name or ARN, or nil.
  func environment(_ nameOrARN: String) throws -> ComputeEnvironment? {
    try get(ComputeEnvironment.self, ARN(nameOrARN)?.resourceName ?? nameOrARN)
  }

  /// The queue of a name or ARN, or nil.
  func queue(_ nameOrARN: String) throws -> JobQueue? { try get(JobQueue.self, ARN(nameOrARN)?.resourceName ?? nameOrARN) }
}
