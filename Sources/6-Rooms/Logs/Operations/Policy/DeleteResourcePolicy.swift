import ServiceKit

/// Deletes a resource policy. Source: Amazon CloudWatch Logs API Reference, DeleteResourcePolicy.
struct DeleteResourcePolicy: Operation {
  struct Input: Shape {
    var policyName: String?
    var resourceArn: String?
    var expectedRevisionId: String?
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var key = ResourcePolicy.key(name: input.policyName, resource: nil)
    if let resource = input.resourceArn {
      key = ResourcePolicy.key(name: nil, resource: try call.group(nil, resource).arn(call.partition).description)
    }
    guard let policy = try call.get(ResourcePolicy.self, key) else {
      throw Fault.notFound("Policy with name [\(input.policyName ?? input.resourceArn ?? "")] does not exist.")
    }
    if let expected = input.expectedRevisionId, expected != policy.revision {
      throw Fault("OperationAbortedException", "The expected revision ID does not match the policy's current one.")
    }
    try call.delete(ResourcePolicy.self, key)
    return Empty()
  }
}
