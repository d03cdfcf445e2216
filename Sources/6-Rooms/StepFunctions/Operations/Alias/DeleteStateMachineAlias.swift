import ServiceKit
import Store

/// Deletes an alias; the versions stay. Source: AWS Step Functions API Reference, DeleteStateMachineAlias.
struct DeleteStateMachineAlias: Operation {
  struct Input: Shape {
    var stateMachineAliasArn: String
    static var limits: [Limit<Self>] { [.arn("stateMachineAliasArn", \.stateMachineAliasArn)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineAliasArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let alias = try call.alias(input.stateMachineAliasArn)
    try call.delete(MachineAlias.self, alias.key)
    return Empty()
  }
}
