import JSON
import ServiceKit
import Store
import Time
import Wire

/// Submits a job. Source: AWS Batch API Reference, SubmitJob.
///
/// Differs: the image `local` runs the command as a process of this machine; other images need a container engine and are refused.
struct SubmitJob: Operation {
  struct Input: Shape {
    var jobName: String
    var jobQueue: String
    var shareIdentifier: String?
    var schedulingPriorityOverride: Int?
    var arrayProperties: JSONValue?
    var dependsOn: [Job.Dependency]?
    var jobDefinition: String
    var parameters: [String: String]?
    var containerOverrides: Overrides?
    var nodeOverrides: JSONValue?
    var eksPropertiesOverride: JSONValue?
    var ecsPropertiesOverride: JSONValue?
    var retryStrategy: RetryStrategy?
    var propagateTags: Bool?
    var timeout: JobTimeout?
    var tags: [String: String]?
  }
  struct Overrides: Shape {
    var vcpus: Int?
    var memory: Int?
    var command: [String]?
    var instanceType: String?
    var environment: [ContainerProperties.KeyValue]?
    var resourceRequirements: [ContainerProperties.ResourceRequirement]?
  }
  struct Output: Shape {
    var jobArn: String
    var jobName: String
    var jobId: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/submitjob")

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("batch", "job-queue/\(ARN(input.jobQueue)?.resourceName ?? input.jobQueue)")
  }

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    try BatchName.check(input.jobName, "jobName")
    try refuse(input)
    guard let queue = try call.queue(input.jobQueue) else { throw Fault.missing("Job queue", input.jobQueue) }
    guard queue.state == "ENABLED" else { throw Fault.client("JobQueue \(queue.arn(call.partition)) is not in ENABLED state.") }
    guard let definition = try call.definition(input.jobDefinition) else {
      throw Fault.client("JobDefinition \(input.jobDefinition) does not exist or is not in ACTIVE state.")
    }
    let container = try merged(definition.containerProperties, input.containerOverrides)
    guard let command = container.command, !command.isEmpty else {
      throw Fault.client(
        "The job has no command: give one in the job definition's containerProperties.command or in containerOverrides.command.")
    }
    var job = Job(
      id: call.room.context.identifiers.uuid(), name: input.jobName, queue: queue.name,
      definition: "\(definition.name):\(definition.revision)",
      status: .submitted, created: call.now, container: container,
      parameters: definition.parameters.merging(input.parameters ?? [:]) { $1 }, dependsOn: input.dependsOn ?? [], waitingFor: [],
      retryStrategy: input.retryStrategy ?? definition.retryStrategy,
      timeoutSeconds: input.timeout?.attemptDurationSeconds ?? definition.timeout?.attemptDurationSeconds, tags: input.tags ?? [:],
      propagateTags: input.propagateTags ?? definition.propagateTags ?? false,
      schedulingPriority: input.schedulingPriorityOverride ?? definition.schedulingPriority, shareIdentifier: input.shareIdentifier,
      attempts: [], isCancelled: false)
    if job.propagateTags { job.tags.merge(definition.tags) { given, _ in given } }
    try call.announce(job)
    try call.queueUp(&job)
    return Output(jobArn: job.arn(call.partition).description, jobName: job.name, jobId: job.id)
  }

  private static func refuse(_ input: Input) throws {
    let unserved: [(String, Bool)] = [
      ("arrayProperties", input.arrayProperties?.object?.isEmpty == false), ("nodeOverrides", input.nodeOverrides != nil),
      ("eksPropertiesOverride", input.eksPropertiesOverride != nil), ("ecsPropertiesOverride", input.ecsPropertiesOverride != nil),
      ("shareIdentifier", input.shareIdentifier != nil),
    ]
    for (member, given) in unserved where given { throw Fault.client("\(member) is not served by Martlet yet.") }
    guard input.dependsOn?.count ?? 0 <= 20 else {
      throw Fault.client("Error executing request, Exception : dependsOn takes at most 20 jobs.")
    }
    for dependency in input.dependsOn ?? [] where dependency.type != nil {
      throw Fault.client("dependsOn.type \(dependency.type ?? "") is for array jobs, which are not served by Martlet yet.")
    }
  }

  private static func merged(_ base: ContainerProperties, _ overrides: Overrides?) throws -> ContainerProperties {
    var container = base
    if let overrides {
      container.command = overrides.command ?? base.command
      container.vcpus = overrides.vcpus ?? base.vcpus
      container.memory = overrides.memory ?? base.memory
      for requirement in overrides.resourceRequirements ?? [] {
        container.resourceRequirements = (container.resourceRequirements ?? []).filter { $0.type != requirement.type } + [requirement]
      }
      let names = Set((overrides.environment ?? []).compactMap(\.name))
      container.environment = (base.environment ?? []).filter { !names.contains($0.name ?? "") } + (overrides.environment ?? [])
    }
    try container.check()
    guard container.image == "local" else {
      throw Fault.client(
        "The image '\(container.image ?? "")' needs a container engine, which this server does not have. Use the image 'local' to run the command as a process of this machine."
      )
    }
    return container
  }
}
