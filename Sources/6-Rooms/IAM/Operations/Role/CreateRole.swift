import JSON
import ServiceKit
import Store
import Time

/// Creates a role. Source: IAM API Reference, CreateRole.
///
/// Differs: the trust policy must be a JSON object; who may assume the role is not yet decided by it.
struct CreateRole: Operation {
  struct Input: Shape {
    var roleName: String
    var assumeRolePolicyDocument: String
    var path: String?
    var description: String?
    var maxSessionDuration: Int?
    static var limits: [Limit<Self>] {
      [
        .length("roleName", \.roleName, 1...64, .iamName), .length("assumeRolePolicyDocument", \.assumeRolePolicyDocument, 1...131_072),
        .length("path", \.path, 1...512, .iamPath), .length("description", \.description, 0...1_000),
        .range("maxSessionDuration", \.maxSessionDuration, 3_600...43_200),
      ]
    }
  }
  struct Output: Shape { var role: RoleShape }

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    ARN(service: "iam", region: "", account: caller.account, resource: "role\(input.path ?? "/")\(input.roleName)")
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    guard let policy = try? JSONValue(parsing: input.assumeRolePolicyDocument), policy["Statement"] != nil else {
      throw Fault("MalformedPolicyDocument", "This policy contains invalid Json")
    }
    guard try call.transaction.get(Role.self, input.roleName, in: call.global) == nil else { throw Fault.roleExists(input.roleName) }
    let role = Role(
      roleName: input.roleName, roleId: "AROA" + call.room.context.identifiers.upper(17), path: input.path ?? "/",
      trustPolicy: input.assumeRolePolicyDocument, description: input.description, maxSessionDuration: input.maxSessionDuration ?? 3_600,
      createDate: call.now)
    try call.transaction.put(role, in: call.global, when: .absent)
    return Output(role: RoleShape(role, account: call.caller.account))
  }
}
