import ServiceKit

/// Protects a log group from deletion, or no longer. Source: Amazon CloudWatch Logs API Reference, PutLogGroupDeletionProtection.
struct PutLogGroupDeletionProtection: Operation {
  struct Input: Shape {
    var logGroupIdentifier: String
    var deletionProtectionEnabled: Bool
    static var limits: [Limit<Self>] { [.length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var group = try call.group(nil, input.logGroupIdentifier)
    group.deletionProtected = input.deletionProtectionEnabled
    try call.change(group)
    return Empty()
  }
}
