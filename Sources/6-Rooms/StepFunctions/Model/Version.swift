import ServiceKit
import Store
import Time

/// A revision that was published, by number.
struct MachineVersion: Resource {
  static let kind = "states.version"
  var machine: String
  var number: Int
  var revision: String
  var description: String?
  var created: Timestamp
  /// Sorts by number.
  var key: String { Self.key(machine, number) }
  static func key(_ machine: String, _ number: Int) -> String { "\(machine)/\(Sortable.text(Int64(number)))" }
  /// By the revision it is of.
  var indexes: [String: String] { ["revision": "\(machine)/\(revision)"] }

  static func arn(_ machine: String, _ number: Int, _ partition: Partition) -> String {
    "\(StateMachine.arn(machine, partition)):\(number)"
  }
  func arn(_ partition: Partition) -> String { Self.arn(machine, number, partition) }
}

/// A name for one or two versions of a machine, with how executions are divided between them.
struct MachineAlias: Resource {
  static let kind = "states.alias"
  struct Route: Codable, Sendable, Equatable {
    var version: Int
    /// 0...100; all routes together have 100.
    var weight: Int
  }
  var machine: String
  var name: String
  var description: String?
  var routes: [Route]
  var created: Timestamp
  var updated: Timestamp
  var key: String { Self.key(machine, name) }
  static func key(_ machine: String, _ name: String) -> String { "\(machine)/\(name)" }
  var indexes: [String: String] { ["created": "\(machine)/\(Sortable.text(created))"] }

  static func arn(_ machine: String, _ name: String, _ partition: Partition) -> String {
    "\(StateMachine.arn(machine, partition)):\(name)"
  }
  func arn(_ partition: Partition) -> String { Self.arn(machine, name, partition) }

  /// The version an execution gets that drew this number of 0..<100.
  func version(drawn: UInt64) -> Int? {
    var left = Int(clamping: drawn)
    for route in routes {
      left -= route.weight
      if left < 0 { return route.version }
    }
    return routes.last?.version
  }
}

/// What an execution is started from.
struct StartTarget: Sendable {
  var machine: StateMachine
  var revision: String
  var roleArn: String
  var version: Int?
  var alias: String?
}

extension Call where Home == StepFunctions {
  /// What the ARN of a machine, version or alias starts. Throws InvalidArn, StateMachineDoesNotExist, StateMachineDeleting.
  func startTarget(_ text: String) throws -> StartTarget {
    let arn = try MachineARN(text, partition)
    if case .label = arn.qualifier { throw Fault.labelled("StartExecution") }
    let machine = try machine(arn, text)
    if machine.isDeleting == true { throw Fault.machineDeleting(text) }
    var target = StartTarget(machine: machine, revision: machine.revision, roleArn: machine.roleArn)
    switch arn.qualifier {
    case .none, .label: return target
    case .version(let number): target.version = number
    case .alias(let name):
      guard let alias = try get(MachineAlias.self, MachineAlias.key(machine.name, name)) else { throw Fault.machineNotFound(text) }
      target.alias = name
      target.version = alias.version(drawn: room.context.identifiers.random(below: 100))
    }
    guard let number = target.version, let version = try get(MachineVersion.self, MachineVersion.key(machine.name, number)) else {
      throw Fault.machineNotFound(text)
    }
    target.revision = version.revision
    target.roleArn = try revision(machine.name, version.revision).roleArn
    return target
  }

  /// The version an ARN names. Throws InvalidArn or ResourceNotFound.
  func version(_ text: String) throws -> MachineVersion {
    let arn = try MachineARN(text, partition)
    guard case .version(let number) = arn.qualifier else { throw Fault.invalidARN(text) }
    guard let version = try get(MachineVersion.self, MachineVersion.key(arn.name, number)) else { throw Fault.resourceNotFound(text) }
    return version
  }

  /// The alias an ARN names. Throws InvalidArn or ResourceNotFound.
  func alias(_ text: String) throws -> MachineAlias {
    let arn = try MachineARN(text, partition)
    guard case .alias(let name) = arn.qualifier else { throw Fault.invalidARN(text) }
    guard let alias = try get(MachineAlias.self, MachineAlias.key(arn.name, name)) else { throw Fault.resourceNotFound(text) }
    return alias
  }

  /// Every alias of a machine.
  func aliases(of machine: String) throws -> [MachineAlias] {
    var aliases: [MachineAlias] = []
    try transaction.forEach(MachineAlias.self, in: partition, prefix: "\(machine)/") {
      aliases.append($0)
      return true
    }
    return aliases
  }

  /// The version of the machine's revision, made unless there is one already. Throws ServiceQuotaExceededException.
  func publish(_ machine: inout StateMachine, description: String?) throws -> MachineVersion {
    let known = try transaction.page(
      MachineVersion.self, in: partition, index: "revision", equals: "\(machine.name)/\(machine.revision)", limit: 1)
    if let version = known.items.first { return version }
    if let most = room.quotas?.versions, try transaction.count(MachineVersion.kind, in: partition, prefix: "\(machine.name)/") >= most {
      throw Fault.quota("A state machine has at most \(most) versions: delete some that are not used any more.")
    }
    let number = (machine.lastVersion ?? 0) + 1
    machine.lastVersion = number
    let version = MachineVersion(
      machine: machine.name, number: number, revision: machine.revision, description: description, created: now)
    try put(version)
    try put(machine)
    return version
  }
}
