import ServiceKit
import Time

/// Describes an alias. Source: AWS Step Functions API Reference, DescribeStateMachineAlias.
struct DescribeStateMachineAlias: Operation {
  struct Input: Shape {
    var stateMachineAliasArn: String
    static var limits: [Limit<Self>] { [.arn("stateMachineAliasArn", \.stateMachineAliasArn)] }
  }
  struct Output: Shape {
    var stateMachineAliasArn: String
    var name: String
    var description: String?
    var routingConfiguration: [RoutingConfiguration]
    var creationDate: Timestamp
    var updateDate: Timestamp
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineAliasArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let alias = try call.alias(input.stateMachineAliasArn)
    return Output(
      stateMachineAliasArn: alias.arn(call.partition), name: alias.name, description: alias.description,
      routingConfiguration: Routing.shape(alias, call.partition), creationDate: alias.created, updateDate: alias.updated)
  }
}
