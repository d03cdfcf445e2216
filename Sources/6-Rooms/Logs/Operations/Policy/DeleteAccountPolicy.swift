import ServiceKit
import Store

/// Deletes a policy for all groups of the account. Source: Amazon CloudWatch Logs API Reference, DeleteAccountPolicy.
struct DeleteAccountPolicy: Operation {
  struct Input: Shape {
    var policyName: String
    var policyType: String
    var dryRun: Bool?
    static var limits: [Limit<Self>] { [.oneOf("policyType", \.policyType, AccountPolicy.Kind.allCases.map(\.rawValue))] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    guard let type = AccountPolicy.Kind(rawValue: input.policyType),
      try call.delete(AccountPolicy.self, AccountPolicy.key(type, input.policyName))
    else { throw Fault.notFound("The specified account policy does not exist.") }
    let room = call.room
    call.transaction.afterCommit { room.groups.forgetAll() }
    return Empty()
  }
}
