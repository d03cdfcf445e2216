import JSON
import ServiceKit
import Store
import Time

/// Describes the state machine as an execution runs it. Source: AWS Step Functions API Reference, DescribeStateMachineForExecution.
struct DescribeStateMachineForExecution: Operation {
  struct Input: Shape {
    var executionArn: String
    var includedData: String?
    static var limits: [Limit<Self>] {
      [.arn("executionArn", \.executionArn), .oneOf("includedData", \.includedData, ["ALL_DATA", "METADATA_ONLY"])]
    }
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
    var mapRunArn: String?
    var label: String?
    var variableReferences: [String: [String]]?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.executionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let execution = try call.execution(input.executionArn)
    let revision = try call.revision(execution.base, execution.revision)
    let first = try call.get(StateMachine.self, execution.base)?.firstRevision
    guard let definition = try ShownDefinition(revision, machine: execution.machine, call.room) else {
      throw StoreFault.damaged("The revision \(revision.id) of \(execution.base) has not the state that \(execution.key) is of.")
    }
    let isWhole = input.includedData != "METADATA_ONLY"
    return Output(
      stateMachineArn: StateMachine.arn(execution.machine, call.partition).description, name: execution.machine,
      definition: isWhole ? definition.text : ShownDefinition.none, roleArn: execution.roleArn,
      updateDate: revision.created,
      loggingConfiguration: StateMachine.logging(revision.loggingConfiguration),
      tracingConfiguration: revision.tracingConfiguration ?? StateMachine.noTracing,
      encryptionConfiguration: revision.encryptionConfiguration ?? StateMachine.noEncryption,
      revisionId: revision.id == first ? nil : revision.id, mapRunArn: execution.mapRunArn(call.partition),
      label: execution.mapRun.map { _ in String(execution.machine.dropFirst(execution.base.count + 1)) },
      variableReferences: isWhole ? definition.references : nil)
  }
}
