import ServiceKit
import Store
import Time

/// Makes an access key for a user; its secret is answered this once. Source: IAM API Reference, CreateAccessKey.
struct CreateAccessKey: Operation {
  struct Input: Shape { var userName: String? }
  struct Output: Shape { var accessKey: Key }
  struct Key: Shape {
    var userName: String
    var accessKeyId: String
    var status: String
    var secretAccessKey: String
    var createDate: Timestamp
  }
  /// The answer holds a secret.
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Output {
    let name = try call.userName(input.userName)
    guard let user = try call.transaction.get(User.self, name, in: call.global) else { throw Fault.userNotFound(name) }
    let existing = try call.transaction.page(AccessKey.self, in: call.global, index: "user", equals: name, limit: 2)
    guard existing.items.count < 2 else { throw Fault.tooManyKeys }
    let identifiers = call.room.context.identifiers
    let key = AccessKey(
      accessKeyId: "AKIA" + identifiers.upper(16), secret: identifiers.secret(), userName: name, userID: user.userId,
      userARN: UserShape(user, account: call.caller.account).arn, status: AccessKey.active, createDate: call.now)
    try call.transaction.put(key, in: call.global, when: .absent)
    return Output(
      accessKey: Key(
        userName: name, accessKeyId: key.accessKeyId, status: key.status, secretAccessKey: key.secret, createDate: key.createDate))
  }
}
