import ServiceKit
import Time

/// Lists the attempts to do an alarm's actions, newest first: what was sent where, when, with what result.
///
/// Beyond AWS, whose alarms tell in their history only how each action ended.
struct ListDeliveries: Operation {
  struct Input: DeliveryQuery {
    /// The alarm's.
    var name: String
    var outcome: String?
    var id: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] { queryLimits + [.length("name", \.name, 1...255)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.name)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> DeliveryPage {
    try call.deliveries(of: Alarm.arn(input.name, call.partition), input)
  }
}
