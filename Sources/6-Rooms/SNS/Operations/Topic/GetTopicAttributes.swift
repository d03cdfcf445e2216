import ServiceKit
import Store
import Wire

/// Answers a topic's attributes. Source: Amazon SNS API Reference, GetTopicAttributes.
struct GetTopicAttributes: Operation {
  struct Input: Shape { var topicArn: String }
  struct Output: Shape { var attributes: [String: String] }
  static let xml = XMLHints(maps: ["Attributes"])

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let topic = try call.topic(input.topicArn)
    var (confirmed, pending) = (0, 0)
    try call.transaction.forEach(Subscription.self, in: call.partition, prefix: "\(topic.name):") { subscription in
      if subscription.isConfirmed { confirmed += 1 } else { pending += 1 }
      return true
    }
    var attributes: [String: String] = [
      "TopicArn": call.arn(topic.name).description, "Owner": call.caller.account, "DisplayName": topic.displayName ?? "",
      "SubscriptionsConfirmed": "\(confirmed)", "SubscriptionsPending": "\(pending)", "SubscriptionsDeleted": "0",
    ]
    if let policy = topic.policy { attributes["Policy"] = policy }
    if let policy = topic.deliveryPolicy { attributes["DeliveryPolicy"] = policy }
    return Output(attributes: attributes)
  }
}
