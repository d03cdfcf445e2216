import ServiceKit

/// Describes a rule, without its targets. Source: Amazon EventBridge API Reference, DescribeRule.
struct DescribeRule: Operation {
  struct Input: Shape {
    var name: String
    var eventBusName: String?
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
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

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let rule = try call.rule(input.name, bus: call.bus(input.eventBusName))
    return Output(
      name: rule.name, arn: rule.arn(call.partition).description, eventPattern: rule.eventPattern,
      scheduleExpression: rule.scheduleExpression,
      state: rule.state, description: rule.description, roleArn: rule.roleArn, managedBy: rule.managedBy, eventBusName: rule.eventBusName,
      createdBy: rule.createdBy)
  }
}
