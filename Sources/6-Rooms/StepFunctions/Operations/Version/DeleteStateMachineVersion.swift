import ServiceKit
import Store

/// Deletes a version that no alias names; its executions run on. Source: AWS Step Functions API Reference, DeleteStateMachineVersion.
struct DeleteStateMachineVersion: Operation {
  struct Input: Shape {
    var stateMachineVersionArn: String
    static var limits: [Limit<Self>] { [.length("stateMachineVersionArn", \.stateMachineVersionArn, 1...2_000)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineVersionArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Empty {
    let arn = try MachineARN(input.stateMachineVersionArn, call.partition)
    guard case .version(let number) = arn.qualifier else { throw Fault.invalidARN(input.stateMachineVersionArn) }
    let users = try call.aliases(of: arn.name).filter { $0.routes.contains { $0.version == number } }
    guard users.isEmpty else {
      throw Fault.conflict(
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: "
          + "[\(users.map(\.name).joined(separator: ", "))]")
    }
    try call.delete(MachineVersion.self, MachineVersion.key(arn.name, number))
    call.changed()
    return Empty()
  }
}
