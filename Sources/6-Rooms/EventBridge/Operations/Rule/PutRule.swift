import EventPattern
import ScheduleExpression
import ServiceKit
import Store
import Time

/// Creates a rule or replaces its settings; its targets stay. Source: Amazon EventBridge API Reference, PutRule.
struct PutRule: Operation {
  struct Input: Shape {
    var name: String
    var scheduleExpression: String?
    var eventPattern: String?
    var state: String?
    var description: String?
    var roleArn: String?
    var tags: [Tag]?
    var eventBusName: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName), .length("scheduleExpression", \.scheduleExpression, 0...256),
        .oneOf("state", \.state, ["ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"]),
        .length("description", \.description, 0...512), .length("roleArn", \.roleArn, 1...1_600),
      ]
    }
  }
  struct Output: Shape { var ruleArn: String }

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    let bus = EventBridge.busName(input.eventBusName)
    return caller.arn("events", bus == EventBus.standard ? "rule/\(input.name)" : "rule/\(bus)/\(input.name)")
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.bus(input.eventBusName)
    let expression = input.scheduleExpression.flatMap { $0.isEmpty ? nil : $0 }
    let pattern = input.eventPattern.flatMap { $0.isEmpty ? nil : $0 }
    guard expression != nil || pattern != nil else {
      throw Fault.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    }
    if let expression {
      guard bus == EventBus.standard else { throw Fault.validation("ScheduleExpression is supported only on the default event bus.") }
      do throws(ScheduleExpressionError) {
        _ = try ScheduleExpression(expression, dialect: .rule, precision: call.enforcesQuotas ? .minutes : .seconds)
      } catch {
        throw Fault.validation(error.message)
      }
    }
    if let pattern {
      do throws(EventPatternError) { _ = try EventPattern(pattern) } catch { throw Fault.invalidPattern(error.message) }
    }
    let existing = try call.get(Rule.self, Rule.key(bus, input.name))
    try existing?.checkChange()
    let rule = Rule(
      name: input.name, eventBusName: bus, eventPattern: pattern, scheduleExpression: expression, state: input.state ?? "ENABLED",
      description: input.description, roleArn: input.roleArn, createdBy: call.caller.account, targets: existing?.targets ?? [],
      // As on AWS, tags given with a rule that exists are ignored.
      tags: existing?.tags ?? Tag.map(input.tags),
      anchor: existing?.scheduleExpression == expression ? existing?.anchor ?? call.now : call.now)
    try call.keep(rule)
    try call.time(rule)
    return Output(ruleArn: rule.arn(call.partition).description)
  }
}
