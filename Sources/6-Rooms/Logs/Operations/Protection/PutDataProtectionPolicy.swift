import ServiceKit
import Store
import Time

/// Says which sensitive data of a group is masked. Source: Amazon CloudWatch Logs API Reference, PutDataProtectionPolicy.
struct PutDataProtectionPolicy: Operation {
  struct Input: Shape {
    var logGroupIdentifier: String
    var policyDocument: String
    static var limits: [Limit<Self>] { [.length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier)] }
  }
  struct Output: Shape {
    var logGroupIdentifier: String
    var policyDocument: String?
    var lastUpdatedTime: Int64?
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Output {
    var group = try call.group(nil, input.logGroupIdentifier)
    try group.allows("PutDataProtectionPolicy", call.enforcesQuotas)
    try call.checkFindings(try ProtectionPolicy(input.policyDocument), of: group.name)
    group.protection = ProtectionDocument(document: input.policyDocument, updated: call.now)
    group.protectionDeleted = nil
    try call.change(group)
    return Output(
      logGroupIdentifier: input.logGroupIdentifier, policyDocument: input.policyDocument, lastUpdatedTime: call.now.milliseconds)
  }
}

extension Call where Home == Logs {
  /// Throws InvalidParameterException unless the group that findings go to is there and another one.
  func checkFindings(_ policy: ProtectionPolicy, of group: String?) throws {
    guard let name = policy.findingsGroup else { return }
    if name == group { throw Fault.parameter("Invalid data protection policy: findings can't go to the log group itself.") }
    guard try get(LogGroup.self, name) != nil else {
      throw Fault.parameter("Invalid data protection policy: the log group \(name) for findings does not exist.")
    }
  }
}
