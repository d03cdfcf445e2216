import Execution
import ServiceKit
import Store

extension Job {
  /// The definition's name without its revision.
  var definitionName: String { definition.split(separator: ":").first.map(String.init) ?? definition }

  /// Source: AWS Batch User Guide, "Using the awslogs log driver".
  var logGroup: String { container.logConfiguration?.options?["awslogs-group"] ?? "/aws/batch/job" }

  /// Source: AWS Batch API Reference, ContainerDetail.logStreamName.
  func logStream(_ task: String) -> String {
    let prefix = container.logConfiguration?.options?["awslogs-stream-prefix"] ?? String(definitionName.prefix(200))
    return "\(prefix)/default/\(task.filter { $0 != "-" })"
  }
}

extension Batch {
  /// The attempt as the execution engine starts it.
  func attempt(_ job: Job, in partition: Partition) -> Attempt {
    Attempt(
      id: Self.attemptID(job.id, job.current?.number ?? 1), command: job.command, environment: environment(job, in: partition),
      workingDirectory: nil, cpus: job.container.requiredCPUs, memoryMiB: job.container.requiredMemory ?? 0)
  }

  /// What a job finds in its environment. Source: AWS Batch User Guide, "Job environment variables".
  private func environment(_ job: Job, in partition: Partition) -> [String: String] {
    var environment: [String: String] = [
      "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "LANG": "C.UTF-8",
      "AWS_REGION": partition.region,
      "AWS_DEFAULT_REGION": partition.region,
      "AWS_ENDPOINT_URL": context.endpoint,
      // Some operations' hosts have prefixes on AWS, which an address cannot have.
      "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    ]
    for variable in job.container.environment ?? [] {
      if let name = variable.name, !name.isEmpty, !name.contains("=") { environment[name] = variable.value ?? "" }
    }
    environment["AWS_BATCH_JOB_ID"] = job.id
    environment["AWS_BATCH_JOB_ATTEMPT"] = String(job.current?.number ?? 1)
    environment["AWS_BATCH_JQ_NAME"] = job.queue
    environment["AWS_BATCH_CE_NAME"] = job.environment ?? ""
    if let role = job.container.jobRoleArn {
      environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "\(context.endpoint)/_martlet/credentials"
      environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] =
        JobIdentity(role: role, session: job.id, partition: partition).token(context.tokens)
    }
    return environment
  }
}
