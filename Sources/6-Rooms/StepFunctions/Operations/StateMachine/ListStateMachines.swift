import ServiceKit
import Store
import Time

/// Lists the state machines. Source: AWS Step Functions API Reference, ListStateMachines.
struct ListStateMachines: Operation {
  struct Input: Shape {
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] { [.token(\.nextToken), .range("maxResults", \.maxResults, 0...1_000)] }
  }
  struct Output: Shape {
    var stateMachines: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var stateMachineArn: String
    var name: String
    var type: String
    var creationDate: Timestamp
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let page = try call.transaction.page(
      StateMachine.self, in: call.partition, after: try call.page(input.nextToken, of: "machines"), limit: PageSize.of(input.maxResults))
    return Output(
      stateMachines: page.items.map {
        Item(
          stateMachineArn: StateMachine.arn($0.name, call.partition).description, name: $0.name, type: $0.type, creationDate: $0.created)
      }, nextToken: call.pageToken(page.next, of: "machines"))
  }
}
