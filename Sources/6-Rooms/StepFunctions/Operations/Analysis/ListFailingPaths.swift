import ServiceKit
import Store
import Time

/// Groups a machine's unsuccessful executions by the state they ended in, the error, and the cause without what differs each time; the
/// largest group first. Beyond AWS's operations.
struct ListFailingPaths: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    /// Only executions that ended since.
    var since: Timestamp?
    /// Executions of each status looked at, the latest first; 10,000 unless given.
    var maxExecutions: Int?
    static var limits: [Limit<Self>] { [.range("maxExecutions", \.maxExecutions, 1...100_000)] }
  }
  struct Output: Shape {
    var failingPaths: [Item]
    var executionsLookedAt: Int
    /// Whether there are more executions than were looked at.
    var truncated: Bool
  }
  struct Item: Shape {
    var state: String
    var error: String
    /// What the causes have in common: `#` stands for what differs.
    var causePattern: String
    /// The cause of the latest.
    var cause: String?
    var count: Int
    var redrivableCount: Int
    var firstDate: Timestamp
    var lastDate: Timestamp
    /// The latest, ten at most.
    var executionArns: [String]
  }
  private static let examples = 10

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let machine = try call.machine(input.stateMachineArn)
    if machine.isExpress { throw Fault.typeNotSupported }
    var groups: [FailingPath: Item] = [:]
    var looked = 0
    let failed = FailedExecutions(call: call, machine: machine.name, since: input.since)
    let isCut = try failed.forEach(most: input.maxExecutions ?? 10_000) { execution in
      looked += 1
      let path = FailingPath(execution)
      let ended = execution.listed
      var item =
        groups[path]
        ?? Item(
          state: path.state, error: path.error, causePattern: path.cause, cause: execution.cause, count: 0, redrivableCount: 0,
          firstDate: ended, lastDate: ended, executionArns: [])
      item.count += 1
      item.firstDate = min(item.firstDate, ended)
      item.lastDate = max(item.lastDate, ended)
      if execution.redrivability(now: call.now, strict: call.enforcesQuotas) == .redrivable { item.redrivableCount += 1 }
      if item.executionArns.count < examples { item.executionArns.append(execution.arn(call.partition).description) }
      groups[path] = item
    }
    let sorted = groups.values.sorted { ($0.count, $0.lastDate, $0.causePattern) > ($1.count, $1.lastDate, $1.causePattern) }
    return Output(failingPaths: sorted, executionsLookedAt: looked, truncated: isCut)
  }
}
