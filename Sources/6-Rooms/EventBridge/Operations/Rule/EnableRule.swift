import ServiceKit

/// Switches a rule on. Source: Amazon EventBridge API Reference, EnableRule.
struct EnableRule: Operation {
  struct Input: Shape {
    var name: String
    var eventBusName: String?
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    var rule = try call.rule(input.name, bus: call.bus(input.eventBusName))
    try rule.checkChange()
    rule.state = "ENABLED"
    try call.keep(rule)
    try call.time(rule)
    return Empty()
  }
}
