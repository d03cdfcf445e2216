import JSON
import ServiceKit
import StatesLanguage
import Store
import Time

/// A state machine as it is now; its definition is that of its revision.
struct StateMachine: Resource {
  static let kind = "states.machine"
  var name: String
  var type: String
  var roleArn: String
  var created: Timestamp
  var updated: Timestamp
  /// Names the definition and role as they are now.
  var revision: String
  var loggingConfiguration: JSONValue?
  var tracingConfiguration: JSONValue?
  var encryptionConfiguration: JSONValue?
  var tags: [String: String]
  var key: String { name }

  static func arn(_ name: String, _ partition: Partition) -> ARN {
    ARN(service: "states", region: partition.region, account: partition.account, resource: "stateMachine:\(name)")
  }
}

/// A definition as executions run it; an execution keeps the revision it began with.
struct MachineRevision: Resource {
  static let kind = "states.revision"
  var machine: String
  var id: String
  var definition: String
  var roleArn: String
  var created: Timestamp
  var key: String { Self.key(machine, id) }
  static func key(_ machine: String, _ id: String) -> String { "\(machine)/\(id)" }
}

extension Call where Home == StepFunctions {
  /// The machine an ARN names. Throws InvalidArn or StateMachineDoesNotExist.
  func machine(_ text: String) throws -> StateMachine {
    guard let arn = ARN(text), arn.service == "states", arn.resourceType == "stateMachine" else { throw Fault.invalidARN(text) }
    guard let machine = try get(StateMachine.self, arn.resourceName) else { throw Fault.machineNotFound(text) }
    return machine
  }

  /// The definition's text of a revision.
  func revision(_ machine: String, _ id: String) throws -> MachineRevision {
    guard let revision = try get(MachineRevision.self, MachineRevision.key(machine, id)) else {
      throw Fault.machineNotFound(StateMachine.arn(machine, partition).description)
    }
    return revision
  }

  func newRevision(_ machine: String, definition: String, roleArn: String) throws -> MachineRevision {
    let revision = MachineRevision(
      machine: machine, id: room.context.identifiers.uuid(), definition: definition, roleArn: roleArn, created: now)
    try put(revision)
    return revision
  }
}
