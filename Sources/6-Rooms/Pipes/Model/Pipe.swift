import JSON
import ServiceKit
import Store
import Time

/// A pipe with everything it was given.
struct Pipe: Resource {
  static let kind = "pipes.pipe"
  var name: String
  var description: String?
  /// `RUNNING` or `STOPPED`; `DELETED` while it is being deleted.
  var desiredState: String
  var currentState: String
  var stateReason: String?
  var source: String
  var sourceParameters: SourceParameters?
  var enrichment: String?
  var enrichmentParameters: EnrichmentParameters?
  var target: String
  var targetParameters: TargetParameters?
  var roleArn: String
  var tags: [String: String]
  var logConfiguration: LogConfiguration?
  var kmsKeyIdentifier: String?
  var created: Timestamp
  var modified: Timestamp
  /// Another for each change that what moves its events must know of.
  var version: String
  /// Whether its target is an Express workflow, as found when it was created, changed or started: the end of one is waited for where no
  /// invocation type says otherwise.
  var hasExpressTarget: Bool?

  var key: String { name }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "pipes", region: partition.region, account: partition.account, resource: "pipe/\(name)")
  }

  var isChanging: Bool { ["CREATING", "UPDATING", "DELETING", "STARTING", "STOPPING"].contains(currentState) }

  /// Where the events that a bus has for it wait.
  func agenda(_ partition: Partition) -> String { Self.agenda(name, partition) }
  static let agendaPrefix = "pipes.events/"
  static func agenda(_ name: String, _ partition: Partition) -> String { "\(agendaPrefix)\(partition.text)/\(name)" }
}

extension Call where Home == Pipes {
  /// Throws NotFoundException.
  func pipe(_ name: String) throws -> Pipe {
    guard let pipe = try get(Pipe.self, name) else { throw Fault.pipeNotFound(name) }
    return pipe
  }

  /// Throws ConflictException while an earlier change is not done.
  func settled(_ name: String) throws -> Pipe {
    let pipe = try pipe(name)
    if pipe.isChanging { throw Fault.pipeConflict(name, "Pipe \(name) is in state \(pipe.currentState) and can not be changed now.") }
    return pipe
  }

  /// Stores a pipe whose new state is reached a moment later.
  func change(_ pipe: Pipe, to state: String) throws -> PipeState {
    var pipe = pipe
    pipe.currentState = state
    pipe.stateReason = nil
    pipe.modified = now
    pipe.version = room.context.identifiers.uuid()
    try keep(pipe)
    try schedule(pipe.name, for: ChangePipe.queue, key: pipe.name)
    return PipeState(pipe, partition)
  }

  /// Stores the pipe and lets what moves its events follow.
  func keep(_ pipe: Pipe) throws {
    try put(pipe)
    let (room, partition) = (room, partition)
    transaction.afterCommit { room.follow(pipe, in: partition) }
  }
}

/// What changing operations answer.
struct PipeState: Shape {
  var arn: String
  var name: String
  var desiredState: String
  var currentState: String
  var creationTime: Timestamp
  var lastModifiedTime: Timestamp

  init(_ pipe: Pipe, _ partition: Partition) {
    arn = pipe.arn(partition).description
    name = pipe.name
    desiredState = pipe.desiredState
    currentState = pipe.currentState
    creationTime = pipe.created
    lastModifiedTime = pipe.modified
  }
}
