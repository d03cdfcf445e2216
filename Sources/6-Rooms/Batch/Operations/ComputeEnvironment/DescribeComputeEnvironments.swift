import JSON
import ServiceKit
import Store
import Wire

/// Describes compute environments, all or those named. Source: AWS Batch API Reference, DescribeComputeEnvironments.
struct DescribeComputeEnvironments: Operation {
  struct Input: Shape {
    var computeEnvironments: [String]?
    var maxResults: Int?
    var nextToken: String?
  }
  struct Output: Shape {
    var computeEnvironments: [Detail]
    var nextToken: String?
  }
  struct Detail: Shape {
    var computeEnvironmentName: String
    var computeEnvironmentArn: String
    var ecsClusterArn: String
    var tags: [String: String]
    var type: String
    var state: String
    var status: String
    var statusReason: String
    var computeResources: JSONValue?
    var serviceRole: String?
    var containerOrchestrationType: String
    var uuid: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/describecomputeenvironments")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    if let names = input.computeEnvironments, !names.isEmpty {
      return Output(computeEnvironments: try names.compactMap { try call.environment($0) }.map { detail($0, call) })
    }
    let page = try call.transaction.page(
      ComputeEnvironment.self, in: call.partition, after: call.cursor(input.nextToken), limit: min(max(input.maxResults ?? 100, 1), 100))
    return Output(computeEnvironments: page.items.map { detail($0, call) }, nextToken: call.token(page.next))
  }

  private static func detail(_ environment: ComputeEnvironment, _ call: Call<Batch>) -> Detail {
    Detail(
      computeEnvironmentName: environment.name, computeEnvironmentArn: environment.arn(call.partition),
      ecsClusterArn: "arn:aws:ecs:\(call.caller.region):\(call.caller.account):cluster/\(environment.name)_Batch_\(environment.uuid)",
      tags: environment.tags, type: environment.type, state: environment.state, status: "VALID", statusReason: "ComputeEnvironment Healthy",
      computeResources: environment.computeResources, serviceRole: environment.serviceRole, containerOrchestrationType: "ECS",
      uuid: environment.uuid)
  }
}
