import JSON
import ServiceKit
import StatesLanguage
import Store
import Time

/// Starts an execution. Source: AWS Step Functions API Reference, StartExecution.
struct StartExecution: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var name: String?
    var input: String?
    var traceHeader: String?
  }
  struct Output: Shape {
    var executionArn: String
    var startDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let name = input.name ?? call.room.context.identifiers.uuid()
    try StatesName.check(name)
    let text = input.input ?? "{}"
    if call.enforcesQuotas, text.utf8.count > 262_144 {
      throw Fault.validation(
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144")
    }
    do { _ = try JSONValue(parsing: text) } catch let error {
      throw Fault(
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: '\(error.message) at [line: \(error.line), column: \(error.column)]'")
    }
    let machine = try call.machine(input.stateMachineArn)
    let arn = Execution.arn(machine.name, name, call.partition)
    if let known = try call.get(Execution.self, Execution.key(machine.name, name)) {
      guard known.status == "RUNNING", known.input == text else {
        throw Fault("ExecutionAlreadyExists", "Execution Already Exists: '\(arn)'")
      }
      return Output(executionArn: arn.description, startDate: known.started)
    }
    let execution = Execution(
      machine: machine.name, name: name, revision: machine.revision, roleArn: machine.roleArn, status: "RUNNING", started: call.now,
      input: text)
    try call.put(execution)
    try call.announce(execution)
    call.room.measure(
      [("ExecutionsStarted", 1, "Count")], machine: machine.name, at: call.now, call.partition, call.transaction)
    if call.context.invokedBy == StepFunctions.identity.principal {
      // Begun by itself, so that machines that start each other do not run inside each other.
      try call.schedule(PendingEvent(begin: execution.key), for: DeliverToExecution.queue)
    } else {
      try call.advance(execution.key, [.start])
    }
    return Output(executionArn: arn.description, startDate: call.now)
  }
}
