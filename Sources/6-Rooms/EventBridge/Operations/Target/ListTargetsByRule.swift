import ServiceKit
import Store

/// Lists the targets of a rule. Source: Amazon EventBridge API Reference, ListTargetsByRule.
struct ListTargetsByRule: Operation {
  struct Input: Shape {
    var rule: String
    var eventBusName: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("rule", \.rule, 1...64, .resourceName), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN),
        .length("nextToken", \.nextToken, 1...2_048), .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var targets: [Target]
    var nextToken: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn(input.rule, input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let rule = try call.rule(input.rule, bus: call.bus(input.eventBusName))
    let cursor = try call.cursor(input.nextToken)
    let start = cursor.flatMap { Int($0.key) } ?? 0
    let targets = Array(rule.targets.dropFirst(start).prefix(input.limit ?? 100))
    let end = start + targets.count
    return Output(targets: targets, nextToken: end < rule.targets.count ? call.token(.init(key: String(end))) : nil)
  }
}
