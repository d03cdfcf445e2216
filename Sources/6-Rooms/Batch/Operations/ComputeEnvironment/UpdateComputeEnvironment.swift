import JSON
import ServiceKit
import Store
import Wire

/// Changes a compute environment. Source: AWS Batch API Reference, UpdateComputeEnvironment.
struct UpdateComputeEnvironment: Operation {
  struct Input: Shape {
    var computeEnvironment: String
    var state: String?
    var computeResources: JSONValue?
    var serviceRole: String?
    static var limits: [Limit<Self>] { [.oneOf("state", \.state, ["ENABLED", "DISABLED"])] }
  }
  struct Output: Shape {
    var computeEnvironmentName: String
    var computeEnvironmentArn: String
  }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/updatecomputeenvironment")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Output {
    guard var environment = try call.environment(input.computeEnvironment) else {
      throw Fault.missing("Compute environment", input.computeEnvironment)
    }
    environment.state = input.state ?? environment.state
    environment.serviceRole = input.serviceRole ?? environment.serviceRole
    if let changes = input.computeResources?.object {
      var resources = environment.computeResources?.object ?? JSONObject()
      for (name, value) in changes { resources[name] = value }
      guard let most = resources["maxvCpus"]?.int, most >= 0 else {
        throw Fault.client("Error executing request, Exception : computeResources.maxvCpus must be an integer of at least 0.")
      }
      environment.computeResources = .object(resources)
    }
    try call.put(environment)
    call.room.wakeAfterCommit(call.transaction)
    return Output(computeEnvironmentName: environment.name, computeEnvironmentArn: environment.arn(call.partition))
  }
}
