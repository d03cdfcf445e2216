import Logging
import ServiceKit
import Store
import Time

/// Redrives all executions of a machine that ended at the same state with the same error. Beyond AWS's operations.
///
/// Each is redriven by work of its own, soon after the answer; one that is no longer redrivable by then is passed over.
struct RedriveExecutions: AsyncOperation {
  struct Input: Shape {
    var stateMachineArn: String
    /// The state they ended in; any when it is not given.
    var state: String?
    var error: String?
    /// As ListFailingPaths answers it.
    var causePattern: String?
    var since: Timestamp?
    /// At most so many; 10,000 unless given.
    var maxExecutions: Int?
    /// Answers what would be redriven and does nothing.
    var dryRun: Bool?
    static var limits: [Limit<Self>] { [.range("maxExecutions", \.maxExecutions, 1...100_000)] }
  }
  struct Output: Shape {
    var redriveCount: Int
    /// A thousand at most.
    var executionArns: [String]
    /// Those that fit and can not be redriven.
    var notRedrivableCount: Int
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  /// Executions that are handed over in one transaction.
  private static let chunk = 500

  static func run(_ input: Input, _ call: AsyncCall<StepFunctions>) async throws -> Output {
    let (output, keys) = try await call.read { try plan(input, $0) }
    if input.dryRun == true { return output }
    for start in stride(from: 0, to: keys.count, by: chunk) {
      let part = keys[start..<min(start + chunk, keys.count)]
      try await call.write { call in
        for key in part { try call.schedule(key, for: RedriveOne.queue, key: key) }
      }
    }
    return output
  }

  private static func plan(_ input: Input, _ call: Call<StepFunctions>) throws -> (Output, [String]) {
    let machine = try call.changeable(input.stateMachineArn)
    if machine.isExpress { throw Fault.typeNotSupported }
    let most = input.maxExecutions ?? 10_000
    var output = Output(redriveCount: 0, executionArns: [], notRedrivableCount: 0)
    var keys: [String] = []
    let failed = FailedExecutions(call: call, machine: machine.name, since: input.since)
    _ = try failed.forEach(most: 100_000) { execution in
      guard output.redriveCount < most, fits(execution, input) else { return }
      guard execution.redrivability(now: call.now, strict: call.enforcesQuotas) == .redrivable else {
        output.notRedrivableCount += 1
        return
      }
      output.redriveCount += 1
      if output.executionArns.count < 1_000 { output.executionArns.append(execution.arn(call.partition).description) }
      keys.append(execution.key)
    }
    return (output, keys)
  }

  private static func fits(_ execution: Execution, _ input: Input) -> Bool {
    let path = FailingPath(execution)
    if let state = input.state, path.state != state { return false }
    if let error = input.error, path.error != error { return false }
    if let cause = input.causePattern, path.cause != cause { return false }
    return true
  }
}

/// Redrives one execution of many.
struct RedriveOne: Worker {
  static let queue = "states.redrive"

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let key = try work.payload(String.self)
    let fault = try await work.settle { call in
      guard let execution = try call.get(Execution.self, key) else { return nil }
      do { try call.transaction.savepoint { try call.redrive(execution) } } catch let fault as Fault { return fault }
      return nil
    }
    // It runs again already, or can not: there is nothing to do any more.
    if let fault { work.room.context.log.notice("not redriven", metadata: ["execution": "\(key)", "fault": "\(fault)"]) }
  }
}
