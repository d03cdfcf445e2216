import JSON
import ServiceKit
import Store
import Time

/// Sends a message to every subscriber of a topic. Source: Amazon SNS API Reference, Publish.
struct Publish: Operation {
  struct Input: Shape {
    var topicArn: String?
    var targetArn: String?
    var phoneNumber: String?
    var message: String
    var subject: String?
    var messageStructure: String?
    var messageAttributes: [String: MessageAttribute]?
  }
  struct Output: Shape { var messageId: String }
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    guard let arn = input.topicArn ?? input.targetArn else {
      throw Fault.parameter(
        input.phoneNumber == nil
          ? "TopicArn or TargetArn Reason: no value for required parameter" : "PhoneNumber: text messages are not served by Martlet")
    }
    let id = try send(
      Entry(message: input.message, subject: input.subject, structure: input.messageStructure, attributes: input.messageAttributes),
      to: arn, call)
    return Output(messageId: id)
  }

  struct Entry {
    var message: String
    var subject: String?
    var structure: String?
    var attributes: [String: MessageAttribute]?
  }

  /// Makes the deliveries due, in this transaction, and answers the message's id.
  static func send(_ entry: Entry, to arn: String, _ call: Call<SNS>) throws -> String {
    let topic = try call.topic(arn)
    if entry.message.isEmpty { throw Fault.parameter("Empty message") }
    if call.enforcesQuotas, entry.message.utf8.count > 262_144 { throw Fault.parameter("Message too long") }
    if let subject = entry.subject {
      guard (1...100).contains(subject.utf16.count), !subject.contains(where: \.isNewline) else { throw Fault.parameter("Subject") }
    }
    let texts = try texts(entry)
    let id = call.room.context.identifiers.uuid()
    try call.transaction.forEach(Subscription.self, in: call.partition, prefix: "\(topic.name):") { subscription in
      guard subscription.isConfirmed else { return true }
      let text = texts[subscription.proto]?.string ?? texts["default"]?.string ?? entry.message
      let message = PublishedMessage(
        id: id, topicARN: call.arn(topic.name).description, subject: entry.subject, text: text, attributes: entry.attributes, time: call.now
      )
      if let policy = subscription.filterPolicy,
        try SubscriptionFilter(policy: policy, scope: subscription.filterPolicyScope)?.passes(message) == false
      {
        return true
      }
      try call.schedule(Notice(subscription: subscription.key, message: message, attempt: 0), for: Deliver.queue)
      return true
    }
    return id
  }

  /// With the structure `json`, one text for each protocol.
  private static func texts(_ entry: Entry) throws -> JSONObject {
    guard let structure = entry.structure else { return JSONObject() }
    guard structure == "json" else { throw Fault.parameter("MessageStructure") }
    guard let texts = (try? JSONValue(parsing: entry.message))?.object else {
      throw Fault.parameter("Message Structure - JSON message body failed to parse")
    }
    guard texts["default"]?.string != nil else { throw Fault.parameter("Message Structure - No default entry in JSON message body") }
    return texts
  }
}
