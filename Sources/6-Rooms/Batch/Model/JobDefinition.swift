import JSON
import ServiceKit
import Store
import Time

/// One revision of a job definition.
struct JobDefinition: Resource {
  static let kind = "batch.job-definition"
  var name: String
  var revision: Int
  var active: Bool
  var type: String
  var parameters: [String: String]
  var containerProperties: ContainerProperties
  var retryStrategy: RetryStrategy?
  var timeout: JobTimeout?
  var propagateTags: Bool?
  var schedulingPriority: Int?
  var platformCapabilities: [String]?
  var tags: [String: String]
  /// Padded, so that revisions sort as numbers.
  static func key(_ name: String, _ revision: Int) -> String { "\(name):\(Sortable.text(Int64(revision)))" }
  var key: String { Self.key(name, revision) }

  func arn(_ partition: Partition) -> String {
    "arn:aws:batch:\(partition.region):\(partition.account):job-definition/\(name):\(revision)"
  }
}

/// Source: AWS Batch API Reference, ContainerProperties. What this machine can not give a process is refused when it is registered.
struct ContainerProperties: Shape, Equatable {
  var image: String?
  var vcpus: Int?
  /// MiB.
  var memory: Int?
  var command: [String]?
  var jobRoleArn: String?
  var executionRoleArn: String?
  var environment: [KeyValue]?
  var resourceRequirements: [ResourceRequirement]?
  var ulimits: JSONValue?
  var user: String?
  var privileged: Bool?
  var readonlyRootFilesystem: Bool?
  var volumes: JSONValue?
  var mountPoints: JSONValue?
  var linuxParameters: JSONValue?
  var logConfiguration: LogConfiguration?
  var secrets: JSONValue?
  var networkConfiguration: JSONValue?
  var fargatePlatformConfiguration: JSONValue?
  var instanceType: String?

  struct KeyValue: Shape, Equatable {
    var name: String?
    var value: String?
  }
  struct ResourceRequirement: Shape, Equatable {
    var value: String
    var type: String
    static var limits: [Limit<Self>] { [.oneOf("type", \.type, ["VCPU", "MEMORY", "GPU"])] }
  }
  struct LogConfiguration: Shape, Equatable {
    var logDriver: String
    var options: [String: String]?
  }

  func requirement(_ type: String) -> Double? {
    resourceRequirements?.first { $0.type == type }.flatMap { Double($0.value) }
  }
  var requiredCPUs: Double { requirement("VCPU") ?? vcpus.map(Double.init) ?? 1 }
  /// MiB.
  var requiredMemory: Int? { requirement("MEMORY").map { Int($0) } ?? memory }

  /// Throws ClientException naming the member that is missing, wrong, or not served.
  func check() throws(Fault) {
    guard let image, !image.isEmpty else { throw .client("Error executing request, Exception : Container image is required.") }
    for requirement in resourceRequirements ?? [] {
      guard let number = Double(requirement.value), number > 0, number.isFinite else {
        throw .client(
          "Error executing request, Exception : resourceRequirements value '\(requirement.value)' of \(requirement.type) must be a positive number."
        )
      }
      if requirement.type == "GPU" { throw .client("GPU requirements are not served by Martlet yet.") }
    }
    guard requiredCPUs > 0 else { throw .client("Error executing request, Exception : vCPUs must be greater than 0.") }
    guard let memory = requiredMemory, memory >= 4 else {
      throw .client("Error executing request, Exception : Memory must be at least 4 MiB.")
    }
    let unserved: [(String, Bool)] = [
      ("secrets", secrets?.array?.isEmpty == false), ("volumes", volumes?.array?.isEmpty == false),
      ("mountPoints", mountPoints?.array?.isEmpty == false), ("linuxParameters", linuxParameters?.object?.isEmpty == false),
      ("user", user != nil), ("privileged", privileged == true), ("readonlyRootFilesystem", readonlyRootFilesystem == true),
      ("ulimits", ulimits?.array?.isEmpty == false),
    ]
    for (member, given) in unserved where given {
      throw .client("containerProperties.\(member) is not served by Martlet: jobs run as processes of this machine.")
    }
    if let driver = logConfiguration?.logDriver, driver != "awslogs" {
      throw .client("Log driver \(driver) is not served by Martlet; use awslogs.")
    }
  }
}

/// Source: AWS Batch API Reference, RetryStrategy.
struct RetryStrategy: Shape, Equatable {
  var attempts: Int?
  var evaluateOnExit: [EvaluateOnExit]?
  static var limits: [Limit<Self>] {
    [.range("attempts", \.attempts, 1...10), .count("evaluateOnExit", \.evaluateOnExit, 0...5)]
  }
  struct EvaluateOnExit: Shape, Equatable {
    var onStatusReason: String?
    var onReason: String?
    var onExitCode: String?
    var action: String
  }

  /// Whether a failed attempt is followed by another. The first rule whose every condition holds decides; without rules every failure is tried again.
  func retries(afterAttempts made: Int, exitCode: Int?, reason: String?, statusReason: String?) -> Bool {
    guard made < attempts ?? 1 else { return false }
    let rules = evaluateOnExit ?? []
    if rules.isEmpty { return true }
    for rule in rules {
      let conditions = [
        (rule.onExitCode, exitCode.map(String.init)), (rule.onReason, reason), (rule.onStatusReason, statusReason),
      ]
      if conditions.allSatisfy({ pattern, value in pattern.map { Self.matches($0, value) } ?? true }) {
        return rule.action.uppercased() == "RETRY"
      }
    }
    // AWS tries again when no rule matches.
    return true
  }

  /// A trailing asterisk stands for any ending.
  private static func matches(_ pattern: String, _ value: String?) -> Bool {
    guard let value else { return false }
    return pattern.hasSuffix("*") ? value.hasPrefix(pattern.dropLast()) : value == pattern
  }
}

struct JobTimeout: Shape, Equatable {
  var attemptDurationSeconds: Int?
}

extension Call where Home == Batch {
  /// The active definition of `name`, `name:revision` or an ARN; without a revision, the latest. Nil when there is none.
  func definition(_ text: String) throws -> JobDefinition? {
    let name = ARN(text)?.resourceName ?? text
    let parts = name.split(separator: ":").map(String.init)
    if parts.count == 2, let revision = Int(parts[1]) {
      return try get(JobDefinition.self, JobDefinition.key(parts[0], revision)).flatMap { $0.active ? $0 : nil }
    }
    var latest: JobDefinition?
    try transaction.forEach(JobDefinition.self, in: partition, prefix: "\(name):") { definition in
      if definition.active { latest = definition }
      return true
    }
    return latest
  }
}
