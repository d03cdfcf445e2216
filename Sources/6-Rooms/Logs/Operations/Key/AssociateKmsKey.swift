import ServiceKit
import Store

/// Encrypts a group's new events with a KMS key. Source: Amazon CloudWatch Logs API Reference, AssociateKmsKey.
///
/// Differs: while KMS is not served every call ends in a fault that says so. Results of queries are encrypted by the server's own option alone.
struct AssociateKmsKey: AsyncOperation {
  struct Input: Shape {
    var logGroupName: String?
    var kmsKeyId: String
    var resourceIdentifier: String?
    static var limits: [Limit<Self>] {
      [
        .length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("kmsKeyId", \.kmsKeyId, 0...256),
        .length("resourceIdentifier", \.resourceIdentifier, 1...2_048),
      ]
    }
  }

  static func run(_ input: Input, _ call: AsyncCall<Logs>) async throws -> Empty {
    let name = try groupName(input.logGroupName, input.resourceIdentifier, in: call.partition)
    let group = try await call.read { try $0.group(name) }
    let key = try await call.newKey(input.kmsKeyId, group: group.id)
    try await call.write { call in
      var group = try call.group(name)
      (group.kmsKeyId, group.dataKey) = (input.kmsKeyId, key)
      try call.change(group)
    }
    return Empty()
  }

  /// The group out of the two ways to name it. Throws InvalidParameterException.
  static func groupName(_ name: String?, _ identifier: String?, in partition: Partition) throws(Fault) -> String {
    switch (name, identifier) {
    case (let name?, nil): return name
    case (nil, let identifier?):
      if identifier.contains(":query-result:") {
        throw .parameter(
          "Results of queries can't be encrypted with a KMS key by Martlet; the server's option --log-encryption-key encrypts them.")
      }
      return try LogName.group(identifier: identifier, in: partition)
    default: throw .parameter("Exactly one of logGroupName and resourceIdentifier must be given.")
    }
  }
}
