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
      [
        .length("namePrefix", \.namePrefix, 1...64, .resourceName),
        .length("eventBusName", \.eventBusName, 1...1_600, .busNameOrARN), .length("nextToken", \.nextToken, 1...2_048),
        .range("limit", \.limit, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var rules: [Entry]
    var nextToken: String?
  }
  struct Entry: Shape {
    var name: String
    var arn: String
    var eventPattern: String?
    var state: String
    var description: String?
    var scheduleExpression: String?
    var roleArn: String?
    var managedBy: String?
    var eventBusName: String
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { Rule.arn("*", input.eventBusName, caller) }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let bus = try call.bus(input.eventBusName)
    let page = try call.transaction.page(
      Rule.self, in: call.partition, prefix: Rule.key(bus, input.namePrefix ?? ""), after: call.cursor(input.nextToken),
      limit: input.limit ?? 100)
    let rules = page.items.map { rule in
      Entry(
        name: rule.name, arn: rule.arn(call.partition).description, eventPattern: rule.eventPattern, state: rule.state,
        description: rule.description, scheduleExpression: rule.scheduleExpression, roleArn: rule.roleArn, managedBy: rule.managedBy,
        eventBusName: rule.eventBusName)
    }
    return Output(rules: rules, nextToken: call.token(page.next))
  }
}
