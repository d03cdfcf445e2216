import ServiceKit
import Store

/// Deletes a role. Sessions opened before go on until they expire. Source: IAM API Reference, DeleteRole.
struct DeleteRole: Operation {
  struct Input: Shape { var roleName: String }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Empty {
    guard try call.transaction.delete(Role.self, input.roleName, in: call.global) else { throw Fault.roleNotFound(input.roleName) }
    return Empty()
  }
}
