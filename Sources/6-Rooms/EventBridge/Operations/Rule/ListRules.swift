import ServiceKit
import Store

/// Lists a bus's rules by name. Source: Amazon EventBridge API Reference, ListRules.
struct ListRules: Operation {
  struct Input: Shape {
    var namePrefix: String?
    var eventBusName: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] {
      [.length("namePrefix", \.namePrefix, 1...64, .resourceName), .range("limit", \.limit, 1...100)]
    }
  }
  struct Output: Shape {
    var rules: [DescribeRule.Output]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.bus(input.eventBusName)
    let page = try call.transaction.page(
      Rule.self, in: call.partition, prefix: Rule.key(bus, input.namePrefix ?? ""), after: call.cursor(input.nextToken),
      limit: input.limit ?? 100)
    let rules = page.items.map { rule in
      DescribeRule.Output(
        name: rule.name, arn: rule.arn(call.partition).description, eventPattern: rule.eventPattern,
        scheduleExpression: rule.scheduleExpression, state: rule.state, description: rule.description, roleArn: rule.roleArn,
        managedBy: rule.managedBy, eventBusName: rule.eventBusName, createdBy: rule.createdBy)
    }
    return Output(rules: rules, nextToken: call.token(page.next))
  }
}
