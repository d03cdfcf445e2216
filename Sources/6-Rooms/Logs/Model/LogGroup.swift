import JSON
import Series
import ServiceKit
import Store
import Time

/// A log group.
struct LogGroup: Resource {
  static let kind = "logs.group"
  static let classes = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"]
  var name: String
  /// Names its events in the log store; a group made again under the same name has another.
  var id: String
  var created: Timestamp
  var retentionInDays: Int?
  var kmsKeyId: String?
  var logGroupClass: String
  var tags: [String: String]
  var deletionProtected: Bool
  /// The data protection policy as it was put.
  var protection: ProtectionDocument?
  /// A policy was there once and was deleted.
  var protectionDeleted: Bool?
  /// The key of its events, wrapped, while a KMS key is associated.
  var dataKey: WrappedKey?
  var key: String { name }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "logs", region: partition.region, account: partition.account, resource: "log-group:\(name)")
  }
}

/// A data protection policy as a call gave it.
struct ProtectionDocument: Codable, Sendable, Equatable {
  var document: String
  var updated: Timestamp
}

/// A log stream; its events are in the log store.
struct LogStream: Resource {
  static let kind = "logs.stream"
  var group: String
  var name: String
  var created: Timestamp
  var key: String { Self.key(group, name) }
  /// Neither name holds a colon.
  static func key(_ group: String, _ name: String) -> String { "\(group):\(name)" }
}

extension Call where Home == Logs {
  /// The group that a name or an identifier names. Throws InvalidParameterException and ResourceNotFoundException.
  func group(_ name: String?, _ identifier: String?) throws -> LogGroup { try group(LogName.group(name, identifier, in: partition)) }

  /// Throws ResourceNotFoundException.
  func group(_ name: String) throws -> LogGroup {
    guard let group = try get(LogGroup.self, name) else { throw Fault.groupNotFound }
    return group
  }

  /// Writes a changed group and lets appending see the change.
  func change(_ group: LogGroup) throws {
    try put(group)
    room.forget(group.name, in: partition, after: transaction)
  }
}
