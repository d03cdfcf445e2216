import ServiceKit
import Store

/// Switches an access key off or on. Source: IAM API Reference, UpdateAccessKey.
struct UpdateAccessKey: Operation {
  struct Input: Shape {
    var userName: String?
    var accessKeyId: String
    var status: String
    static var limits: [Limit<Self>] {
      [.length("accessKeyId", \.accessKeyId, 16...128), .oneOf("status", \.status, ["Active", "Inactive"])]
    }
  }

  static func run(_ input: Input, _ call: Call<IAM>) throws -> Empty {
    var key = try call.accessKey(input.accessKeyId, of: input.userName)
    key.status = input.status
    try call.transaction.put(key, in: call.global)
    call.transaction.afterCommit { [room = call.room] in room.forgetKeys() }
    return Empty()
  }
}

extension Call where Home == IAM {
  /// The key, when it is that user's. Throws NoSuchEntity.
  func accessKey(_ id: String, of userName: String?) throws -> AccessKey {
    guard let key = try transaction.get(AccessKey.self, id, in: global), try key.userName == self.userName(userName ?? key.userName) else {
      throw Fault.accessKeyNotFound(id)
    }
    return key
  }
}
