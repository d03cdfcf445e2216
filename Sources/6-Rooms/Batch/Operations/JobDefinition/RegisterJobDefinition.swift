import JSON
import ServiceKit
import Store
import Wire

/// Registers the next revision of a job definition. Source: AWS Batch API Reference, RegisterJobDefinition.
struct RegisterJobDefinition: Operation {
  struct Input: Shape {
    var jobDefinitionName: String
    var type: String
    var parameters: [String: String]?
    var schedulingPriority: Int?
    var containerProperties: ContainerProperties?
    var nodeProperties: JSONValue?
    var eksProperties: JSONValue?
    var ecsProperties: JSONValue?
    var retryStrategy: RetryStrategy?
    var propagateTags: Bool?
    var timeout: JobTimeout?
    var tags: [String: String]?
    var platformCapabilities: [String]?
  }
  struct Output: Shape {
    var jobDefinitionName: String
    var jobDefinitionArn: String
    var revision: Int
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/registerjobdefinition")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    try BatchName.check(input.jobDefinitionName, "jobDefinitionName")
    guard input.type == "container", input.nodeProperties == nil, input.eksProperties == nil, input.ecsProperties == nil else {
      throw Fault.client("Only job definitions of type container with containerProperties are served by Martlet.")
    }
    guard let container = input.containerProperties else {
      throw Fault.client(
        "Error executing request, Exception : containerProperties must be provided for a job definition of type container.")
    }
    try container.check()
    if let seconds = input.timeout?.attemptDurationSeconds, seconds < 60, call.enforcesQuotas {
      throw Fault.client("Error executing request, Exception : attemptDurationSeconds must be at least 60 seconds.")
    }
    var revision = 1
    try call.transaction.forEach(JobDefinition.self, in: call.partition, prefix: "\(input.jobDefinitionName):") { definition in
      revision = definition.revision + 1
      return true
    }
    let definition = JobDefinition(
      name: input.jobDefinitionName, revision: revision, active: true, type: input.type, parameters: input.parameters ?? [:],
      containerProperties: container, retryStrategy: input.retryStrategy, timeout: input.timeout, propagateTags: input.propagateTags,
      schedulingPriority: input.schedulingPriority, platformCapabilities: input.platformCapabilities, tags: input.tags ?? [:])
    try call.put(definition, when: .absent)
    return Output(jobDefinitionName: definition.name, jobDefinitionArn: definition.arn(call.partition), revision: revision)
  }
}
