import ServiceKit
import Store
import Time

/// Changes an alias's routes or description. Source: AWS Step Functions API Reference, UpdateStateMachineAlias.
struct UpdateStateMachineAlias: Operation {
  struct Input: Shape {
    var stateMachineAliasArn: String
    var description: String?
    var routingConfiguration: [RoutingConfiguration]?
    static var limits: [Limit<Self>] {
      [
        .arn("stateMachineAliasArn", \.stateMachineAliasArn), .length("description", \.description, 0...256),
        .count("routingConfiguration", \.routingConfiguration, 1...2),
      ]
    }
  }
  struct Output: Shape { var updateDate: Timestamp }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineAliasArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    guard input.description != nil || input.routingConfiguration != nil else {
      throw Fault.missing("Either the description or the routingConfiguration must be specified")
    }
    var alias = try call.alias(input.stateMachineAliasArn)
    if try call.get(StateMachine.self, alias.machine)?.isDeleting == true { throw Fault.machineDeleting(input.stateMachineAliasArn) }
    if let configuration = input.routingConfiguration {
      let routing = try Routing(configuration, call)
      guard routing.machine == alias.machine else {
        throw Fault.invalidRouting("Routing configuration must contain versions of the state machine that the alias is of.")
      }
      alias.routes = routing.routes
    }
    alias.description = input.description ?? alias.description
    alias.updated = call.now
    try call.put(alias)
    return Output(updateDate: call.now)
  }
}
