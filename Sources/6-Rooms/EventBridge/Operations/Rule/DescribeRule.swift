import ServiceKit

/// Describes a rule, without its targets. Source: Amazon EventBridge API Reference, DescribeRule.
struct DescribeRule: Operation {
  struct Input: Shape {
    var name: String
    var eventBusName: String?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN)]
    }
  }
  struct Output: Shape {
    var name: String
    var arn: String
    var eventPattern: String?
    var scheduleExpression: String?
    var state: String
    var description: String?
    var roleArn: String?
    var managedBy: String?
    var eventBusName: String
    var createdBy: String
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.name, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let rule = try call.rule(input.name, bus: call.bus(input.eventBusName))
    return Output(
      name: rule.name, arn: rule.arn(call.partition).description, eventPattern: rule.eventPattern,
      scheduleExpression: rule.scheduleExpression, state: rule.state, description: rule.description, roleArn: rule.roleArn,
      managedBy: rule.managedBy, eventBusName: rule.eventBusName, createdBy: rule.createdBy)
  }
}

extension Rule {
  /// The ARN that a rule of this name has, as calls name it.
  static func arn(_ name: String, _ busNameOrARN: String?, _ caller: Caller) -> ARN {
    let bus = EventBridge.busName(busNameOrARN)
    return caller.arn("events", bus == EventBus.standard ? "rule/\(name)" : "rule/\(bus)/\(name)")
  }
}
