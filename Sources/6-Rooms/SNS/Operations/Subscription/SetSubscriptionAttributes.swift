import ServiceKit

/// Changes one attribute of a subscription. Source: Amazon SNS API Reference, SetSubscriptionAttributes.
struct SetSubscriptionAttributes: Operation {
  struct Input: Shape {
    var subscriptionArn: String
    var attributeName: String
    var attributeValue: String?
  }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Empty {
    var subscription = try call.subscription(input.subscriptionArn)
    try subscription.set(input.attributeName, input.attributeValue ?? "")
    try call.put(subscription)
    return Empty()
  }
}
