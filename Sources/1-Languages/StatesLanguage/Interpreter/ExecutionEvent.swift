import JSON
import JSONPath

/// Something that happened to an execution. Identifiers are those of the effects that asked for it.
public enum ExecutionEvent: Sendable {
  case start
  /// The task has been handed to whoever runs it: a function was called, a worker took the activity.
  case taskStarted(id: Int, worker: String? = nil)
  /// The job of a `.sync` or `.waitForTaskToken` task exists; the output is the service's answer.
  case taskSubmitted(id: Int, output: Payload)
  case taskHeartbeat(id: Int)
  /// A start that was not reported is recorded first.
  case taskSucceeded(id: Int, output: Payload)
  case taskFailed(id: Int, error: String?, cause: String?, stage: TaskStage = .run)
  case timerFired(id: Int)
  case mapRunStarted(id: Int, arn: String)
  /// The output is the array of the items' outputs, or what the result writer leaves.
  case mapRunSucceeded(id: Int, output: Payload)
  case mapRunFailed(id: Int, error: String, cause: String?)
  /// Redrives of the map run so far, this one included.
  case mapRunRedriven(id: Int, arn: String, count: Int)
  /// The map run that was to be redriven never began: the state begins one.
  case mapRunGone(id: Int)
  /// StopExecution.
  case abort(error: String?, cause: String?)
  /// The service's own limit on how long an execution may run.
  case timeOut
  /// RedriveExecution: an execution that ended unsuccessfully goes on with the states that it ended in.
  case redrive

  /// Where a task failed; each has an event of its own in the history.
  public enum TaskStage: String, Sendable {
    case schedule, start, submit, run
  }

  /// The effect it answers; nil for events of the whole execution.
  public var id: Int? {
    switch self {
    case .start, .abort, .timeOut, .redrive: nil
    case .taskStarted(let id, _), .taskSubmitted(let id, _), .taskHeartbeat(let id), .taskSucceeded(let id, _),
      .taskFailed(let id, _, _, _), .timerFired(let id), .mapRunStarted(let id, _), .mapRunSucceeded(let id, _),
      .mapRunFailed(let id, _, _), .mapRunRedriven(let id, _, _), .mapRunGone(let id):
      id
    }
  }
}
