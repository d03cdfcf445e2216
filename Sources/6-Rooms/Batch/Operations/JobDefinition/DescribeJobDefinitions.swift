import JSON
import ServiceKit
import Store
import Wire

/// Describes job definitions, by name, ARN or status. Source: AWS Batch API Reference, DescribeJobDefinitions.
struct DescribeJobDefinitions: Operation {
  struct Input: Shape {
    var jobDefinitions: [String]?
    var maxResults: Int?
    var jobDefinitionName: String?
    var status: String?
    var nextToken: String?
  }
  struct Output: Shape {
    var jobDefinitions: [Detail]
    var nextToken: String?
  }
  struct Detail: Shape {
    var jobDefinitionName: String
    var jobDefinitionArn: String
    var revision: Int
    var status: String
    var type: String
    var parameters: [String: String]
    var retryStrategy: RetryStrategy?
    var containerProperties: ContainerProperties
    var timeout: JobTimeout?
    var tags: [String: String]
    var propagateTags: Bool?
    var schedulingPriority: Int?
    var platformCapabilities: [String]?
    var containerOrchestrationType: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/describejobdefinitions")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    if let names = input.jobDefinitions, !names.isEmpty {
      return Output(jobDefinitions: try names.compactMap { try call.anyDefinition($0) }.map { detail($0, call.partition) })
    }
    let page = try call.transaction.page(
      JobDefinition.self, in: call.partition, prefix: input.jobDefinitionName.map { "\($0):" } ?? "", after: call.cursor(input.nextToken),
      limit: min(max(input.maxResults ?? 100, 1), 100))
    let wanted = page.items.filter { definition in
      input.status.map { $0 == (definition.active ? "ACTIVE" : "INACTIVE") } ?? true
    }
    return Output(jobDefinitions: wanted.map { detail($0, call.partition) }, nextToken: call.token(page.next))
  }

  private static func detail(_ definition: JobDefinition, _ partition: Partition) -> Detail {
    Detail(
      jobDefinitionName: definition.name, jobDefinitionArn: definition.arn(partition), revision: definition.revision,
      status: definition.active ? "ACTIVE" : "INACTIVE", type: definition.type, parameters: definition.parameters,
      retryStrategy: definition.retryStrategy, containerProperties: definition.containerProperties, timeout: definition.timeout,
      tags: definition.tags, propagateTags: definition.propagateTags, schedulingPriority: definition.schedulingPriority,
      platformCapabilities: definition.platformCapabilities, containerOrchestrationType: "ECS")
  }
}

extension Call where Home == Batch {
  /// The definition of a name or ARN with a revision, active or not; without a revision, the latest active one.
  func anyDefinition(_ text: String) throws -> JobDefinition? {
    let parts = (ARN(text)?.resourceName ?? text).split(separator: ":").map(String.init)
    if parts.count == 2, let revision = Int(parts[1]) { return try get(JobDefinition.self, JobDefinition.key(parts[0], revision)) }
    return try definition(text)
  }
}
