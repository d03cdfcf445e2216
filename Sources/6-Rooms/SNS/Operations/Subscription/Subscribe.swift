import JSON
import ServiceKit
import Store
import Time
import Wire

/// Subscribes an endpoint to a topic. Source: Amazon SNS API Reference, Subscribe.
///
/// Queues of the same account are confirmed at once; web addresses and mailboxes are asked first.
struct Subscribe: Operation {
  struct Input: Shape {
    var topicArn: String
    var `protocol`: String
    var endpoint: String?
    var attributes: [String: String]?
    var returnSubscriptionArn: Bool?
  }
  struct Output: Shape { var subscriptionArn: String }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    let topic = try call.topic(input.topicArn)
    let endpoint = try checked(input)
    if let same = try existing(topic.name, input.protocol, endpoint, call) {
      return Output(subscriptionArn: answer(same, input))
    }
    let identifiers = call.room.context.identifiers
    var subscription = Subscription(
      id: identifiers.uuid(), topic: topic.name, proto: input.protocol, endpoint: endpoint, owner: call.caller.account, token: nil,
      rawMessageDelivery: false, filterPolicyScope: "MessageAttributes", created: call.now)
    let attributes = input.attributes ?? [:]
    // The scope decides how the policy is read, so it comes first.
    for name in ["FilterPolicyScope"] + attributes.keys.sorted() where name != "FilterPolicyScope" || attributes[name] != nil {
      if let value = attributes[name] { try subscription.set(name, value) }
    }
    if input.protocol != "sqs" {
      subscription.token = identifiers.hex(64)
      try call.schedule(
        Notice(subscription: subscription.key, message: nil, attempt: 0, confirmation: subscription.token), for: Deliver.queue)
    }
    try call.put(subscription, when: .absent)
    return Output(subscriptionArn: answer(subscription, input))
  }

  private static func answer(_ subscription: Subscription, _ input: Input) -> String {
    subscription.isConfirmed || input.returnSubscriptionArn == true ? subscription.arn(input.topicArn) : "pending confirmation"
  }

  private static func existing(_ topic: String, _ proto: String, _ endpoint: String, _ call: Call<SNS>) throws -> Subscription? {
    var found: Subscription?
    try call.transaction.forEach(Subscription.self, in: call.partition, prefix: "\(topic):") { subscription in
      if subscription.proto == proto, subscription.endpoint == endpoint { found = subscription }
      return found == nil
    }
    return found
  }

  private static func checked(_ input: Input) throws -> String {
    let endpoint = input.endpoint ?? ""
    switch input.protocol {
    case "http", "https":
      guard endpoint.hasPrefix("\(input.protocol)://"), endpoint.utf8.count > input.protocol.utf8.count + 3 else {
        throw Fault.parameter("Endpoint must match the specified protocol")
      }
    case "sqs":
      guard let arn = ARN(endpoint), arn.service == "sqs" else { throw Fault.parameter("SQS endpoint ARN") }
    case "email", "email-json":
      let parts = endpoint.split(separator: "@", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, !endpoint.contains(where: \.isWhitespace) else {
        throw Fault.parameter("Email address")
      }
    case "lambda", "sms", "application", "firehose":
      throw Fault.parameter("Protocol \(input.protocol) is not served by Martlet. Use http, https, sqs, email or email-json")
    default: throw Fault.parameter("Does not support this protocol string: \(input.protocol)")
    }
    return endpoint
  }
}
