import JSON
import Series
import ServiceKit
import Store
import Time

/// A log group.
struct LogGroup: Resource {
  static let kind = "logs.group"
  var name: String
  /// Names its events in the log store; a group made again under the same name has another.
  var id: String
  var created: Timestamp
  var retentionInDays: Int?
  var kmsKeyId: String?
  var logGroupClass: String
  var tags: [String: String]
  var deletionProtected: Bool
  var key: String { name }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "logs", region: partition.region, account: partition.account, resource: "log-group:\(name)")
  }
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

enum LogName {
  static let group = TextPattern(#"[\.\-_/#A-Za-z0-9]+"#, alphanumericsAnd: ".-_/#")
  static let stream = TextPattern("[^:*]*") { !$0.contains(":") && !$0.contains("*") }

  /// The group's name out of `logGroupName` or `logGroupIdentifier`, which may be an ARN. Throws InvalidParameterException.
  static func group(_ name: String?, _ identifier: String?) throws(Fault) -> String {
    switch (name, identifier) {
    case (let name?, nil): return name
    case (nil, let identifier?):
      guard let arn = ARN(identifier) else { return identifier }
      return arn.resource.split(separator: ":").dropFirst().first.map(String.init) ?? identifier
    default: throw .parameter("Exactly one of logGroupName and logGroupIdentifier must be given.")
    }
  }
}

extension Call where Home == Logs {
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
