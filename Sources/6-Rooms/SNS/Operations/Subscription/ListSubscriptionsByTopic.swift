import ServiceKit
import Store

/// Lists a topic's subscriptions, a hundred a page. Source: Amazon SNS API Reference, ListSubscriptionsByTopic.
struct ListSubscriptionsByTopic: Operation {
  struct Input: Shape {
    var topicArn: String
    var nextToken: String?
  }
  struct Output: Shape {
    var subscriptions: [SubscriptionEntry]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let topic = try call.topic(input.topicArn)
    let page = try call.transaction.page(
      Subscription.self, in: call.partition, prefix: "\(topic.name):", after: call.cursor(input.nextToken))
    return Output(subscriptions: page.items.map { SubscriptionEntry($0, input.topicArn) }, nextToken: call.token(page.next))
  }
}
