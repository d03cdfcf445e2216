import ServiceKit
import Store

/// Describes a role. Source: IAM API Reference, GetRole.
struct GetRole: Operation {
  struct Input: Shape { var roleName: String }
  struct Output: Shape { var role: RoleShape }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    guard let role = try call.transaction.get(Role.self, input.roleName, in: call.global) else { throw Fault.roleNotFound(input.roleName) }
    return Output(role: RoleShape(role, account: call.caller.account))
  }
}
