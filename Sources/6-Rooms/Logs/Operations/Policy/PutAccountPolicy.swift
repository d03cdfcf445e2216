import ServiceKit
import Store

/// Makes a policy for all groups of the account. Source: Amazon CloudWatch Logs API Reference, PutAccountPolicy.
///
/// Differs: of the types there is DATA_PROTECTION_POLICY alone.
struct PutAccountPolicy: Operation {
  struct Input: Shape {
    var policyName: String
    var policyDocument: String
    var policyType: String
    var scope: String?
    var selectionCriteria: String?
    var dryRun: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("policyName", \.policyName, 1...256), .oneOf("policyType", \.policyType, AccountPolicy.Kind.allCases.map(\.rawValue)),
        .oneOf("scope", \.scope, ["ALL"]),
      ]
    }
  }
  struct Output: Shape { var accountPolicy: AccountPolicyShape }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    guard let type = AccountPolicy.Kind(rawValue: input.policyType), type == .dataProtection else {
      throw Fault.parameter(
        "Account policies of the type \(input.policyType) are not served by Martlet: use a policy or filter of each log group.")
    }
    if input.selectionCriteria != nil { throw Fault.parameter("selectionCriteria can't be given for a \(input.policyType).") }
    try call.checkFindings(try ProtectionPolicy(input.policyDocument), of: nil)
    let policy = AccountPolicy(name: input.policyName, type: type, document: input.policyDocument, updated: call.now)
    let others = try AccountPolicy.policies(type, in: call.partition, call.transaction).filter { $0.key != policy.key }
    if !others.isEmpty { throw Fault.limit("An account can have one \(input.policyType) in a Region.") }
    try call.put(policy)
    let room = call.room
    call.transaction.afterCommit { room.groups.forgetAll() }
    return Output(accountPolicy: AccountPolicyShape(policy, call.partition))
  }
}
