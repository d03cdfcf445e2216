import ServiceKit

/// Changes one attribute of a topic. Source: Amazon SNS API Reference, SetTopicAttributes.
struct SetTopicAttributes: Operation {
  struct Input: Shape {
    var topicArn: String
    var attributeName: String
    var attributeValue: String?
  }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Empty {
    var topic = try call.topic(input.topicArn)
    try topic.set(input.attributeName, input.attributeValue)
    try call.put(topic)
    return Empty()
  }
}
