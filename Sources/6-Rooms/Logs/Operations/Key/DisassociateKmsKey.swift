import ServiceKit
import Store

/// Encrypts a group's new events with its KMS key no more; old ones stay readable.
/// Source: Amazon CloudWatch Logs API Reference, DisassociateKmsKey.
struct DisassociateKmsKey: Operation {
  struct Input: Shape {
    var logGroupName: String?
    var resourceIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group),
        .length("resourceIdentifier", \.resourceIdentifier, 1...2_048),
      ]
    }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var group = try call.group(AssociateKmsKey.groupName(input.logGroupName, input.resourceIdentifier, in: call.partition))
    (group.kmsKeyId, group.dataKey) = (nil, nil)
    try call.change(group)
    let (room, id) = (call.room, group.id)
    call.transaction.afterCommit { room.keys.release(id) }
    return Empty()
  }
}
