import JSON
import JSONPath
import Time

/// Runs executions of a definition, as a pure function of what happened: no clock, no input or output, no threads.
///
/// The caller stores the state, appends the events to the history and carries out the effects in one transaction; running the same
/// step again after a crash gives the same result as far as the environment does. States that need not wait run in one step.
public struct Interpreter: Sendable {
  public let definition: StateMachineDefinition
  /// Which of the definition's flows is run: 0, or the item processor of a distributed Map state.
  public let flow: Int
  public let environment: InterpreterEnvironment

  /// Called with the data of states as they are worked on; what it answers takes the data's place.
  public var inspect: (@Sendable (Inspection) -> JSONValue?)?
  /// Lines rest before every state they enter.
  var isStepped = false
  /// Set where one state is tested by itself.
  var trial: Trial?

  public init(_ definition: StateMachineDefinition, flow: Int = 0, environment: InterpreterEnvironment) {
    self.definition = definition
    self.flow = definition.flows.indices.contains(flow) ? flow : 0
    self.environment = environment
  }

  /// The result of one step.
  public struct Advance: Sendable {
    public let state: ExecutionState
    public let effects: [Effect]
    /// To append to the history; their numbers continue those recorded so far.
    public let events: [HistoryEvent]
    /// What came too late or twice and changed nothing.
    public let ignored: [ExecutionEvent]
  }

  /// Takes the execution as far as it goes after these events.
  public func advance(
    _ state: consuming ExecutionState, _ events: [ExecutionEvent], execution: ExecutionInfo, now: Timestamp
  ) -> Advance {
    var run = Run(self, state, execution, now)
    run.checkState()
    for event in events { run.take(event) }
    return run.conclude()
  }

  /// As above, for one event.
  public func advance(
    _ state: consuming ExecutionState, _ event: ExecutionEvent, execution: ExecutionInfo, now: Timestamp
  ) -> Advance {
    advance(state, [event], execution: execution, now: now)
  }
}
