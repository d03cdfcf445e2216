import JSON
import ServiceKit
import Store
import Time

/// Describes a state machine, or one of its versions. Source: AWS Step Functions API Reference, DescribeStateMachine.
struct DescribeStateMachine: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var includedData: String?
    static var limits: [Limit<Self>] { [.oneOf("includedData", \.includedData, ["ALL_DATA", "METADATA_ONLY"])] }
  }
  struct Output: Shape {
    var stateMachineArn: String
    var name: String
    var status: String
    /// Empty when only metadata was asked for.
    var definition: String
    var roleArn: String
    var type: String
    var creationDate: Timestamp
    var loggingConfiguration: JSONValue
    var tracingConfiguration: JSONValue
    var encryptionConfiguration: JSONValue
    var revisionId: String?
    var description: String?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let arn = try MachineARN(input.stateMachineArn)
    let machine = try call.machine(arn, input.stateMachineArn)
    var version: MachineVersion?
    switch arn.qualifier {
    case .none, .label: break
    case .version(let number): version = try call.get(MachineVersion.self, MachineVersion.key(machine.name, number))
    case .alias(let name):
      let route = try call.get(MachineAlias.self, MachineAlias.key(machine.name, name))?.routes.first
      version = try route.flatMap { try call.get(MachineVersion.self, MachineVersion.key(machine.name, $0.version)) }
    }
    if arn.qualifier != .none, version == nil { throw Fault.machineNotFound(input.stateMachineArn) }
    let revision = try call.revision(machine.name, version?.revision ?? machine.revision)
    return Output(
      stateMachineArn: version?.arn(call.partition) ?? StateMachine.arn(machine.name, call.partition).description, name: machine.name,
      status: machine.status, definition: input.includedData == "METADATA_ONLY" ? "" : revision.definition, roleArn: revision.roleArn,
      type: machine.type, creationDate: version?.created ?? machine.created,
      loggingConfiguration: revision.loggingConfiguration ?? StateMachine.noLogging,
      tracingConfiguration: revision.tracingConfiguration ?? StateMachine.noTracing,
      encryptionConfiguration: revision.encryptionConfiguration ?? StateMachine.noEncryption,
      revisionId: revision.id == machine.firstRevision ? nil : revision.id, description: version?.description)
  }
}
