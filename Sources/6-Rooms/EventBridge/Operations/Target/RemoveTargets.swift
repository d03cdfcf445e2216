import ServiceKit

/// Removes targets from a rule. `Force` counts for rules that a service manages only. Source: Amazon EventBridge API Reference,
/// RemoveTargets.
struct RemoveTargets: Operation {
  struct Input: Shape {
    var rule: String
    var eventBusName: String?
    var ids: [String]
    var force: Bool?
    static var limits: [Limit<Self>] {
      [
        .length("rule", \.rule, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN),
        .count("ids", \.ids, 1...100), .each("ids", \.ids, 1...64, .resourceName),
      ]
    }
  }
  struct Output: Shape {
    var failedEntryCount: Int
    var failedEntries: [FailedTarget]
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.rule, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    var rule = try call.rule(input.rule, bus: call.bus(input.eventBusName))
    try rule.checkChange(by: call.caller, force: input.force)
    let known = Set(rule.targets.map(\.id))
    let gone = Set(input.ids)
    rule.targets.removeAll { gone.contains($0.id) }
    try call.keep(rule)
    let failed = input.ids.filter { !known.contains($0) }.map {
      FailedTarget(
        targetId: $0, errorCode: "ResourceNotFoundException",
        errorMessage: "Rule '\(rule.name)' does not have a target with the Id '\($0)'.")
    }
    return Output(failedEntryCount: failed.count, failedEntries: failed)
  }
}
