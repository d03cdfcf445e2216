import JSON
import ServiceKit
import Store
import Time

/// Describes a state machine, one of its versions, or a Distributed Map state by its label.
///
/// Source: AWS Step Functions API Reference, DescribeStateMachine. That page says of labelled ARNs that they are refused, and what is
/// answered for them (`label`, `includedData`); they are answered.
struct DescribeStateMachine: Operation {
  struct Input: Shape {
    var stateMachineArn: String
    var includedData: String?
    static var limits: [Limit<Self>] {
      [.arn("stateMachineArn", \.stateMachineArn), .oneOf("includedData", \.includedData, ["ALL_DATA", "METADATA_ONLY"])]
    }
  }
  struct Output: Shape {
    var stateMachineArn: String
    var name: String
    var status: String
    /// `{}` when only metadata was asked for.
    var definition: String
    var roleArn: String
    var type: String
    var creationDate: Timestamp
    var loggingConfiguration: JSONValue
    var tracingConfiguration: JSONValue
    var encryptionConfiguration: JSONValue
    var label: String?
    var revisionId: String?
    var description: String?
    var variableReferences: [String: [String]]?
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.stateMachineArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: Call<StepFunctions>) throws -> Output {
    let arn = try MachineARN(input.stateMachineArn, call.partition)
    guard let machine = try call.get(StateMachine.self, arn.name) else { throw Fault.machineNotFound(input.stateMachineArn) }
    var version: MachineVersion?
    var label: String?
    switch arn.qualifier {
    case .none: break
    case .label(let text): label = text
    case .version(let number): version = try call.get(MachineVersion.self, MachineVersion.key(machine.name, number))
    case .alias(let name):
      let route = try call.get(MachineAlias.self, MachineAlias.key(machine.name, name))?.routes.first
      version = try route.flatMap { try call.get(MachineVersion.self, MachineVersion.key(machine.name, $0.version)) }
    }
    if arn.qualifier != .none, version == nil, label == nil { throw Fault.machineNotFound(input.stateMachineArn) }
    let revision = try call.revision(machine.name, version?.revision ?? machine.revision)
    let name = label.map { "\(machine.name)/\($0)" } ?? machine.name
    guard let definition = try ShownDefinition(revision, machine: name, call.room) else {
      throw Fault.machineNotFound(input.stateMachineArn)
    }
    let isWhole = input.includedData != "METADATA_ONLY"
    return Output(
      stateMachineArn: version?.arn(call.partition) ?? StateMachine.arn(name, call.partition).description, name: name,
      status: machine.status, definition: isWhole ? definition.text : ShownDefinition.none, roleArn: revision.roleArn,
      type: machine.type, creationDate: version?.created ?? machine.created,
      loggingConfiguration: StateMachine.logging(revision.loggingConfiguration),
      tracingConfiguration: revision.tracingConfiguration ?? StateMachine.noTracing,
      encryptionConfiguration: revision.encryptionConfiguration ?? StateMachine.noEncryption,
      label: label, revisionId: revision.id == machine.firstRevision ? nil : revision.id, description: version?.description,
      variableReferences: isWhole ? definition.references : nil)
  }
}
