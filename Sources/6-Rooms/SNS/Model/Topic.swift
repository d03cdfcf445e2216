import JSON
import ServiceKit
import Store
import Time

struct Topic: Resource {
  static let kind = "sns.topic"
  var name: String
  var displayName: String?
  var policy: String?
  var deliveryPolicy: String?
  var created: Timestamp
  var key: String { name }

  /// Sets an attribute. Throws InvalidParameter for one that is not served.
  mutating func set(_ attribute: String, _ value: String?) throws {
    switch attribute {
    case "DisplayName":
      guard (value?.utf16.count ?? 0) <= 100 else { throw Fault.parameter("DisplayName: must be at most 100 characters") }
      displayName = value
    case "Policy": policy = value
    case "DeliveryPolicy":
      if let value, !value.isEmpty, (try? JSONValue(parsing: value))?.object == nil {
        throw Fault.parameter("DeliveryPolicy: must be a JSON object")
      }
      deliveryPolicy = value?.isEmpty == true ? nil : value
    case "FifoTopic" where value == "false": break
    case "FifoTopic", "ContentBasedDeduplication", "ArchivePolicy":
      throw Fault.parameter("\(attribute) is not served by Martlet: topics are standard topics")
    default: throw Fault.parameter("AttributeName")
    }
  }
}

/// Who gets what is published to a topic.
struct Subscription: Resource {
  static let kind = "sns.subscription"
  var id: String
  var topic: String
  /// `http`, `https`, `sqs`, `email` or `email-json`.
  var proto: String
  var endpoint: String
  var owner: String
  /// Set while the endpoint has not confirmed.
  var token: String?
  var rawMessageDelivery: Bool
  var filterPolicy: String?
  var filterPolicyScope: String
  var redrivePolicy: String?
  var created: Timestamp
  /// Sorted by topic, so that a topic's subscriptions lie side by side.
  var key: String { "\(topic):\(id)" }
  var indexes: [String: String] { ["id": id] }

  func arn(_ topicARN: String) -> String { "\(topicARN):\(id)" }
  var isConfirmed: Bool { token == nil }

  /// Sets an attribute. Throws InvalidParameter naming what is wrong.
  mutating func set(_ attribute: String, _ value: String) throws {
    switch attribute {
    case "RawMessageDelivery":
      guard value.lowercased() == "true" || value.lowercased() == "false" else {
        throw Fault.parameter("RawMessageDelivery: must be true or false")
      }
      rawMessageDelivery = value.lowercased() == "true"
      if rawMessageDelivery, proto.hasPrefix("email") {
        throw Fault.parameter("Attributes Reason: Delivery protocol [\(proto)] does not support raw message delivery.")
      }
    case "FilterPolicy":
      _ = try SubscriptionFilter(policy: value, scope: filterPolicyScope)
      filterPolicy = value.isEmpty || value == "{}" ? nil : value
    case "FilterPolicyScope":
      guard value == "MessageAttributes" || value == "MessageBody" else {
        throw Fault.parameter("FilterPolicyScope: Invalid value [\(value)]. Please use either MessageBody or MessageAttributes")
      }
      filterPolicyScope = value
    case "RedrivePolicy":
      if !value.isEmpty {
        guard let target = (try? JSONValue(parsing: value))?["deadLetterTargetArn"]?.string, ARN(target)?.service == "sqs" else {
          throw Fault.parameter("RedrivePolicy: must be a JSON object with the ARN of a queue as deadLetterTargetArn")
        }
      }
      redrivePolicy = value.isEmpty ? nil : value
    case "DeliveryPolicy": throw Fault.parameter("DeliveryPolicy of subscriptions is not served by Martlet")
    default: throw Fault.parameter("AttributeName")
    }
  }
}

extension Call where Home == SNS {
  /// The topic of an ARN. Throws NotFound, or InvalidParameter for what is no topic's ARN.
  func topic(_ arn: String) throws -> Topic {
    guard let parsed = ARN(arn), parsed.service == "sns" else { throw Fault.parameter("TopicArn") }
    guard let topic = try get(Topic.self, parsed.resource) else { throw Fault.topicNotFound }
    return topic
  }

  /// The subscription of an ARN. Throws NotFound.
  func subscription(_ arn: String) throws -> Subscription {
    guard let parsed = ARN(arn), parsed.service == "sns" else { throw Fault.parameter("SubscriptionArn") }
    guard let found = try get(Subscription.self, parsed.resource) else { throw Fault.subscriptionNotFound }
    return found
  }
}
