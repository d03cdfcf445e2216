import ServiceKit
import Store

/// Deletes a user that has no access keys left. Source: IAM API Reference, DeleteUser.
struct DeleteUser: Operation {
  struct Input: Shape { var userName: String }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Empty {
    guard try call.transaction.get(User.self, input.userName, in: call.global) != nil else { throw Fault.userNotFound(input.userName) }
    let keys = try call.transaction.page(AccessKey.self, in: call.global, index: "user", equals: input.userName, limit: 1)
    guard keys.items.isEmpty else { throw Fault.keysLeft }
    try call.transaction.delete(User.self, input.userName, in: call.global)
    return Empty()
  }
}
