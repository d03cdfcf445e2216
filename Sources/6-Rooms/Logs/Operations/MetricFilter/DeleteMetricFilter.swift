import ServiceKit

/// Deletes a metric filter. Source: Amazon CloudWatch Logs API Reference, DeleteMetricFilter.
struct DeleteMetricFilter: Operation {
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
    guard try call.delete(MetricFilter.self, "\(group.name):\(input.filterName)") else {
      throw Fault("ResourceNotFoundException", "The specified metric filter does not exist.")
    }
    call.room.forget(group.name, in: call.partition, after: call.transaction)
    return Empty()
  }
}
