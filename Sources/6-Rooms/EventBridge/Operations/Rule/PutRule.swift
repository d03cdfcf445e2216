import EventPattern
import ScheduleExpression
import ServiceKit
import Store
import Time

/// Creates a rule or replaces its settings; its targets and tags stay. Source: Amazon EventBridge API Reference, PutRule.
///
/// Differs: under limits `open` a pattern may be longer than 2,048 characters, and a bus may have any number of rules.
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
        .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN),
      ]
    }
  }
  struct Output: Shape { var ruleArn: String }

  /// Source: Amazon EventBridge User Guide, "Amazon EventBridge quotas".
  private static let mostRules = 300
  private static let longestPattern = 2_048

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.name, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.bus(input.eventBusName)
    let expression = input.scheduleExpression.flatMap { $0.isEmpty ? nil : $0 }
    let pattern = input.eventPattern.flatMap { $0.isEmpty ? nil : $0 }
    guard expression != nil || pattern != nil else {
      throw Fault.validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    }
    if let expression { try check(expression, on: bus, call) }
    if let pattern { try check(pattern, of: input.name, call) }
    try Tag.check(input.tags, isStrict: call.enforcesQuotas)
    let existing = try call.get(Rule.self, Rule.key(bus, input.name))
    try existing?.checkChange(by: call.caller)
    if existing == nil { try checkNumber(on: bus, call) }
    let rule = Rule(
      name: input.name, eventBusName: bus, eventPattern: pattern, scheduleExpression: expression, state: input.state ?? "ENABLED",
      description: input.description, roleArn: input.roleArn,
      // A rule that a room makes of itself, not under a role, is that room's to change.
      managedBy: call.caller.kind == .service ? call.caller.arn : nil, createdBy: call.caller.account, targets: existing?.targets ?? [],
      // As on AWS, tags given with a rule that exists are ignored.
      tags: existing?.tags ?? Tag.map(input.tags),
      anchor: existing?.scheduleExpression == expression ? existing?.anchor ?? call.now : call.now)
    try call.keep(rule)
    try call.time(rule)
    return Output(ruleArn: rule.arn(call.partition).description)
  }

  private static func check(_ expression: String, on bus: String, _ call: Call<EventBridge>) throws {
    guard bus == EventBus.standard else { throw Fault.validation("ScheduleExpression is supported only on the default event bus.") }
    do throws(ScheduleExpressionError) {
      _ = try ScheduleExpression(expression, dialect: .rule, precision: call.enforcesQuotas ? .minutes : .seconds)
    } catch {
      throw Fault.validation(error.message)
    }
  }

  private static func check(_ pattern: String, of rule: String, _ call: Call<EventBridge>) throws {
    if call.enforcesQuotas, pattern.utf16.count > 4_096 {
      throw Fault.validation(
        "1 validation error detected: Value '\(pattern)' at 'eventPattern' failed to satisfy constraint: "
          + "Member must have length less than or equal to 4096")
    }
    if call.enforcesQuotas, pattern.utf16.count > longestPattern {
      throw Fault.validation("Parameter EventPattern for rule \(rule) exceeds limit of \(longestPattern).")
    }
    do throws(EventPatternError) { _ = try EventPattern(pattern) } catch { throw Fault.invalidPattern(error.message) }
  }

  private static func checkNumber(on bus: String, _ call: Call<EventBridge>) throws {
    guard call.enforcesQuotas else { return }
    let rules = try call.transaction.page(Rule.self, in: call.partition, prefix: Rule.key(bus, ""), limit: mostRules)
    if rules.items.count >= mostRules { throw Fault.limitExceeded }
  }
}
