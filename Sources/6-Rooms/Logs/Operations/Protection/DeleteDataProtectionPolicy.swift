import ServiceKit

/// Masks no more; what was marked before stays masked. Source: Amazon CloudWatch Logs API Reference, DeleteDataProtectionPolicy.
struct DeleteDataProtectionPolicy: Operation {
  struct Input: Shape {
    var logGroupIdentifier: String
    static var limits: [Limit<Self>] { [.length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var group = try call.group(nil, input.logGroupIdentifier)
    guard group.protection != nil else { throw Fault.notFound("The log group has no data protection policy.") }
    group.protection = nil
    group.protectionDeleted = true
    try call.change(group)
    return Empty()
  }
}
