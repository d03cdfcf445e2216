import ServiceKit
import Store

/// Confirms a subscription by the token its endpoint was sent; needs no signature. Source: Amazon SNS API Reference, ConfirmSubscription.
struct ConfirmSubscription: Operation {
  struct Input: Shape {
    var topicArn: String
    var token: String
    var authenticateOnUnsubscribe: String?
  }
  struct Output: Shape { var subscriptionArn: String }
  static let isOpen = true

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let topic = try call.topic(input.topicArn)
    var found: Subscription?
    try call.transaction.forEach(Subscription.self, in: call.partition, prefix: "\(topic.name):") { subscription in
      if subscription.token == input.token { found = subscription }
      return found == nil
    }
    guard var subscription = found else { throw Fault.parameter("Token") }
    subscription.token = nil
    try call.put(subscription)
    return Output(subscriptionArn: subscription.arn(input.topicArn))
  }
}
