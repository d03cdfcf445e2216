import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// An execution of a Standard machine, running or ended.
struct Execution: Resource {
  static let kind = "states.execution"
  var machine: String
  var name: String
  var revision: String
  var roleArn: String
  /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`.
  var status: String
  var started: Timestamp
  var stopped: Timestamp?
  /// As it was given; empty when it is kept as a `LargeText`.
  var input: String
  var output: String?
  var error: String?
  var cause: String?
  /// Names of the `LargeText`s that input and output are kept in.
  var largeInput: String?
  var largeOutput: String?
  /// The version and alias it was started from.
  var version: Int?
  var alias: String?
  var traceHeader: String?
  var redriveCount: Int?
  var redriven: Timestamp?
  /// Whether what a redrive goes on from is kept.
  var isResumable: Bool?
  /// The state it ended unsuccessfully in.
  var failedState: String?
  /// How many events its history has; set when it has ended.
  var events: Int?
  /// Of a child of a Distributed Map state: the run, its number in it, the flow it runs, and how many items it has.
  var mapRun: String?
  var child: Int?
  var flow: Int?
  var itemCount: Int?
  /// Redrives the run had when the child last began; nil for none.
  var attempt: Int?

  init(_ target: StartTarget, name: String, input: String, started: Timestamp) {
    machine = target.machine.name
    self.name = name
    revision = target.revision
    roleArn = target.roleArn
    status = "RUNNING"
    self.started = started
    self.input = input
    version = target.version
    alias = target.alias
  }

  init(_ run: MapRun, child: Int, name: String, started: Timestamp) {
    machine = run.childMachine
    self.name = name
    revision = run.revision
    roleArn = run.roleArn
    status = "RUNNING"
    self.started = started
    input = ""
    mapRun = run.id
    self.child = child
    flow = run.flow
    itemCount = run.items(of: child)
    attempt = run.redriveCount
  }

  var key: String { Self.key(machine, name) }
  /// The machine whose definition it runs; a child's own is `machine/label`.
  var base: String { machine.firstIndex(of: "/").map { String(machine[..<$0]) } ?? machine }
  func mapRunArn(_ partition: Partition) -> String? {
    mapRun.map { "arn:aws:states:\(partition.region):\(partition.account):mapRun:\(machine):\($0)" }
  }
  static func key(_ machine: String, _ name: String) -> String { "\(machine)/\(name)" }
  var isRunning: Bool { status == "RUNNING" }
  var redrives: Int { redriveCount ?? 0 }

  /// The instant lists sort it by: running ones by their start or redrive, others by their end.
  var listed: Timestamp { stopped ?? redriven ?? started }

  /// By machine and time, all together, by status, and by version and alias where it was started from one; children by their map run.
  var indexes: [String: String] {
    let time = Sortable.text(listed)
    if let mapRun { return ["mapRun": "\(mapRun)/\(time)", "mapRunStatus": "\(mapRun)/\(status)/\(time)"] }
    var indexes = ["started": "\(machine)/\(time)", "status": "\(machine)/\(status)/\(time)"]
    if let version { indexes["version"] = "\(machine)/\(version)/\(time)" }
    if let alias { indexes["alias"] = "\(machine)/\(alias)/\(time)" }
    return indexes
  }

  static func arn(_ machine: String, _ name: String, _ partition: Partition) -> ARN {
    ARN(service: "states", region: partition.region, account: partition.account, resource: "execution:\(machine):\(name)")
  }
  func arn(_ partition: Partition) -> ARN { Self.arn(machine, name, partition) }
  func versionArn(_ partition: Partition) -> String? { version.map { MachineVersion.arn(machine, $0, partition) } }
  func aliasArn(_ partition: Partition) -> String? { alias.map { MachineAlias.arn(machine, $0, partition) } }

  func history(_ partition: Partition) -> LedgerStream { LedgerStream("states.history/\(key)", in: partition) }

  func info(_ input: Payload, _ partition: Partition) -> ExecutionInfo {
    var info = ExecutionInfo(
      id: arn(partition).description, name: name, roleArn: roleArn, startTime: started, input: input,
      stateMachineID: StateMachine.arn(machine, partition).description, stateMachineName: machine, region: partition.region)
    info.versionArn = versionArn(partition)
    info.aliasArn = aliasArn(partition)
    info.redriveCount = redrives
    return info
  }
}

/// Where an execution stands: a running one, or one that a redrive can take up again.
struct RunningExecution: Resource {
  static let kind = "states.running"
  var key: String
  var state: JSONValue
}

/// What a task of an execution waits for: work of another room, found by that work's ARN when it ends.
struct Watch: Resource {
  static let kind = "states.watch"
  var resource: String
  var execution: String
  var task: Int
  /// `.sync` or `.sync:2`.
  var pattern: String
  var key: String { "\(resource)/\(execution)#\(task)" }
}

/// The same the other way round: what a task that is given up leaves behind.
struct SubmittedWork: Resource {
  static let kind = "states.submitted"
  var execution: String
  var task: Int
  var resource: String
  var pattern: String
  var key: String { Self.key(execution, task) }
  static func key(_ execution: String, _ task: Int) -> String { "\(execution)#\(task)" }
}

extension Call where Home == StepFunctions {
  /// The execution an ARN names. Throws InvalidArn or ExecutionDoesNotExist.
  func execution(_ text: String) throws -> Execution {
    let arn = try StatesARN.parse(text, "execution", in: partition)
    let parts = arn.resourceName.split(separator: ":").map(String.init)
    guard parts.count == 2 else { throw Fault.invalidARN(text) }
    guard let execution = try get(Execution.self, Execution.key(parts[0], parts[1])) else { throw Fault.executionNotFound(text) }
    return execution
  }
}
