import ServiceKit
import Store

/// Creates a custom event bus. Source: Amazon EventBridge API Reference, CreateEventBus.
struct CreateEventBus: Operation {
  struct Input: Shape {
    var name: String
    var eventSourceName: String?
    var description: String?
    var kmsKeyIdentifier: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var logConfig: EventBus.LogConfig?
    var tags: [Tag]?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...256, .busName), .length("eventSourceName", \.eventSourceName, 1...256, .partnerSource),
        .length("description", \.description, 0...512),
        .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .kmsKey),
      ]
    }
  }
  struct Output: Shape {
    var eventBusArn: String
    var description: String?
    var kmsKeyIdentifier: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var logConfig: EventBus.LogConfig?
  }
  /// Source: EventBridge User Guide, "Amazon EventBridge quotas".
  private static let most = 100

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "event-bus/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if let source = input.eventSourceName {
      guard source == input.name else { throw Fault.validation("Event bus name must match event source name.") }
      throw Fault("ResourceNotFoundException", "Event source \(source) does not exist.")
    }
    if input.name.contains("/") { throw Fault.validation("Event bus name must not contain '/'.") }
    guard try input.name != EventBus.standard && call.get(EventBus.self, input.name) == nil else {
      throw Fault.alreadyExists("Event bus \(input.name)")
    }
    try EventBridge.check(input.deadLetterConfig)
    if call.enforcesQuotas, try call.transaction.count(EventBus.kind, in: call.partition, prefix: "") >= most { throw Fault.limitExceeded }
    try call.keep(
      EventBus(
        name: input.name, description: input.description, deadLetterArn: input.deadLetterConfig?.arn,
        kmsKeyIdentifier: input.kmsKeyIdentifier, logConfig: input.logConfig, tags: Tag.map(input.tags), created: call.now,
        modified: call.now), when: .absent)
    return Output(
      eventBusArn: call.arn("event-bus/\(input.name)").description, description: input.description,
      kmsKeyIdentifier: input.kmsKeyIdentifier, deadLetterConfig: input.deadLetterConfig, logConfig: input.logConfig)
  }
}

extension TextPattern {
  static let partnerSource = TextPattern(#"aws\.partner(/[\.\-_A-Za-z0-9]+){2,}"#) { text in
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    return parts.count >= 3 && parts[0] == "aws.partner" && parts.dropFirst().allSatisfy { TextPattern.resourceName.accepts($0) }
  }
  static let busName = TextPattern(#"[/\.\-_A-Za-z0-9]+"#, alphanumericsAnd: "/.-_")
}
