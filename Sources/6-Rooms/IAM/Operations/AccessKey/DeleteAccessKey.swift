import ServiceKit
import Store

/// Deletes an access key; requests signed with it fail from then on. Source: IAM API Reference, DeleteAccessKey.
struct DeleteAccessKey: Operation {
  struct Input: Shape {
    var userName: String?
    var accessKeyId: String
    static var limits: [Limit<Self>] { [.length("accessKeyId", \.accessKeyId, 16...128)] }
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Empty {
    let key = try call.accessKey(input.accessKeyId, of: input.userName)
    try call.transaction.delete(AccessKey.self, key.accessKeyId, in: call.global)
    call.transaction.afterCommit { [room = call.room] in room.forgetKeys() }
    return Empty()
  }
}
