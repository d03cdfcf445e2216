import ServiceKit
import Store
import Time

/// Keeps a machine's revision as a version of its own. Source: AWS Step Functions API Reference, PublishStateMachineVersion.
struct PublishStateMachineVersion: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    /// Publishes only when this is the machine's revision; `INITIAL` is the one it was made with.
    var revisionId: String?
    var description: String?
    static var limits: [Limit<Self>] { [.arn("stateMachineArn", \.stateMachineArn), .length("description", \.description, 0...256)] }
  }
  struct Output: Shape {
    var creationDate: Timestamp
    var stateMachineVersionArn: String
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    var machine = try call.changeable(input.stateMachineArn)
    let current = machine.revisionID ?? StateMachine.initialRevision
    if let asked = input.revisionId, asked != current {
      throw Fault.conflict(
        "Failed to publish the State Machine version for revision \(asked). The current State Machine revision is \(current).")
    }
    let version = try call.publish(&machine, description: input.description)
    return Output(creationDate: version.created, stateMachineVersionArn: version.arn(call.partition))
  }
}
