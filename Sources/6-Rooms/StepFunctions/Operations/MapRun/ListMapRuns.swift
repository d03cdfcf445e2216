import ServiceKit
import Store
import Time

/// Lists the map runs that an execution started. Source: AWS Step Functions API Reference, ListMapRuns.
struct ListMapRuns: Operation {
  struct Input: Shape {
    var executionArn: String
    var maxResults: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] {
      [.arn("executionArn", \.executionArn), .token(\.nextToken), .range("maxResults", \.maxResults, 0...1_000)]
    }
  }
  struct Output: Shape {
    var mapRuns: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var executionArn: String
    var mapRunArn: String
    var stateMachineArn: String
    var startDate: Timestamp
    var stopDate: Timestamp?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let execution = try call.execution(input.executionArn)
    let prefix = "\(execution.key)/"
    let scope = "map-runs/\(execution.key)"
    let page = try call.transaction.page(
      MapRun.self, in: call.partition,
      CatalogQuery(
        .index("parent", from: prefix, to: prefix + "\u{7F}"), after: try call.page(input.nextToken, of: scope),
        limit: PageSize.of(input.maxResults)))
    return Output(
      mapRuns: page.items.map { run in
        Item(
          executionArn: execution.arn(call.partition).description, mapRunArn: run.arn(call.partition),
          stateMachineArn: StateMachine.arn(run.childMachine, call.partition).description, startDate: run.started, stopDate: run.stopped)
      }, nextToken: call.pageToken(page.next, of: scope))
  }
}
