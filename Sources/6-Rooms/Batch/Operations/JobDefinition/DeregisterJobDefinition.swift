import ServiceKit
import Store
import Wire

/// Makes a revision inactive; jobs submitted with it go on. Source: AWS Batch API Reference, DeregisterJobDefinition.
struct DeregisterJobDefinition: Operation {
  struct Input: Shape { var jobDefinition: String }
  static let route: OperationRoute? = OperationRoute("POST", "/v1/deregisterjobdefinition")

  static func run(_ input: Input, _ call: Call<Batch>) throws -> Empty {
    guard (ARN(input.jobDefinition)?.resourceName ?? input.jobDefinition).contains(":") else {
      throw Fault.client("Error executing request, Exception : jobDefinition must name a revision, like name:1 or an ARN.")
    }
    guard var definition = try call.anyDefinition(input.jobDefinition) else {
      throw Fault.missing("Job definition", input.jobDefinition)
    }
    definition.active = false
    try call.put(definition)
    return Empty()
  }
}
