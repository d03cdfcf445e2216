import ServiceKit
import Store
import Time

/// Gives one or two versions of a machine a name. Source: AWS Step Functions API Reference, CreateStateMachineAlias.
struct CreateStateMachineAlias: Operation {
  struct Input: Shape {
    var description: String?
    var name: String
    var routingConfiguration: [RoutingConfiguration]
    static var limits: [Limit<Self>] {
      [
        .length("description", \.description, 0...256), .length("name", \.name, 1...80, .aliasName),
        .count("routingConfiguration", \.routingConfiguration, 1...2),
      ]
    }
  }
  struct Output: Shape {
    var stateMachineAliasArn: String
    var creationDate: Timestamp
  }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let routing = try Routing(input.routingConfiguration, call)
    guard let machine = try call.get(StateMachine.self, routing.machine) else {
      throw Fault.resourceNotFound(StateMachine.arn(routing.machine, call.partition).description)
    }
    if machine.isDeleting == true { throw Fault.machineDeleting(StateMachine.arn(machine.name, call.partition).description) }
    let arn = MachineAlias.arn(machine.name, input.name, call.partition)
    if let known = try call.get(MachineAlias.self, MachineAlias.key(machine.name, input.name)) {
      guard known.routes == routing.routes, known.description == input.description else {
        throw Fault.conflict(
          "Failed to create alias because an alias with the same name and a different routing configuration already exists.")
      }
      return Output(stateMachineAliasArn: arn, creationDate: known.created)
    }
    if let most = call.room.quotas?.aliases,
      try call.transaction.count(MachineAlias.kind, in: call.partition, prefix: "\(machine.name)/") >= most
    {
      throw Fault.quota("A state machine has at most \(most) aliases: delete some that are not used any more.")
    }
    try call.put(
      MachineAlias(
        machine: machine.name, name: input.name, description: input.description, routes: routing.routes, created: call.now,
        updated: call.now))
    return Output(stateMachineAliasArn: arn, creationDate: call.now)
  }
}
