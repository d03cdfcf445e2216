import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// Starts an execution. Source: AWS Step Functions API Reference, StartExecution.
///
/// For a Standard machine the same name and input as a running execution's answer that execution; Express executions have no such memory.
struct StartExecution: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var name: String?
    var input: String?
    var traceHeader: String?
    static var limits: [Limit<Self>] {
      [.arn("stateMachineArn", \.stateMachineArn), .length("name", \.name, 1...80), .length("traceHeader", \.traceHeader, 0...256, .ascii)]
    }
  }
  struct Output: Shape {
    var executionArn: String
    var startDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let name = input.name ?? call.room.context.identifiers.uuid(at: call.now)
    try StatesName.check(name)
    let payload = try ExecutionInput.parse(input.input, strict: call.enforcesQuotas)
    let target = try call.startTarget(input.stateMachineArn)
    if target.machine.isExpress { return try express(target, name, payload, call) }
    let arn = Execution.arn(target.machine.name, name, call.partition)
    if let known = try call.get(Execution.self, Execution.key(target.machine.name, name)) {
      guard known.isRunning, try call.input(of: known) == payload.text else {
        throw Fault("ExecutionAlreadyExists", "Execution Already Exists: '\(arn)'")
      }
      return Output(executionArn: arn.description, startDate: known.started)
    }
    if let most = call.room.quotas?.openExecutions, call.room.openExecutions.count(call.partition) >= most {
      throw Fault("ExecutionLimitExceeded", "The limit of \(most) running executions has been reached.")
    }
    var execution = Execution(target, name: name, input: payload.text, started: call.now)
    execution.traceHeader = input.traceHeader
    if try call.setLarge(payload.text, &execution, \.largeInput) { execution.input = "" }
    try call.announce(
      execution,
      execution.description(call.partition, input: payload.text, output: nil, now: call.now, strict: call.enforcesQuotas))
    if call.context.invokedBy == StepFunctions.identity.principal {
      // Begun by itself, so that machines that start each other do not run inside each other.
      try call.put(execution)
      try call.schedule(PendingEvent(begin: execution.key), for: DeliverToExecution.queue)
    } else {
      var step = try ExecutionStep(call, execution, ExecutionState(), input: payload, isStored: false)
      _ = try step.take([.start])
    }
    return Output(executionArn: arn.description, startDate: call.now)
  }

  private static func express(
    _ target: StartTarget, _ name: String, _ payload: Payload, _ call: Call<StepFunctions>
  ) throws -> Output {
    let execution = ExpressExecution(
      target, name: name, id: call.room.context.identifiers.uuid(), input: payload.text, started: call.now)
    try call.schedule(execution, for: RunExpress.queue)
    return Output(executionArn: execution.arn(call.partition), startDate: call.now)
  }
}
