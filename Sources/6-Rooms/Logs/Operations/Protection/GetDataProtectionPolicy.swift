import ServiceKit
import Time

/// A group's data protection policy. Source: Amazon CloudWatch Logs API Reference, GetDataProtectionPolicy.
struct GetDataProtectionPolicy: Operation {
  struct Input: Shape {
    var logGroupIdentifier: String
    static var limits: [Limit<Self>] { [.length("logGroupIdentifier", \.logGroupIdentifier, 1...2_048, LogName.identifier)] }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> PutDataProtectionPolicy.Output {
    let group = try call.group(nil, input.logGroupIdentifier)
    return PutDataProtectionPolicy.Output(
      logGroupIdentifier: input.logGroupIdentifier, policyDocument: group.protection?.document,
      lastUpdatedTime: group.protection?.updated.milliseconds)
  }
}
