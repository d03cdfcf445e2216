import JSON
import JSONPath
import Time

/// What has to be done in the world after a step, in this order and together with storing the new state.
public enum Effect: Sendable {
  /// Answered by `taskStarted`, `taskSubmitted`, `taskSucceeded` or `taskFailed`.
  case startTask(TaskRequest)
  /// Whatever the task still does is not waited for any more.
  case cancelTask(id: Int)
  /// Answered by `timerFired`. A timer of a known identifier is moved to the new instant.
  case startTimer(id: Int, at: Timestamp)
  case cancelTimer(id: Int)
  /// Answered by `mapRunStarted`, then `mapRunSucceeded` or `mapRunFailed`.
  case startMapRun(MapRunRequest)
  case cancelMapRun(id: Int)
  /// The children of an ended map run that did not succeed are to run again. Answered by `mapRunRedriven` and then as a start is, or by
  /// `mapRunGone`.
  case redriveMapRun(id: Int)
  /// Nothing follows.
  case finish(ExecutionOutcome)
}

/// How an execution ended.
public enum ExecutionOutcome: Sendable {
  case succeeded(Payload)
  case failed(error: String?, cause: String?)
  case timedOut
  case aborted(error: String?, cause: String?)
}

/// One attempt of a Task state.
public struct TaskRequest: Sendable {
  /// Unique within the execution; a retry has a new one.
  public let id: Int
  public let state: String
  public let resource: TaskResource
  /// What the resource gets: the parameters, or the state's input where there are none.
  public let input: Payload
  /// For activities and `.waitForTaskToken`.
  public let taskToken: String?
  /// The role of `Credentials`.
  public let roleArn: String?
  /// Kept by the interpreter's own timers; given for information.
  public let timeoutSeconds: Int64?
  public let heartbeatSeconds: Int64?
  /// 0 for the first attempt.
  public let attempt: Int
}

/// A Map state whose items run as executions of their own.
public struct MapRunRequest: Sendable {
  public let id: Int
  public let state: String
  /// The label of the definition; the map run's ARN has it, or one made for it.
  public let label: String?
  /// The flow an item runs: the interpreter of the children is made for it.
  public let flow: Int
  public let executionType: WorkflowType
  public let items: Items
  /// Whether items given inline have been put together by an ItemBatcher.
  public let isBatched: Bool
  /// 0 is as many as the service likes.
  public let maxConcurrency: Int64
  /// Failed items that are put up with; nil means none unless a percentage is given.
  public let toleratedFailureCount: Int64?
  /// 0...100
  public let toleratedFailurePercentage: Double?
  public let resultWriter: Source?

  public enum Items: Sendable {
    /// The input of each child.
    case inline([Payload])
    /// Items to be read; each then goes through `Interpreter.childInput`.
    case reader(Source, batching: Batching?)
  }

  /// A reader or writer with its parameters computed.
  public struct Source: Sendable {
    public let resource: String?
    public let parameters: Payload
    public let configuration: JSONObject

    public init(resource: String?, parameters: Payload, configuration: JSONObject) {
      self.resource = resource
      self.parameters = parameters
      self.configuration = configuration
    }
  }

  /// How items are put together.
  public struct Batching: Sendable {
    public let maxItems: Int64?
    public let maxInputBytes: Int64?
    public let batchInput: JSONValue?
  }
}
