import ServiceKit
import Store

/// Names of groups and streams as calls give them.
enum LogName {
  static let group = TextPattern(#"[\.\-_/#A-Za-z0-9]+"#, alphanumericsAnd: ".-_/#")
  static let groupPart = TextPattern(#"[\.\-_/#A-Za-z0-9]*"#, alphanumericsAnd: ".-_/#")
  static let stream = TextPattern("[^:*]*") { !$0.contains(":") && !$0.contains("*") }
  static let identifier = TextPattern(#"[\w#+=/:,.@-]*"#, alphanumericsAnd: "_#+=/:,.@-")

  static let account = TextPattern(#"^\d{12}$"#) { $0.utf8.count == 12 && $0.utf8.allSatisfy { $0 &- 48 < 10 } }

  /// The group's name out of `logGroupName` or `logGroupIdentifier`, which may be an ARN. Throws InvalidParameterException.
  static func group(_ name: String?, _ identifier: String?, in partition: Partition) throws(Fault) -> String {
    switch (name, identifier) {
    case (let name?, nil): return name
    case (nil, let identifier?): return try group(identifier: identifier, in: partition)
    case (nil, nil): throw .parameter("LogGroup name or LogGroup identifier must be specified.")
    default: throw .parameter("LogGroup name and LogGroup identifier are mutually exclusive parameters.")
    }
  }

  /// The group's name out of a name or an ARN, with or without `:*`. An ARN of another account or region names a group that is not there.
  static func group(identifier: String, in partition: Partition) throws(Fault) -> String {
    guard identifier.hasPrefix("arn:") else { return identifier }
    let parts = ARN(identifier)?.resource.split(separator: ":").map(String.init) ?? []
    guard let arn = ARN(identifier), arn.service == "logs", parts.count >= 2, parts[0] == "log-group" else {
      throw .parameter("The specified ARN is not of a log group: \(identifier)")
    }
    guard arn.account == partition.account, arn.region == partition.region else { throw .groupNotFound }
    return parts[1]
  }
}
