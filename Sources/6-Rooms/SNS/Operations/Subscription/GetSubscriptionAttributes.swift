import ServiceKit
import Wire

/// Answers a subscription's attributes. Source: Amazon SNS API Reference, GetSubscriptionAttributes.
struct GetSubscriptionAttributes: Operation {
  struct Input: Shape { var subscriptionArn: String }
  struct Output: Shape { var attributes: [String: String] }
  static let xml = XMLHints(maps: ["Attributes"])

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let subscription = try call.subscription(input.subscriptionArn)
    var attributes: [String: String] = [
      "SubscriptionArn": input.subscriptionArn, "TopicArn": call.arn(subscription.topic).description, "Protocol": subscription.proto,
      "Endpoint": subscription.endpoint, "Owner": subscription.owner, "RawMessageDelivery": "\(subscription.rawMessageDelivery)",
      "PendingConfirmation": "\(!subscription.isConfirmed)", "ConfirmationWasAuthenticated": "\(subscription.proto == "sqs")",
    ]
    if let policy = subscription.filterPolicy {
      attributes["FilterPolicy"] = policy
      attributes["FilterPolicyScope"] = subscription.filterPolicyScope
    }
    if let policy = subscription.redrivePolicy { attributes["RedrivePolicy"] = policy }
    return Output(attributes: attributes)
  }
}
