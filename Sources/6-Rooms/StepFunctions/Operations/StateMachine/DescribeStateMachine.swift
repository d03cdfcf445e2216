import JSON
import ServiceKit
import Store
import Time

/// Describes a state machine. Source: AWS Step Functions API Reference, DescribeStateMachine.
struct DescribeStateMachine: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var includedData: String?
  }
  struct Output: Shape {
    var stateMachineArn: String
    var name: String
    var status: String
    var definition: String
    var roleArn: String
    var type: String
    var creationDate: Timestamp
    var loggingConfiguration: JSONValue
    var tracingConfiguration: JSONValue
    var encryptionConfiguration: JSONValue
    var revisionId: String
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let machine = try call.machine(input.stateMachineArn)
    return Output(
      stateMachineArn: StateMachine.arn(machine.name, call.partition).description, name: machine.name, status: "ACTIVE",
      definition: try call.revision(machine.name, machine.revision).definition, roleArn: machine.roleArn, type: machine.type,
      creationDate: machine.created, loggingConfiguration: machine.loggingConfiguration ?? StateMachine.noLogging,
      tracingConfiguration: machine.tracingConfiguration ?? ["enabled": false],
      encryptionConfiguration: machine.encryptionConfiguration ?? ["type": "AWS_OWNED_KEY"], revisionId: machine.revision)
  }
}

extension StateMachine {
  static let noLogging: JSONValue = ["level": "OFF", "includeExecutionData": false]
}
