import ServiceKit
import Store

/// Describes resource policies. Source: Amazon CloudWatch Logs API Reference, DescribeResourcePolicies.
struct DescribeResourcePolicies: Operation {
  struct Input: Shape {
    var nextToken: String?
    var limit: Int?
    var resourceArn: String?
    var policyScope: String?
    static var limits: [Limit<Self>] {
      [.range("limit", \.limit, 1...50), .oneOf("policyScope", \.policyScope, ["ACCOUNT", "RESOURCE"])]
    }
  }
  struct Output: Shape {
    var resourcePolicies: [ResourcePolicyShape]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    if let resource = input.resourceArn {
      let arn = try call.group(nil, resource).arn(call.partition).description
      let found = try call.get(ResourcePolicy.self, ResourcePolicy.key(name: nil, resource: arn))
      return Output(resourcePolicies: found.map { [ResourcePolicyShape($0)] } ?? [])
    }
    let page = try call.listing(
      ResourcePolicy.self, prefix: input.policyScope == "RESOURCE" ? "resource:" : "account:", after: input.nextToken,
      limit: input.limit ?? 50)
    return Output(resourcePolicies: page.items.map { ResourcePolicyShape($0) }, nextToken: page.next)
  }
}
