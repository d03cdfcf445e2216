import ServiceKit
import Store
import Time

/// Lists a machine's executions, the latest first. Source: AWS Step Functions API Reference, ListExecutions.
struct ListExecutions: Operation {
  struct Input: Shape {
    var stateMachineArn: String?
    var statusFilter: String?
    var maxResults: Int?
    var nextToken: String?
    var mapRunArn: String?
    var redriveFilter: String?
    static var limits: [Limit<Self>] {
      [
        .oneOf("statusFilter", \.statusFilter, ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]),
        .range("maxResults", \.maxResults, 0...1_000),
      ]
    }
  }
  struct Output: Shape {
    var executions: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var executionArn: String
    var stateMachineArn: String
    var name: String
    var status: String
    var startDate: Timestamp
    var stopDate: Timestamp?
    var redriveCount = 0
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    if input.mapRunArn != nil { throw Fault.validation("Map runs are not served by Martlet yet: give 'stateMachineArn'.") }
    guard let text = input.stateMachineArn else {
      throw Fault.validation("Must provide either 'stateMachineArn' or 'mapRunArn', but not both")
    }
    if input.redriveFilter == "REDRIVEN" || input.statusFilter == "PENDING_REDRIVE" { return Output(executions: [], nextToken: nil) }
    let machine = try call.machine(text)
    let (index, prefix) =
      input.statusFilter.map { ("status", "\(machine.name)/\($0)/") } ?? ("started", "\(machine.name)/")
    let page = try call.transaction.page(
      Execution.self, in: call.partition,
      CatalogQuery(
        .index(index, from: prefix, to: prefix + "\u{7F}"), after: try call.cursor(input.nextToken), limit: PageSize.of(input.maxResults),
        descending: true))
    return Output(
      executions: page.items.map { execution in
        Item(
          executionArn: execution.arn(call.partition).description,
          stateMachineArn: StateMachine.arn(execution.machine, call.partition).description, name: execution.name, status: execution.status,
          startDate: execution.started, stopDate: execution.stopped)
      }, nextToken: call.token(page.next))
  }
}
