import JSON
import ServiceKit
import Store
import Time

extension Job {
  /// The job as DescribeJobs and events show it, members in camel case. Instants are milliseconds since 1970.
  ///
  /// Source: AWS Batch API Reference, JobDetail.
  func detail(_ partition: Partition) -> JSONObject {
    let arn = { (kind: String, name: String) in "arn:aws:batch:\(partition.region):\(partition.account):\(kind)/\(name)" }
    var detail: JSONObject = [
      "jobArn": .string(self.arn(partition).description), "jobName": .string(name), "jobId": .string(id),
      "jobQueue": .string(arn("job-queue", queue)), "status": .string(status.rawValue), "attempts": .array(attempts.map { $0.detail }),
      "createdAt": .int(created.milliseconds),
    ]
    if let statusReason { detail["statusReason"] = .string(statusReason) }
    if let started { detail["startedAt"] = .int(started.milliseconds) }
    if let stopped { detail["stoppedAt"] = .int(stopped.milliseconds) }
    var strategy: JSONObject = ["attempts": .int(Int64(retryStrategy?.attempts ?? 1))]
    strategy["evaluateOnExit"] = .array(
      (retryStrategy?.evaluateOnExit ?? []).compactMap { try? JSONValue(encoding: $0) })
    detail["retryStrategy"] = .object(strategy)
    detail["dependsOn"] = .array(dependsOn.compactMap { try? JSONValue(encoding: $0) })
    detail["jobDefinition"] = .string(arn("job-definition", definition))
    detail["parameters"] = .object(Self.object(parameters))
    detail["container"] = .object(containerDetail)
    if let timeoutSeconds { detail["timeout"] = ["attemptDurationSeconds": .int(Int64(timeoutSeconds))] }
    detail["tags"] = .object(Self.object(tags))
    detail["propagateTags"] = .bool(propagateTags)
    if let schedulingPriority { detail["schedulingPriority"] = .int(Int64(schedulingPriority)) }
    if let shareIdentifier { detail["shareIdentifier"] = .string(shareIdentifier) }
    detail["platformCapabilities"] = ["EC2"]
    detail["eksAttempts"] = []
    detail["isCancelled"] = .bool(isCancelled)
    detail["isTerminated"] = .bool(terminationReason != nil && !isCancelled)
    return detail
  }

  static func object(_ map: [String: String]) -> JSONObject {
    var object = JSONObject()
    for (key, value) in map.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
    return object
  }

  private var containerDetail: JSONObject {
    var detail = (try? JSONValue(encoding: container))?.object ?? JSONObject()
    detail["command"] = .array(command.map { .string($0) })
    for list in ["environment", "volumes", "mountPoints", "ulimits", "networkInterfaces", "resourceRequirements", "secrets"]
    where detail[list] == nil {
      detail[list] = []
    }
    if let attempt = current ?? attempts.last {
      detail["logStreamName"] = .string(attempt.logStream)
      if let code = attempt.exitCode { detail["exitCode"] = .int(Int64(code)) }
      if let reason = attempt.reason { detail["reason"] = .string(reason) }
    }
    return detail
  }
}

extension Job.Attempt {
  var detail: JSONValue {
    var container: JSONObject = ["logStreamName": .string(logStream), "networkInterfaces": []]
    if let exitCode { container["exitCode"] = .int(Int64(exitCode)) }
    if let reason { container["reason"] = .string(reason) }
    var detail: JSONObject = ["container": .object(container)]
    if let started { detail["startedAt"] = .int(started.milliseconds) }
    if let stopped { detail["stoppedAt"] = .int(stopped.milliseconds) }
    if let statusReason { detail["statusReason"] = .string(statusReason) }
    return .object(detail)
  }
}
