import JSON
import ServiceKit
import Store
import Time

/// Describes the state machine as an execution runs it. Source: AWS Step Functions API Reference, DescribeStateMachineForExecution.
struct DescribeStateMachineForExecution: Operation {
  struct Input: Shape {
    var executionArn: String
    var includedData: String?
  }
  struct Output: Shape {
    var stateMachineArn: String
    var name: String
    var definition: String
    var roleArn: String
    var updateDate: Timestamp
    var loggingConfiguration: JSONValue
    var tracingConfiguration: JSONValue
    var encryptionConfiguration: JSONValue
    var revisionId: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let execution = try call.execution(input.executionArn)
    let revision = try call.revision(execution.machine, execution.revision)
    let first = try call.get(StateMachine.self, execution.machine)?.firstRevision
    return Output(
      stateMachineArn: StateMachine.arn(execution.machine, call.partition).description, name: execution.machine,
      definition: input.includedData == "METADATA_ONLY" ? "" : revision.definition, roleArn: execution.roleArn,
      updateDate: revision.created,
      loggingConfiguration: revision.loggingConfiguration ?? StateMachine.noLogging,
      tracingConfiguration: revision.tracingConfiguration ?? StateMachine.noTracing,
      encryptionConfiguration: revision.encryptionConfiguration ?? StateMachine.noEncryption,
      revisionId: revision.id == first ? nil : revision.id)
  }
}
