import ServiceKit
import Store
import Wire

/// Creates a topic, or answers the one of that name. Source: Amazon SNS API Reference, CreateTopic.
struct CreateTopic: Operation {
  struct Input: Shape {
    var name: String
    var attributes: [String: String]?
  }
  struct Output: Shape { var topicArn: String }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("sns", input.name) }

  static func run(_ input: Input, _ call: Call<SNS>) throws -> Output {
    if input.name.hasSuffix(".fifo") { throw Fault.parameter("Topic Name: FIFO topics are not served by Martlet") }
    guard (1...256).contains(input.name.utf8.count), TextPattern.topicName.accepts(input.name) else {
      throw Fault.parameter("Topic Name")
    }
    if try call.get(Topic.self, input.name) == nil {
      var topic = Topic(name: input.name, created: call.now)
      for (attribute, value) in input.attributes ?? [:] { try topic.set(attribute, value) }
      try call.put(topic, when: .absent)
    }
    return Output(topicArn: call.arn(input.name).description)
  }
}

extension TextPattern {
  static let topicName = TextPattern("[A-Za-z0-9-_]+", alphanumericsAnd: "-_")
}
