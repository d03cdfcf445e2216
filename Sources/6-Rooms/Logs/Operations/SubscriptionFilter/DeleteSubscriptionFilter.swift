import ServiceKit

/// Deletes a subscription filter; what waits for its destination goes with it.
/// Source: Amazon CloudWatch Logs API Reference, DeleteSubscriptionFilter.
struct DeleteSubscriptionFilter: Operation {
  struct Input: Shape {
    var logGroupName: String
    var filterName: String
    static var limits: [Limit<Self>] {
      [.length("logGroupName", \.logGroupName, 1...512, LogName.group), .length("filterName", \.filterName, 1...512, LogName.stream)]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("logs", "log-group:\(input.logGroupName)") }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> Empty {
    let group = try call.group(input.logGroupName)
    guard let filter = try call.get(SubscriptionFilter.self, "\(group.name):\(input.filterName)") else {
      throw Fault.notFound("The specified subscription filter does not exist.")
    }
    try call.drop(filter)
    call.room.forget(group.name, in: call.partition, after: call.transaction)
    return Empty()
  }
}
