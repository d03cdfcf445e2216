import ServiceKit

/// Lists the attempts to hand events to a subscription filter's destination, newest first.
///
/// Differs: AWS has no such operation.
struct ListSubscriptionDeliveries: Operation {
  struct Input: DeliveryQuery {
    var logGroupName: String
    var filterName: String
    var outcome: String?
    var id: String?
    var nextToken: String?
    var maxResults: Int?
    static var limits: [Limit<Self>] {
      [.length("logGroupName", \.logGroupName, 1...512), .length("filterName", \.filterName, 1...512)] + queryLimits
    }
  }

  static func run(_ input: Input, _ call: Call<Logs>) throws -> DeliveryPage {
    let group = try call.group(input.logGroupName)
    guard let filter = try call.get(SubscriptionFilter.self, "\(group.name):\(input.filterName)") else {
      throw Fault.notFound("The specified subscription filter does not exist.")
    }
    return try call.deliveries(of: filter.arn(call.partition), input)
  }
}
