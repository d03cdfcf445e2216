import ServiceKit

/// Lists the attempts to hand events to a rule's targets, newest first: what was sent where, when, with what result.
///
/// Differs: AWS has no such operation.
struct ListDeliveries: Operation {
  struct Input: DeliveryQuery {
    var rule: String
    var eventBusName: String?
    var outcome: String?
    var id: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] { [.length("rule", \.rule, 1...64, .resourceName)] + queryLimits }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> DeliveryPage {
    let rule = try call.rule(input.rule, bus: call.bus(input.eventBusName))
    return try call.deliveries(of: rule.arn(call.partition), input)
  }
}
