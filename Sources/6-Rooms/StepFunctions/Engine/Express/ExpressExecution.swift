import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// An execution of an Express machine: its own name twice, so that names may be used again.
struct ExpressExecution: Codable, Sendable {
  var machine: String
  var name: String
  /// Tells executions of one name apart.
  var id: String
  var revision: String
  var roleArn: String
  var version: Int?
  var alias: String?
  var started: Timestamp
  var input: String

  init(_ target: StartTarget, name: String, id: String, input: String, started: Timestamp) {
    machine = target.machine.name
    self.name = name
    self.id = id
    revision = target.revision
    roleArn = target.roleArn
    version = target.version
    alias = target.alias
    self.started = started
    self.input = input
  }

  /// A child of a map run. Its name is the run's with its number and the redrive it began in, so that nothing else need be stored of it.
  init(_ run: MapRun, child: Int, input: String, started: Timestamp) {
    machine = run.childMachine
    name = ExpressChild.name(child, attempt: run.redriveCount, of: run.id)
    id = run.id
    revision = run.revision
    roleArn = run.roleArn
    self.started = started
    self.input = input
  }

  func arn(_ partition: Partition) -> String {
    "arn:aws:states:\(partition.region):\(partition.account):express:\(machine):\(name):\(id)"
  }

  func info(_ input: Payload, _ partition: Partition) -> ExecutionInfo {
    var info = ExecutionInfo(
      id: arn(partition), name: name, roleArn: roleArn, startTime: started, input: input,
      stateMachineID: StateMachine.arn(machine, partition).description, stateMachineName: machine, region: partition.region)
    info.versionArn = version.map { MachineVersion.arn(machine, $0, partition) }
    info.aliasArn = alias.map { MachineAlias.arn(machine, $0, partition) }
    return info
  }
}

/// How an Express execution ended.
struct ExpressResult: Sendable {
  var stopped: Timestamp
  var outcome: ExecutionOutcome

  var status: String {
    switch outcome {
    case .succeeded: "SUCCEEDED"
    case .failed: "FAILED"
    case .timedOut: "TIMED_OUT"
    case .aborted: "ABORTED"
    }
  }
}
