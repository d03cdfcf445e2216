import ServiceKit
import Store

/// Changes a bus; what is not given stays, what is given empty goes. Source: Amazon EventBridge API Reference, UpdateEventBus.
struct UpdateEventBus: Operation {
  struct Input: Shape {
    var name: String?
    var kmsKeyIdentifier: String?
    var description: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var logConfig: EventBus.LogConfig?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...256, .busName), .length("kmsKeyIdentifier", \.kmsKeyIdentifier, 0...2_048, .kmsKey),
        .length("description", \.description, 0...512),
      ]
    }
  }
  struct Output: Shape {
    var arn: String
    var name: String
    var kmsKeyIdentifier: String?
    var description: String?
    var deadLetterConfig: Target.DeadLetterConfig?
    var logConfig: EventBus.LogConfig?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("events", "event-bus/\(input.name ?? EventBus.standard)")
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    var bus = try call.eventBus(input.name)
    try EventBridge.check(input.deadLetterConfig)
    func changed(_ old: String?, _ new: String?) -> String? { new.map { $0.isEmpty ? nil : $0 } ?? old }
    bus.description = changed(bus.description, input.description)
    bus.kmsKeyIdentifier = changed(bus.kmsKeyIdentifier, input.kmsKeyIdentifier)
    if let config = input.deadLetterConfig { bus.deadLetterArn = changed(nil, config.arn) }
    bus.logConfig = input.logConfig ?? bus.logConfig
    bus.modified = call.now
    try call.keep(bus)
    return Output(
      arn: call.arn("event-bus/\(bus.name)").description, name: bus.name, kmsKeyIdentifier: bus.kmsKeyIdentifier,
      description: bus.description, deadLetterConfig: bus.deadLetterConfig, logConfig: bus.logConfig)
  }
}
