import ServiceKit
import Store
import Time

/// Describes a user; without a name, the caller. Source: IAM API Reference, GetUser.
struct GetUser: Operation {
  struct Input: Shape { var userName: String? }
  struct Output: Shape { var user: UserShape }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    if input.userName == nil, call.caller.kind == .root {
      var root = UserShape(
        User(userName: "root", userId: call.caller.account, path: "/", createDate: call.now), account: call.caller.account)
      root.arn = call.caller.arn
      return Output(user: root)
    }
    let name = try call.userName(input.userName)
    guard let user = try call.transaction.get(User.self, name, in: call.global) else { throw Fault.userNotFound(name) }
    return Output(user: UserShape(user, account: call.caller.account))
  }
}

extension Call where Home == IAM {
  /// The name given, or that of the calling user. Throws when neither is there.
  func userName(_ given: String?) throws -> String {
    if let given { return given }
    guard caller.kind == .user, let name = caller.arn.split(separator: "/").last else { throw Fault.userNameNeeded }
    return String(name)
  }
}
