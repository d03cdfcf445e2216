import JSON
import JSONPath
import Time

/// One event of an execution's history.
public struct HistoryEvent: Sendable {
  /// Counts from 1 without gaps.
  public let id: Int
  /// The event before this one on the same branch; 0 for the first.
  public let previousID: Int
  public let time: Timestamp
  public let type: HistoryEventType
  public let details: Details
  /// A task timed out because a heartbeat did not come; the history itself does not tell.
  public internal(set) var isMissedHeartbeat = false

  public enum Details: Sendable {
    case none
    case executionStarted(input: Payload, roleArn: String, aliasArn: String?, versionArn: String?)
    /// Redrives so far, this one included.
    case redriven(count: Int)
    case output(Payload)
    case failure(error: String?, cause: String?)
    case entered(name: String, input: Payload)
    case exited(name: String, output: Payload, assigned: [(name: String, text: String)])
    case taskScheduled(Task, region: String, parameters: String, timeout: Int64?, heartbeat: Int64?, roleArn: String?)
    case task(Task)
    case taskOutput(Task, Payload)
    case taskFailure(Task, error: String?, cause: String?)
    case scheduled(resource: String, input: Payload, timeout: Int64?, heartbeat: Int64?, roleArn: String?)
    case worker(name: String?)
    case iteration(name: String, index: Int)
    case mapStarted(length: Int)
    case mapRun(arn: String)
    /// Redrives of the map run so far, this one included.
    case mapRunRedriven(arn: String, count: Int)
    case evaluation(error: String, cause: String, location: String?, state: String)
  }

  /// How events name an integration.
  public struct Task: Sendable, Hashable {
    public let type: String
    public let resource: String
  }
}

extension HistoryEvent {
  /// The event as GetExecutionHistory answers it; the time in seconds since the epoch, to the millisecond.
  public func json(includingData: Bool = true) -> JSONValue {
    var object = JSONObject()
    object.reserveCapacity(5)
    object["timestamp"] = .double(Double(time.milliseconds) / 1_000)
    object["type"] = .string(type.rawValue)
    object["id"] = .int(Int64(id))
    object["previousEventId"] = .int(Int64(previousID))
    if let details = details.json(includingData: includingData) { object[memberName] = .object(details) }
    return .object(object)
  }

  /// `stateEnteredEventDetails`, `taskFailedEventDetails` ...
  var memberName: String {
    switch details {
    case .entered: "stateEnteredEventDetails"
    case .exited: "stateExitedEventDetails"
    default: type.rawValue.prefix(1).lowercased() + type.rawValue.dropFirst() + "EventDetails"
    }
  }
}

extension HistoryEvent.Details {
  private static let whole: JSONValue = ["truncated": false]

  /// Nil for events without details.
  func json(includingData: Bool) -> JSONObject? {
    var object = JSONObject()
    func data(_ name: String, _ payload: Payload) {
      guard includingData else { return }
      object[name] = .string(payload.text)
      object["\(name)Details"] = Self.whole
    }
    func optional(_ name: String, _ value: String?) { if let value { object[name] = .string(value) } }
    func limits(_ timeout: Int64?, _ heartbeat: Int64?, _ roleArn: String?) {
      if let timeout { object["timeoutInSeconds"] = .int(timeout) }
      if let heartbeat { object["heartbeatInSeconds"] = .int(heartbeat) }
      if let roleArn { object["taskCredentials"] = ["roleArn": .string(roleArn)] }
    }
    func task(_ task: HistoryEvent.Task) {
      object["resourceType"] = .string(task.type)
      object["resource"] = .string(task.resource)
    }
    switch self {
    case .none: return nil
    case .executionStarted(let input, let roleArn, let aliasArn, let versionArn):
      data("input", input)
      object["roleArn"] = .string(roleArn)
      optional("stateMachineAliasArn", aliasArn)
      optional("stateMachineVersionArn", versionArn)
    case .redriven(let count): object["redriveCount"] = .int(Int64(count))
    case .output(let output): data("output", output)
    case .failure(let error, let cause):
      optional("error", error)
      optional("cause", cause)
    case .entered(let name, let input):
      object["name"] = .string(name)
      data("input", input)
    case .exited(let name, let output, let assigned):
      object["name"] = .string(name)
      data("output", output)
      if includingData, !assigned.isEmpty {
        object["assignedVariables"] = .object(assigned.reduce(into: JSONObject()) { $0[$1.name] = .string($1.text) })
        object["assignedVariablesDetails"] = Self.whole
      }
    case .taskScheduled(let one, let region, let parameters, let timeout, let heartbeat, let roleArn):
      task(one)
      object["region"] = .string(region)
      if includingData { object["parameters"] = .string(parameters) }
      limits(timeout, heartbeat, roleArn)
    case .task(let one): task(one)
    case .taskOutput(let one, let output):
      task(one)
      data("output", output)
    case .taskFailure(let one, let error, let cause):
      task(one)
      optional("error", error)
      optional("cause", cause)
    case .scheduled(let resource, let input, let timeout, let heartbeat, let roleArn):
      object["resource"] = .string(resource)
      data("input", input)
      limits(timeout, heartbeat, roleArn)
    case .worker(let name): optional("workerName", name)
    case .iteration(let name, let index):
      object["name"] = .string(name)
      object["index"] = .int(Int64(index))
    case .mapStarted(let length): object["length"] = .int(Int64(length))
    case .mapRun(let arn): object["mapRunArn"] = .string(arn)
    case .mapRunRedriven(let arn, let count):
      object["mapRunArn"] = .string(arn)
      object["redriveCount"] = .int(Int64(count))
    case .evaluation(let error, let cause, let location, let state):
      object["error"] = .string(error)
      object["cause"] = .string(cause)
      optional("location", location)
      object["state"] = .string(state)
    }
    return object
  }
}
