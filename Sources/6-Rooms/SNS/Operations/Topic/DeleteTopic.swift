import ServiceKit
import Store

/// Deletes a topic with its subscriptions; one that is not there is deleted too, as on AWS. Source: Amazon SNS API Reference, DeleteTopic.
struct DeleteTopic: Operation {
  struct Input: Shape { var topicArn: String }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Empty {
    guard let arn = ARN(input.topicArn), arn.service == "sns" else { throw Fault.parameter("TopicArn") }
    var keys: [String] = []
    try call.transaction.forEach(Subscription.self, in: call.partition, prefix: "\(arn.resource):") { subscription in
      keys.append(subscription.key)
      return true
    }
    for key in keys { try call.delete(Subscription.self, key) }
    try call.delete(Topic.self, arn.resource)
    return Empty()
  }
}
