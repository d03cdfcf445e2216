import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// Runs an execution of an Express machine and answers its result. Source: AWS Step Functions API Reference, StartSyncExecution.
///
/// A failed execution is an answer too: faults are for executions that could not run.
struct StartSyncExecution: AsyncOperation {
  struct Input: Shape {
    var stateMachineArn: String
    var name: String?
    var input: String?
    var traceHeader: String?
    var includedData: String?
    static var limits: [Limit<Self>] {
      [
        .arn("stateMachineArn", \.stateMachineArn),
        .length("name", \.name, 1...80), .length("traceHeader", \.traceHeader, 0...256, .ascii),
        .oneOf("includedData", \.includedData, ["ALL_DATA", "METADATA_ONLY"]),
      ]
    }
  }
  static let audit = AuditDetail.callOnly

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: AsyncCall<StepFunctions>) async throws -> Document {
    let room = call.room
    let name = input.name ?? room.context.identifiers.uuid()
    try StatesName.check(name)
    let payload = try ExecutionInput.parse(input.input, strict: call.enforcesQuotas)
    let target = try await call.target(input.stateMachineArn)
    guard target.machine.isExpress else { throw Fault.typeNotSupported }
    let program: Program
    if let known = room.programs.find(target.revision).value {
      program = known
    } else {
      program = try await call.read { call in
        try call.room.program(target.revision) { try call.revision(target.machine.name, target.revision) }
      }
    }
    let execution = ExpressExecution(
      target, name: name, id: room.context.identifiers.uuid(), input: payload.text, started: room.context.clock.now())
    var run = ExpressRun(room, execution, program, input: payload, call.partition)
    let result = try await run.run()
    let answer = Self.answer(
      execution, result, call.partition, trace: input.traceHeader, includingData: input.includedData != "METADATA_ONLY")
    return Document(.object(answer), for: call.context)
  }

  private static func answer(
    _ execution: ExpressExecution, _ result: ExpressResult, _ partition: Partition, trace: String?, includingData: Bool
  ) -> JSONObject {
    var answer: JSONObject = [
      "executionArn": .string(execution.arn(partition)),
      "stateMachineArn": .string(StateMachine.arn(execution.machine, partition).description), "name": .string(execution.name),
      "startDate": execution.started.secondsValue, "stopDate": result.stopped.secondsValue, "status": .string(result.status),
    ]
    if includingData { answer["input"] = .string(execution.input) }
    answer["inputDetails"] = ["included": .bool(includingData)]
    switch result.outcome {
    case .succeeded(let output):
      if includingData { answer["output"] = .string(output.text) }
      answer["outputDetails"] = ["included": .bool(includingData)]
    case .failed(let error, let cause), .aborted(let error, let cause):
      if includingData, let error { answer["error"] = .string(error) }
      if includingData, let cause { answer["cause"] = .string(cause) }
    case .timedOut: answer["error"] = .string(ErrorName.timeout)
    }
    if let trace { answer["traceHeader"] = .string(trace) }
    let billing = ExpressBilling(result.stopped - execution.started)
    answer["billingDetails"] = [
      "billedMemoryUsedInMB": .int(billing.memory), "billedDurationInMilliseconds": .int(billing.duration),
    ]
    return answer
  }
}

extension AsyncCall where Home == StepFunctions {
  /// As `Call.startTarget`, from memory where it is known. Aliases draw a version each time.
  func target(_ text: String) async throws -> StartTarget {
    let name = "\(partition.text) \(text)"
    let (known, generation) = room.targets.find(name)
    if let known { return known }
    let target = try await read { try $0.startTarget(text) }
    if target.alias == nil { room.targets.keep(target, name, generation) }
    return target
  }
}

/// The input of an execution that starts.
enum ExecutionInput {
  /// Throws InvalidExecutionInput, or a validation fault for one that is longer than AWS takes.
  static func parse(_ text: String?, strict: Bool) throws(Fault) -> Payload {
    let text = text ?? "{}"
    if strict, text.utf8.count > 262_144 {
      throw .validation(
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144")
    }
    do throws(JSONParseError) { return try Payload(parsing: text) } catch {
      throw Fault(
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: '\(error.message) at [line: \(error.line), column: \(error.column)]'")
    }
  }
}
