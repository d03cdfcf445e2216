import ServiceKit
import Store

/// A subscription in a listing.
struct SubscriptionEntry: Shape {
  var subscriptionArn: String
  var owner: String
  var `protocol`: String
  var endpoint: String
  var topicArn: String

  init(_ subscription: Subscription, _ topicARN: String) {
    subscriptionArn = subscription.isConfirmed ? subscription.arn(topicARN) : "PendingConfirmation"
    owner = subscription.owner
    `protocol` = subscription.proto
    endpoint = subscription.endpoint
    topicArn = topicARN
  }
}

/// Lists the account's subscriptions, a hundred a page. Source: Amazon SNS API Reference, ListSubscriptions.
struct ListSubscriptions: Operation {
  struct Input: Shape { var nextToken: String? }
  struct Output: Shape {
    var subscriptions: [SubscriptionEntry]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let page = try call.transaction.page(Subscription.self, in: call.partition, after: call.cursor(input.nextToken))
    return Output(
      subscriptions: page.items.map { SubscriptionEntry($0, call.arn($0.topic).description) }, nextToken: call.token(page.next))
  }
}
