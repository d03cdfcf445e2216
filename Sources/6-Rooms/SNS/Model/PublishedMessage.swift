import JSON
import ServiceKit
import Store
import Time

/// Source: Amazon SNS API Reference, MessageAttributeValue.
struct MessageAttribute: Shape {
  var dataType: String
  var stringValue: String?
  var binaryValue: Blob?
}

/// What was published, as a delivery carries it.
struct PublishedMessage: Codable, Sendable {
  var id: String
  var topicARN: String
  var subject: String?
  /// For the subscription's protocol, where the message has a text for each.
  var text: String
  var attributes: [String: MessageAttribute]?
  var time: Timestamp

  /// The envelope for subscribers that do not take messages raw. Source: SNS Developer Guide, "HTTP/HTTPS notification JSON format".
  func envelope(type: String, unsubscribe: String) -> JSONValue {
    var object: JSONObject = [
      "Type": .string(type), "MessageId": .string(id), "TopicArn": .string(topicARN),
    ]
    if let subject { object["Subject"] = .string(subject) }
    object["Message"] = .string(text)
    object["Timestamp"] = .string(time.iso8601(.milliseconds))
    object["UnsubscribeURL"] = .string(unsubscribe)
    if let attributes, !attributes.isEmpty {
      var shown = JSONObject()
      for (name, value) in attributes.sorted(by: { $0.key < $1.key }) {
        shown[name] = [
          "Type": .string(value.dataType), "Value": .string(value.stringValue ?? value.binaryValue?.json(.json).string ?? ""),
        ]
      }
      object["MessageAttributes"] = .object(shown)
    }
    return .object(object)
  }
}
