import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// Goes on with an execution that ended unsuccessfully, from the states it ended in. Source: AWS Step Functions API Reference, RedriveExecution.
struct RedriveExecution: Operation {
  struct Input: Shape {
    var executionArn: String
    var clientToken: String?
    static var limits: [Limit<Self>] { [.arn("executionArn", \.executionArn), .length("clientToken", \.clientToken, 1...64, .visible)] }
  }
  struct Output: Shape { var redriveDate: Timestamp }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }
  static func clientToken(_ input: Input) -> String? { input.clientToken.map { "\(input.executionArn)/\($0)" } }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    try call.redrive(try call.execution(input.executionArn))
    return Output(redriveDate: call.now)
  }
}

extension TextPattern {
  /// Visible ASCII.
  static let visible = TextPattern("[!-~]+") { $0.utf8.allSatisfy { (33...126).contains($0) } }
  /// ASCII, or nothing.
  static let ascii = TextPattern(#"\p{ASCII}*"#) { $0.utf8.allSatisfy { $0 < 128 } }
}

extension Call where Home == StepFunctions {
  /// Throws ExecutionNotRedrivable with the reason, StateMachineDeleting's too, or ExecutionLimitExceeded.
  ///
  /// - Parameter attempt: of a child of a map run, how often the run has been redriven; nil for any other execution.
  func redrive(_ ended: Execution, attempt: Int? = nil) throws {
    switch ended.redrivability(now: now, strict: enforcesQuotas) {
    case .not(let reason): throw Fault.notRedrivable(reason)
    case .byMapRun where attempt == nil:
      throw Fault.notRedrivable("Execution was started by a Map Run: redrive the execution that the Map Run is of")
    case .redrivable, .byMapRun: break
    }
    if let machine = try get(StateMachine.self, ended.machine), machine.isDeleting == true {
      throw Fault.notRedrivable("State machine is in DELETING status")
    }
    guard let running = try get(RunningExecution.self, ended.key) else {
      throw Fault.notRedrivable("Execution was started before the launch of RedriveExecution")
    }
    if let most = room.quotas?.openExecutions, room.openExecutions.count(partition) >= most {
      throw Fault("ExecutionLimitExceeded", "The limit of \(most) running executions has been reached.")
    }
    var execution = ended
    execution.status = "RUNNING"
    execution.redriveCount = ended.redrives + 1
    execution.redriven = now
    execution.stopped = nil
    (execution.error, execution.cause, execution.failedState, execution.isResumable) = (nil, nil, nil, nil)
    try transaction.cancel(ForgetExecution.queue, key: ended.key, in: partition)
    let text = try input(of: execution)
    if attempt == nil {
      try announce(execution, execution.description(partition, input: text, output: nil, now: now, strict: enforcesQuotas))
    }
    var step = try ExecutionStep(
      self, execution, ExecutionState(json: running.state), input: Payload(parsing: text), isStored: false)
    guard try step.take([.redrive]).isEmpty else {
      throw Fault.notRedrivable("The state machine's definition does not have the states any more that the execution ended in")
    }
  }
}
