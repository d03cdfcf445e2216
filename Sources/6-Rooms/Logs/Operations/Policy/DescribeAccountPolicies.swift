import ServiceKit
import Store

/// Describes policies for all groups of the account. Source: Amazon CloudWatch Logs API Reference, DescribeAccountPolicies.
struct DescribeAccountPolicies: Operation {
  struct Input: Shape {
    var policyType: String
    var policyName: String?
    var accountIdentifiers: [String]?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.oneOf("policyType", \.policyType, AccountPolicy.Kind.allCases.map(\.rawValue))] }
  }
  struct Output: Shape { var accountPolicies: [AccountPolicyShape] }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    guard let type = AccountPolicy.Kind(rawValue: input.policyType) else { return Output(accountPolicies: []) }
    let found = try AccountPolicy.policies(type, in: call.partition, call.transaction).filter {
      input.policyName == nil || $0.name == input.policyName
    }
    return Output(accountPolicies: found.map { AccountPolicyShape($0, call.partition) })
  }
}
