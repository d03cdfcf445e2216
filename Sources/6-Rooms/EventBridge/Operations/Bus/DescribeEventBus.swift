import JSON
import ServiceKit
import Time

/// Describes a bus; without a name, the default bus. Source: Amazon EventBridge API Reference, DescribeEventBus.
struct DescribeEventBus: Operation {
  struct Input: Shape {
    var name: String?
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...1_600, .busNameOrARN)] }
  }
  struct Output: Shape {
    var name: String
    var arn: String
    var description: String?
    var kmsKeyIdentifier: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var policy: String?
    var logConfig: EventBus.LogConfig?
    var creationTime: Timestamp?
    var lastModifiedTime: Timestamp?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.eventBus(input.name)
    let isStored = try call.get(EventBus.self, bus.name) != nil
    return Output(
      name: bus.name, arn: call.arn("event-bus/\(bus.name)").description, description: bus.description,
      kmsKeyIdentifier: bus.kmsKeyIdentifier, deadLetterConfig: bus.deadLetterConfig, policy: bus.policy?.text, logConfig: bus.logConfig,
      creationTime: isStored ? bus.created : nil, lastModifiedTime: isStored ? bus.modified : nil)
  }
}
