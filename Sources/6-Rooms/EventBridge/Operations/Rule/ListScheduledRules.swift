import ServiceKit
import Store
import Time

/// Lists the rules that have a schedule, by name, with what their instants depend on. Source: none; beyond AWS.
struct ListScheduledRules: Operation {
  struct Input: Shape {
    /// One rule alone.
    var name: String?
    var namePrefix: String?
    var nextToken: String?
    var limit: Int?
    static var limits: [Limit<Self>] { [.range("limit", \.limit, 1...1_000)] }
  }
  struct Output: Shape {
    var rules: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var name: String
    var arn: String
    var state: String
    var scheduleExpression: String
    /// What rates count from.
    var anchor: Timestamp

    init?(_ rule: Rule, _ partition: Partition) {
      guard let expression = rule.scheduleExpression else { return nil }
      name = rule.name
      arn = rule.arn(partition).description
      state = rule.state
      scheduleExpression = expression
      anchor = rule.anchor
    }
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if let name = input.name {
      let rule = try call.get(Rule.self, Rule.key(EventBus.standard, name))
      return Output(rules: rule.flatMap { Item($0, call.partition) }.map { [$0] } ?? [])
    }
    let page = try call.transaction.page(
      Rule.self, in: call.partition, prefix: Rule.key(EventBus.standard, input.namePrefix ?? ""), after: call.cursor(input.nextToken),
      limit: input.limit ?? 100)
    return Output(rules: page.items.compactMap { Item($0, call.partition) }, nextToken: call.token(page.next))
  }
}
