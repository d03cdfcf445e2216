import ServiceKit
import Store

/// Deletes a rule that has no targets; one that is not there is deleted too, as on AWS. `Force` counts for rules that a service
/// manages only. Source: Amazon EventBridge API Reference, DeleteRule.
struct DeleteRule: Operation {
  struct Input: Shape {
    var name: String
    var eventBusName: String?
    var force: Bool?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN)]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.name, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    let bus = try call.bus(input.eventBusName)
    guard let rule = try call.get(Rule.self, Rule.key(bus, input.name)) else { return Empty() }
    try rule.checkChange(by: call.caller, force: input.force)
    guard rule.targets.isEmpty else { throw Fault.validation("Rule can't be deleted since it has targets.") }
    try call.forget(rule: rule.key, bus: bus)
    return Empty()
  }
}
