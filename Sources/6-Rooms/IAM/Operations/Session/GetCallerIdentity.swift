import ServiceKit

/// Says who the caller is. Source: AWS STS API Reference, GetCallerIdentity.
struct GetCallerIdentity: Operation {
  struct Output: Shape {
    var userId: String
    var account: String
    var arn: String
  }

  static func run(_ input: Empty, _ call: Call<STS>) throws -> Output {
    Output(userId: call.caller.userID, account: call.caller.account, arn: call.caller.arn)
  }
}
