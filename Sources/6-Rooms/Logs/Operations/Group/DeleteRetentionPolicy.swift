import ServiceKit

/// Lets a group keep its events for ever. Source: Amazon CloudWatch Logs API Reference, DeleteRetentionPolicy.
struct DeleteRetentionPolicy: Operation {
  struct Input: Shape {
    var logGroupName: String
    static var limits: [Limit<Self>] { [.length("logGroupName", \.logGroupName, 1...512, LogName.group)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    var group = try call.group(input.logGroupName)
    group.retentionInDays = nil
    try call.change(group)
    return Empty()
  }
}
