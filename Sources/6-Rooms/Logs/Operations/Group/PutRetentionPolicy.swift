import ServiceKit

/// Sets how long a group keeps its events. Source: Amazon CloudWatch Logs API Reference, PutRetentionPolicy.
struct PutRetentionPolicy: Operation {
  struct Input: Shape {
    var logGroupName: String
    var retentionInDays: Int
    static var limits: [Limit<Self>] { [.length("logGroupName", \.logGroupName, 1...512, LogName.group)] }
  }
  private static let days = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    guard days.contains(input.retentionInDays) else {
      throw Fault.parameter(
        "1 validation error detected: Value '\(input.retentionInDays)' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [\(days.map(String.init).joined(separator: ", "))]"
      )
    }
    var group = try call.group(input.logGroupName)
    if call.enforcesQuotas, group.logGroupClass == "DELIVERY" {
      throw Fault.parameter("PutRetentionPolicy is not supported for log groups of class DELIVERY.")
    }
    group.retentionInDays = input.retentionInDays
    try call.change(group)
    return Empty()
  }
}
