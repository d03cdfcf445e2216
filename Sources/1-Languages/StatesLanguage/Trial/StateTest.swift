import JSON
import JSONPath
import Time

/// Tries one state by itself, as TestState does: a pure function of the definition, the input and what its work would have answered.
///
/// Source: https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
public struct StateTest: Sendable {
  public let definition: StateMachineDefinition
  /// Which state: the flow's position in the definition, and the state's in the flow.
  public let place: Place
  public let environment: InterpreterEnvironment
  public var info: ExecutionInfo
  public var variables: [String: JSONValue] = [:]
  /// Takes the context object's place.
  public var context: JSONValue?
  /// Takes the place of the state's work.
  public var mock: Mock?
  public var configuration = Configuration()

  public struct Place: Sendable, Hashable {
    public let flow: Int
    public let state: Int
  }

  public enum Mock: Sendable {
    case result(JSONValue)
    case failure(error: String, cause: String?)
  }

  /// `stateConfiguration`
  public struct Configuration: Sendable {
    /// Retries that were made by the retrier which covers the error.
    public var retrierRetryCount: Int?
    /// The state inside a Map or Parallel state whose error it is.
    public var errorCausedByState: String?
    /// Iterations of a Map state that failed.
    public var mapIterationFailureCount: Int?
    /// What the ItemReader reads, as it stands in its source.
    public var mapItemReaderData: String?
    public init() {}
  }

  /// The test asks for what cannot be tested. The sentence is that of the ValidationException.
  public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
  }

  /// The input is `info.input`.
  public init(_ definition: StateMachineDefinition, place: Place, environment: InterpreterEnvironment, info: ExecutionInfo) {
    self.definition = definition
    self.place = place
    self.environment = environment
    self.info = info
  }

  public var state: State { definition.flows[place.flow].states[place.state] }

  /// What the state does, as far as it goes without anybody else.
  public enum Progress: Sendable {
    case ended(Outcome)
    /// A Task without a mock: to be made, then told to `finish`.
    case call(TaskRequest)
    /// A Wait state; a caller who does not want to wait goes on at once.
    case wait(until: Timestamp)
  }

  /// How the work of a Task state ended.
  public enum Answer: Sendable {
    case succeeded(Payload)
    case failed(error: String?, cause: String?)
  }

  /// Begins the test. With a mock, or for a state that does no work, it is over at once.
  public func begin(now: Timestamp) throws(Refusal) -> Progress {
    try check()
    return trial(now: now, answer: nil)
  }

  /// The end of the test, with what the call of `begin` came to. For a Wait state the answer does not matter.
  public func finish(_ answer: Answer, now: Timestamp) throws(Refusal) -> Outcome {
    try check()
    guard case .ended(let outcome) = trial(now: now, answer: answer) else {
      throw Refusal("The state cannot be tested without a mock.")
    }
    return outcome
  }
}

extension StateTest {
  private func check() throws(Refusal) {
    guard definition.flows.indices.contains(place.flow), definition.flows[place.flow].states.indices.contains(place.state) else {
      throw Refusal("The definition has no such state.")
    }
    if context != nil, mock == nil { throw Refusal("Context can only be specified when a mock is specified.") }
    switch state.kind {
    case .task(let fields): try check(fields)
    case .parallel(let fields):
      try checkChildren("Parallel", fields.branches)
      if case .result(let value)? = mock, value.array?.count != fields.branches.count {
        throw Refusal("Mocked result must be an array with one element for each of the \(fields.branches.count) branches.")
      }
      if configuration.mapIterationFailureCount != nil { throw Self.onlyMap("mapIterationFailureCount") }
      if configuration.mapItemReaderData != nil { throw Self.onlyMap("mapItemReaderData") }
    case .map(let fields):
      try checkChildren("Map", [fields.processor])
      if case .result(let value)? = mock, fields.resultWriter == nil, value.array == nil {
        throw Refusal("Mocked result must be an array.")
      }
    default:
      if mock != nil { throw Refusal("A mock can only be specified for Task, Map, or Parallel states.") }
      if configuration.retrierRetryCount != nil { throw Refusal("retrierRetryCount can only be specified when an error is mocked.") }
    }
    if let count = configuration.retrierRetryCount, count < 0 { throw Refusal("retrierRetryCount must not be negative.") }
    if let count = configuration.mapIterationFailureCount, count < 0 { throw Refusal("mapIterationFailureCount must not be negative.") }
  }

  private func check(_ fields: TaskFields) throws(Refusal) {
    if configuration.errorCausedByState != nil {
      throw Refusal("errorCausedByState can only be specified for Map or Parallel states.")
    }
    guard mock == nil else { return }
    switch fields.resource {
    case .activity: throw Refusal("TestState only supports Activity tasks when a mock is specified.")
    case .integration(let integration) where integration.pattern != .requestResponse:
      throw Refusal("TestState only supports the '\(integration.pattern.rawValue)' service integration pattern when a mock is specified.")
    default: break
    }
  }

  private func checkChildren(_ type: String, _ flows: [Int]) throws(Refusal) {
    guard mock != nil else { throw Refusal("TestState only supports \(type) states when a mock is specified.") }
    guard let name = configuration.errorCausedByState else { return }
    guard case .failure? = mock else { throw Refusal("errorCausedByState can only be specified when an error is mocked.") }
    guard flows.contains(where: { definition.contains(name, in: $0) }) else {
      throw Refusal("The state '\(name)' of errorCausedByState is not inside of the tested state.")
    }
  }

  private static func onlyMap(_ field: String) -> Refusal { Refusal("\(field) can only be specified for Map states.") }
}

extension StateMachineDefinition {
  /// Finds a state by its name, in any flow.
  public func place(of name: String) -> StateTest.Place? {
    for (flow, states) in flows.enumerated() {
      if let position = states.position(of: name) { return StateTest.Place(flow: flow, state: position) }
    }
    return nil
  }

  /// True when the flow, or one inside of its states, has a state of that name.
  func contains(_ name: String, in flow: Int) -> Bool {
    flows[flow].states.contains { state in
      if state.name == name { return true }
      switch state.kind {
      case .parallel(let fields): return fields.branches.contains { contains(name, in: $0) }
      case .map(let fields): return contains(name, in: fields.processor)
      default: return false
      }
    }
  }
}
