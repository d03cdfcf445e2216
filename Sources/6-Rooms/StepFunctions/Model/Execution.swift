import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// An execution, running or ended.
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
  /// As it was given.
  var input: String
  var output: String?
  var error: String?
  var cause: String?

  var key: String { Self.key(machine, name) }
  static func key(_ machine: String, _ name: String) -> String { "\(machine)/\(name)" }
  /// By machine and start, all together and by status.
  var indexes: [String: String] {
    ["started": "\(machine)/\(Sortable.text(started))", "status": "\(machine)/\(status)/\(Sortable.text(started))"]
  }

  static func arn(_ machine: String, _ name: String, _ partition: Partition) -> ARN {
    ARN(service: "states", region: partition.region, account: partition.account, resource: "execution:\(machine):\(name)")
  }
  func arn(_ partition: Partition) -> ARN { Self.arn(machine, name, partition) }

  func history(_ partition: Partition) -> LedgerStream { LedgerStream("states.history/\(key)", in: partition) }

  func info(_ partition: Partition) throws -> ExecutionInfo {
    ExecutionInfo(
      id: arn(partition).description, name: name, roleArn: roleArn, startTime: started, input: try Payload(parsing: input),
      stateMachineID: StateMachine.arn(machine, partition).description, stateMachineName: machine, region: partition.region)
  }
}

/// Where a running execution stands.
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
    guard let arn = ARN(text), arn.service == "states", arn.resourceType == "execution" else { throw Fault.invalidARN(text) }
    let parts = arn.resourceName.split(separator: ":").map(String.init)
    guard parts.count == 2 else { throw Fault.invalidARN(text) }
    guard let execution = try get(Execution.self, Execution.key(parts[0], parts[1])) else { throw Fault.executionNotFound(text) }
    return execution
  }
}
