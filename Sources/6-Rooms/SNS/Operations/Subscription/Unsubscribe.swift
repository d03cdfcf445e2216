import ServiceKit

/// Ends a subscription; whoever holds its ARN may. Source: Amazon SNS API Reference, Unsubscribe.
struct Unsubscribe: Operation {
  struct Input: Shape { var subscriptionArn: String }
  static let isOpen = true

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Empty {
    guard let arn = ARN(input.subscriptionArn), arn.service == "sns" else { throw Fault.parameter("SubscriptionArn") }
    try call.delete(Subscription.self, arn.resource)
    return Empty()
  }
}
