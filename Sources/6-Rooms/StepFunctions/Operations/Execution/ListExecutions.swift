import ServiceKit
import StatesLanguage
import Store
import Time

/// Lists the executions of a machine, version or alias, the latest first. Source: AWS Step Functions API Reference, ListExecutions.
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
        .arn("stateMachineArn", \.stateMachineArn), .longARN("mapRunArn", \.mapRunArn), .token(\.nextToken, most: 3_096),
        .oneOf("statusFilter", \.statusFilter, ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]),
        .range("maxResults", \.maxResults, 0...1_000), .oneOf("redriveFilter", \.redriveFilter, ["REDRIVEN", "NOT_REDRIVEN"]),
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
    var mapRunArn: String?
    var itemCount: Int?
    var stateMachineVersionArn: String?
    var stateMachineAliasArn: String?
    var redriveCount: Int
    var redriveDate: Timestamp?
  }
  /// Executions looked at for one page: a filter that few fit ends a page early.
  private static let most = 5_000

  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    (input.stateMachineArn ?? input.mapRunArn).flatMap { ARN($0) } ?? caller.arn("states", "*")
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    guard let text = input.stateMachineArn, input.mapRunArn == nil else {
      if let run = input.mapRunArn, input.stateMachineArn == nil { return try children(of: run, input, call) }
      throw Fault.missing("Must provide either 'stateMachineArn' or 'mapRunArn', but not both")
    }
    if input.statusFilter == "PENDING_REDRIVE" {
      throw Fault.validation("The status filter PENDING_REDRIVE needs a 'mapRunArn'")
    }
    let arn = try MachineARN(text, call.partition)
    let machine = try call.machine(arn, text)
    if machine.isExpress { throw Fault.typeNotSupported }
    let (index, prefix) = listing(arn, input.statusFilter)
    return try list(text, index, prefix, input, call)
  }

  private static func children(of run: String, _ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let known = try call.mapRun(run)
    if known.isExpress { return try express(known, run, input, call) }
    if input.statusFilter == "PENDING_REDRIVE" { return try pending(known, run, input, call) }
    let id = known.id
    let (index, prefix) = input.statusFilter.map { ("mapRunStatus", "\(id)/\($0)/") } ?? ("mapRun", "\(id)/")
    return try list(run, index, prefix, input, call)
  }

  /// Express children are started anew by a redrive of their run: none is redriven itself.
  private static func express(
    _ run: MapRun, _ text: String, _ input: Input, _ call: Call<StepFunctions>
  ) throws -> Output {
    if input.redriveFilter == "REDRIVEN" || input.statusFilter == "PENDING_REDRIVE" { return Output(executions: []) }
    let scope = "executions/\(text)/\(input.statusFilter ?? "")/\(input.redriveFilter ?? "")"
    let (children, next) = try call.expressChildren(
      of: run, status: input.statusFilter, after: try call.page(input.nextToken, of: scope), limit: PageSize.of(input.maxResults))
    return Output(
      executions: children.map { child in
        Item(
          executionArn: child.arn(call.partition), stateMachineArn: StateMachine.arn(run.childMachine, call.partition).description,
          name: child.name, status: child.status, startDate: child.started, stopDate: child.result?.stopped,
          mapRunArn: run.arn(call.partition), itemCount: run.items(of: child.child), redriveCount: 0)
      }, nextToken: call.pageToken(next, of: scope))
  }

  /// Children that a redrive of their run has not begun again yet. Source: Step Functions Developer Guide, "Child workflow execution redrive
  /// behavior".
  private static func pending(
    _ run: MapRun, _ text: String, _ input: Input, _ call: Call<StepFunctions>
  ) throws -> Output {
    guard run.progress.executions.pendingRedrive > 0 else { return Output(executions: []) }
    var asked = input
    let statuses = ["FAILED", "TIMED_OUT", "ABORTED"]
    let scope = "executions/\(text)/PENDING_REDRIVE/\(input.redriveFilter ?? "")"
    var after = try call.page(input.nextToken, of: scope)
    let limit = PageSize.of(input.maxResults)
    var found: [Execution] = []
    var place = after.flatMap { cursor in statuses.firstIndex { cursor.value.hasPrefix("\(run.id)/\($0)/") } } ?? 0
    asked.statusFilter = nil
    while place < statuses.count {
      let page = try call.children(of: run, statuses[place], after: after, limit: limit - found.count)
      found += page.items.filter { $0.attempt != run.redriveCount && fits($0, asked) }
      after = page.next
      if after == nil {
        place += 1
        if found.count == limit, place < statuses.count { after = CatalogCursor(value: "\(run.id)/\(statuses[place])/", key: "") }
      }
      if found.count == limit { break }
    }
    let items = found.map { execution -> Item in
      var item = item(execution, call.partition)
      item.status = "PENDING_REDRIVE"
      return item
    }
    return Output(executions: items, nextToken: call.pageToken(after, of: scope))
  }

  private static func list(
    _ text: String, _ index: String, _ prefix: String, _ input: Input, _ call: Call<StepFunctions>
  ) throws -> Output {
    let scope = "executions/\(text)/\(input.statusFilter ?? "")/\(input.redriveFilter ?? "")"
    var after = try call.page(input.nextToken, of: scope)
    let limit = PageSize.of(input.maxResults)
    var found: [Execution] = []
    var looked = 0
    repeat {
      let page = try call.transaction.page(
        Execution.self, in: call.partition,
        CatalogQuery(.index(index, from: prefix, to: prefix + "\u{7F}"), after: after, limit: limit - found.count, descending: true))
      looked += page.items.count
      found += page.items.filter { fits($0, input) }
      after = page.next
    } while found.count < limit && after != nil && looked < most
    return Output(executions: found.map { item($0, call.partition) }, nextToken: call.pageToken(after, of: scope))
  }

  private static func listing(_ arn: MachineARN, _ status: String?) -> (index: String, prefix: String) {
    switch arn.qualifier {
    case .version(let number): ("version", "\(arn.name)/\(number)/")
    case .alias(let name): ("alias", "\(arn.name)/\(name)/")
    case .none, .label: status.map { ("status", "\(arn.name)/\($0)/") } ?? ("started", "\(arn.name)/")
    }
  }

  private static func fits(_ execution: Execution, _ input: Input) -> Bool {
    if let status = input.statusFilter, execution.status != status { return false }
    if let filter = input.redriveFilter, (filter == "REDRIVEN") != (execution.redrives > 0) { return false }
    return true
  }

  private static func item(_ execution: Execution, _ partition: Partition) -> Item {
    Item(
      executionArn: execution.arn(partition).description,
      stateMachineArn: StateMachine.arn(execution.machine, partition).description, name: execution.name, status: execution.status,
      startDate: execution.started, stopDate: execution.stopped, mapRunArn: execution.mapRunArn(partition),
      itemCount: execution.itemCount, stateMachineVersionArn: execution.versionArn(partition),
      stateMachineAliasArn: execution.aliasArn(partition), redriveCount: execution.redrives, redriveDate: execution.redriven)
  }
}
