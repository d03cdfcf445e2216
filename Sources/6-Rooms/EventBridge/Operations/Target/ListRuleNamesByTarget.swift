import ServiceKit
import Store

/// Lists the rules of a bus that have a target. Source: Amazon EventBridge API Reference, ListRuleNamesByTarget.
struct ListRuleNamesByTarget: Operation {
  struct Input: Shape {
    var targetArn: String
    var eventBusName: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [
        .length("targetArn", \.targetArn, 1...1_600), .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN),
        .length("nextToken", \.nextToken, 1...2_048), .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var ruleNames: [String]
    var nextToken: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn("*", input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.bus(input.eventBusName)
    var after = try call.cursor(input.nextToken)
    let limit = input.limit ?? 100
    var names: [String] = []
    while true {
      let page = try call.transaction.page(Rule.self, in: call.partition, prefix: Rule.key(bus, ""), after: after, limit: 100)
      for rule in page.items where rule.targets.contains(where: { $0.arn == input.targetArn }) {
        if names.count == limit { return Output(ruleNames: names, nextToken: call.token(after)) }
        names.append(rule.name)
        after = CatalogCursor(key: rule.key)
      }
      guard let next = page.next else { return Output(ruleNames: names, nextToken: nil) }
      after = next
    }
  }
}
