import ServiceKit
import Store
import Time

/// Creates a user. Source: IAM API Reference, CreateUser.
struct CreateUser: Operation {
  struct Input: Shape {
    var userName: String
    var path: String?
    static var limits: [Limit<Self>] {
      [.length("userName", \.userName, 1...64, .iamName), .length("path", \.path, 1...512, .iamPath)]
    }
  }
  struct Output: Shape { var user: UserShape }

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    ARN(service: "iam", region: "", account: caller.account, resource: "user\(input.path ?? "/")\(input.userName)")
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    guard try call.transaction.get(User.self, input.userName, in: call.global) == nil else { throw Fault.userExists(input.userName) }
    let user = User(
      userName: input.userName, userId: "AIDA" + call.room.context.identifiers.upper(17), path: input.path ?? "/", createDate: call.now)
    try call.transaction.put(user, in: call.global, when: .absent)
    return Output(user: UserShape(user, account: call.caller.account))
  }
}
