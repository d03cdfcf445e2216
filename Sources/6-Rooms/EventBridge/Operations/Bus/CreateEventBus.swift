import ServiceKit
import Store

/// Creates a custom event bus. Source: Amazon EventBridge API Reference, CreateEventBus.
struct CreateEventBus: Operation {
  struct Input: Shape {
    var name: String
    var eventSourceName: String?
    var description: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var tags: [Tag]?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...256, .busName), .length("description", \.description, 0...512)]
    }
  }
  struct Output: Shape {
    var eventBusArn: String
    var description: String?
    var deadLetterConfig: Target.DeadLetterConfig?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "event-bus/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if input.eventSourceName != nil || input.name.hasPrefix("aws.") {
      throw Fault.validation("Partner event buses are not served by Martlet.")
    }
    guard try input.name != EventBus.standard && call.get(EventBus.self, input.name) == nil else {
      throw Fault("ResourceAlreadyExistsException", "Event bus \(input.name) already exists.")
    }
    try call.put(
      EventBus(
        name: input.name, description: input.description, deadLetterArn: input.deadLetterConfig?.arn, tags: Tag.map(input.tags),
        created: call.now, modified: call.now), when: .absent)
    return Output(
      eventBusArn: call.arn("event-bus/\(input.name)").description, description: input.description, deadLetterConfig: input.deadLetterConfig
    )
  }
}

extension TextPattern {
  static let busName = TextPattern(#"[/\.\-_A-Za-z0-9]+"#, alphanumericsAnd: "/.-_")
}
