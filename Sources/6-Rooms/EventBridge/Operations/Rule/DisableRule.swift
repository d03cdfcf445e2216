import ServiceKit

/// Switches a rule off. Source: Amazon EventBridge API Reference, DisableRule.
struct DisableRule: Operation {
  struct Input: Shape {
    var name: String
    var eventBusName: String?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN)]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.name, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    var rule = try call.rule(input.name, bus: call.bus(input.eventBusName))
    try rule.checkChange(by: call.caller)
    rule.state = "DISABLED"
    try call.keep(rule)
    try call.time(rule)
    return Empty()
  }
}
