import ServiceKit
import Time

/// Describes a bus; without a name, the default bus. Source: Amazon EventBridge API Reference, DescribeEventBus.
struct DescribeEventBus: Operation {
  struct Input: Shape { var name: String? }
  struct Output: Shape {
    var name: String
    var arn: String
    var description: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var creationTime: Timestamp?
    var lastModifiedTime: Timestamp?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let name = try call.bus(input.name)
    let bus = try call.get(EventBus.self, name)
    return Output(
      name: name, arn: call.arn("event-bus/\(name)").description, description: bus?.description,
      deadLetterConfig: bus?.deadLetterArn.map { Target.DeadLetterConfig(arn: $0) }, creationTime: bus?.created,
      lastModifiedTime: bus?.modified)
  }
}
