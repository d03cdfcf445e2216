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
  /// Names the definition, role and configurations as they are now.
  var revision: String
  var loggingConfiguration: JSONValue?
  var tracingConfiguration: JSONValue?
  var encryptionConfiguration: JSONValue?
  var tags: [String: String]
  /// The revision it was made with; that one has no id on the wire but `INITIAL`.
  var firstRevision: String?
  /// The number of the last version published; numbers are never used again.
  var lastVersion: Int?
  /// Being deleted: nothing starts any more.
  var isDeleting: Bool?
  var key: String { name }
  static let isReadOften = true

  static func arn(_ name: String, _ partition: Partition) -> ARN {
    ARN(service: "states", region: partition.region, account: partition.account, resource: "stateMachine:\(name)")
  }
  static let initialRevision = "INITIAL"

  var isExpress: Bool { type == WorkflowType.express.rawValue }
  var status: String { isDeleting == true ? "DELETING" : "ACTIVE" }
  /// As the API shows it: none before the first change.
  var revisionID: String? { revision == firstRevision ? nil : revision }
}

/// What executions run: a definition, its role and configurations; an execution keeps the revision it began with.
struct MachineRevision: Resource {
  static let kind = "states.revision"
  var machine: String
  var id: String
  var definition: String
  var roleArn: String
  var created: Timestamp
  var type: String?
  var loggingConfiguration: JSONValue?
  var tracingConfiguration: JSONValue?
  var encryptionConfiguration: JSONValue?
  var key: String { Self.key(machine, id) }
  static func key(_ machine: String, _ id: String) -> String { "\(machine)/\(id)" }
}

extension StateMachine {
  static let noLogging: JSONValue = ["level": "OFF", "includeExecutionData": false]
  /// A configuration with what it leaves out.
  static func logging(_ given: JSONValue?) -> JSONValue {
    guard case .object(let given)? = given else { return noLogging }
    var configuration: JSONObject = [
      "level": given["level"] ?? "OFF", "includeExecutionData": given["includeExecutionData"] ?? false,
    ]
    if let destinations = given["destinations"], destinations != [] { configuration["destinations"] = destinations }
    return .object(configuration)
  }
  static let noTracing: JSONValue = ["enabled": false]
  static let noEncryption: JSONValue = ["type": "AWS_OWNED_KEY"]
}

extension Call where Home == StepFunctions {
  /// The machine an ARN names, qualified or not. Throws InvalidArn, StateMachineDoesNotExist, or a validation fault for a labelled ARN.
  func machine(_ text: String) throws -> StateMachine { try machine(MachineARN(text, partition), text) }

  func machine(_ arn: MachineARN, _ text: String) throws -> StateMachine {
    if case .label = arn.qualifier { throw Fault.labelled("This operation") }
    guard let machine = try get(StateMachine.self, arn.name) else { throw Fault.machineNotFound(text) }
    return machine
  }

  /// As above, for changes: throws StateMachineDeleting for one that is being deleted, and refuses versions and aliases.
  func changeable(_ text: String) throws -> StateMachine {
    let arn = try MachineARN(text, partition)
    switch arn.qualifier {
    case .version, .alias: throw Fault.wrongType("state machine version or alias")
    case .none, .label: break
    }
    let machine = try machine(arn, text)
    if machine.isDeleting == true { throw Fault.machineDeleting(text) }
    return machine
  }

  /// The definition's text of a revision.
  func revision(_ machine: String, _ id: String) throws -> MachineRevision {
    guard let revision = try get(MachineRevision.self, MachineRevision.key(machine, id)) else {
      throw Fault.machineNotFound(StateMachine.arn(machine, partition).description)
    }
    return revision
  }

  /// Keeps what the machine is now, with this definition, as a revision of its own.
  func newRevision(of machine: StateMachine, definition: String) throws -> MachineRevision {
    let revision = MachineRevision(
      machine: machine.name, id: machine.revision, definition: definition, roleArn: machine.roleArn, created: now, type: machine.type,
      loggingConfiguration: machine.loggingConfiguration, tracingConfiguration: machine.tracingConfiguration,
      encryptionConfiguration: machine.encryptionConfiguration)
    try put(revision)
    return revision
  }
}
