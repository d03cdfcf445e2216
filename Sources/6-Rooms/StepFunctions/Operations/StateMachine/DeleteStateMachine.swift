import ServiceKit
import Store

/// Deletes a state machine; one that is not there is no error. Source: AWS Step Functions API Reference, DeleteStateMachine.
///
/// Differs: executions that run go on to their end, by the definition they began with; nothing new starts.
struct DeleteStateMachine: Operation {
  struct Input: Shape { var stateMachineArn: String }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    guard let arn = ARN(input.stateMachineArn), arn.service == "states", arn.resourceType == "stateMachine" else {
      throw Fault.invalidARN(input.stateMachineArn)
    }
    try call.delete(StateMachine.self, arn.resourceName)
    return Empty()
  }
}
