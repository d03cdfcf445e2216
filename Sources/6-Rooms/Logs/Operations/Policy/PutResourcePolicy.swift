import ServiceKit
import Store

/// Keeps a policy of the account or of a log group. Source: Amazon CloudWatch Logs API Reference, PutResourcePolicy.
///
/// Differs: what it allows is not asked yet, as of all policies.
struct PutResourcePolicy: Operation {
  struct Input: Shape {
    var policyName: String?
    var policyDocument: String?
    var resourceArn: String?
    var expectedRevisionId: String?
    static var limits: [Limit<Self>] { [.length("policyDocument", \.policyDocument, 1...51_200)] }
  }
  struct Output: Shape {
    var resourcePolicy: ResourcePolicyShape
    var revisionId: String?
  }
  /// Policies of an account and region.
  private static let most = 10

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    guard let document = input.policyDocument else { throw Fault.parameter("policyDocument must be given.") }
    try PolicyDocument.check(document)
    var policy: ResourcePolicy
    if let resource = input.resourceArn {
      if input.policyName != nil { throw Fault.parameter("policyName and resourceArn can't be specified together.") }
      let group = try call.group(nil, resource)
      policy = ResourcePolicy(name: nil, document: document, resourceArn: group.arn(call.partition).description, updated: call.now)
      let before = try call.get(ResourcePolicy.self, policy.key)
      guard before?.revision == input.expectedRevisionId else {
        throw Fault("OperationAbortedException", "The expected revision ID does not match the policy's current one.")
      }
      policy.revision = call.room.context.identifiers.hex(16)
    } else {
      guard let name = input.policyName, !name.isEmpty else { throw Fault.parameter("policyName must be given.") }
      if document.utf16.count > 5_120 { throw Fault.parameter("The policy document is longer than 5120 characters.") }
      policy = ResourcePolicy(name: name, document: document, updated: call.now)
      let count = try call.transaction.count(ResourcePolicy.kind, in: call.partition, prefix: "account:")
      if count >= most, try call.get(ResourcePolicy.self, policy.key) == nil { throw Fault.limit() }
    }
    try call.put(policy)
    return Output(resourcePolicy: ResourcePolicyShape(policy), revisionId: policy.revision)
  }
}
