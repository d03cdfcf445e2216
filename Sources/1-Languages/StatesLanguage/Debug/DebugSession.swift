import JSON
import JSONPath
import Synchronization
import Time

/// An execution that is run state by state, looked into, changed, and taken back.
///
/// Everything is kept as values: going back puts an earlier moment in the place of the present one. Time does not pass by itself; it
/// jumps to the next timer. Tasks are answered by mocks or by hand.
public struct DebugSession: Sendable {
  /// What happens next.
  public enum Upcoming: Sendable {
    case state(name: String, input: Payload, depth: Int)
    /// A mock answers the task.
    case answer(state: String)
    /// Nothing more happens until the task is answered.
    case task(TaskRequest)
    case timer(state: String, at: Timestamp)
    case mapRun(state: String)
    case ended(ExecutionOutcome)
  }

  struct Moment: Sendable {
    var execution = ExecutionState()
    var now: Timestamp
    var timers: [Int: Timestamp] = [:]
    var tasks: [Int: TaskRequest] = [:]
    var mapRuns: [Int: MapRunRequest] = [:]
    var attempts: [String: Int] = [:]
    var outcome: ExecutionOutcome?
    var events = 0
    var last: LastState?
    var trigger: Trigger?
  }

  /// The state that was worked on last.
  public struct LastState: Sendable {
    public let name: String
    /// Data at its stages in the order they were passed.
    public let stages: [(stage: Inspection.Stage, data: Payload)]
  }

  public let definition: StateMachineDefinition
  public var mocks: TaskMocks
  public private(set) var events: [HistoryEvent] = []
  let info: ExecutionInfo
  var interpreter: Interpreter
  var moment: Moment
  private(set) var past: [Moment] = []

  /// Moments that can at least be gone back to; older ones are forgotten.
  public static let longestPast = 10_000

  public init(
    _ definition: StateMachineDefinition, flow: Int = 0, info: ExecutionInfo, environment: InterpreterEnvironment,
    mocks: TaskMocks = TaskMocks()
  ) {
    self.definition = definition
    self.info = info
    self.mocks = mocks
    interpreter = Interpreter(definition, flow: flow, environment: environment)
    interpreter.isStepped = true
    moment = Moment(now: info.startTime)
    advance([.start])
  }

  public var now: Timestamp { moment.now }
  public var last: LastState? { moment.last }
  public var outcome: ExecutionOutcome? { moment.outcome }
  /// Steps that can be taken back.
  public var steps: Int { past.count }

  public var upcoming: Upcoming {
    if let outcome = moment.outcome { return .ended(outcome) }
    if let (_, strand, pause) = pauses.first {
      let state = definition.flows[strand.flow].states[pause.state]
      return .state(name: state.name, input: pause.input, depth: moment.execution.owners[pause.timer]?.count ?? 0)
    }
    if let task = mocked.first { return .answer(state: task.state) }
    if let run = moment.mapRuns.values.min(by: { $0.id < $1.id }) { return .mapRun(state: run.state) }
    // A task is asked for before time passes: its time-out must not come first.
    if let task = moment.tasks.values.min(by: { $0.id < $1.id }) { return .task(task) }
    if let (id, at) = nextTimer { return .timer(state: stateName(of: id) ?? "", at: at) }
    return .ended(.failed(error: ErrorName.runtime, cause: "Nothing is left to happen."))
  }

  /// Takes the next step.
  /// - Returns: false when the execution is over or waits for a task to be answered.
  @discardableResult
  public mutating func step() -> Bool {
    if moment.outcome != nil { return false }
    if let pause = pauses.first?.pause { return take(.timerFired(id: pause.timer), removing: pause.timer) }
    if let task = mocked.first { return answer(task.id, with: mocks.answer(task.state, attempt: moment.attempts[task.state] ?? 0)) }
    if let run = moment.mapRuns.values.min(by: { $0.id < $1.id }) { return play(run) }
    if moment.tasks.isEmpty, let (id, at) = nextTimer {
      remember()
      moment.now = max(moment.now, at)
      moment.timers[id] = nil
      advance([.timerFired(id: id)])
      moment.trigger = Moment.Trigger(events: [.timerFired(id: id)], removed: id, now: moment.now)
      return true
    }
    return false
  }

  /// Answers the task that waits.
  @discardableResult
  public mutating func answer(_ answer: TaskMocks.Answer) -> Bool {
    guard let task = moment.tasks.values.min(by: { $0.id < $1.id }) else { return false }
    return self.answer(task.id, with: answer)
  }

  /// Goes back a step. False at the beginning.
  @discardableResult
  public mutating func back() -> Bool {
    guard let earlier = past.popLast() else { return false }
    moment = earlier
    events.removeLast(max(events.count - earlier.events, 0))
    return true
  }

  /// Takes the last step again with other data at a stage of the state that it worked on.
  public mutating func redo(_ stage: Inspection.Stage, with value: JSONValue) -> Bool {
    guard let last = moment.last, last.stages.contains(where: { $0.stage == stage }), let trigger = moment.trigger, let before = past.last
    else { return false }
    _ = back()
    remember(before)
    moment.timers[trigger.removed] = nil
    moment.tasks[trigger.removed] = nil
    moment.now = trigger.now
    advance(trigger.events, override: Override(state: last.name, stage: stage, value: value))
    moment.trigger = trigger
    return true
  }

  /// Changes the input of the state that is next.
  public mutating func setInput(_ value: JSONValue) -> Bool {
    guard let (path, _, _) = pauses.first else { return false }
    remember()
    return moment.execution.change(path) { strand in
      guard let pause = strand.pause else { return }
      strand.pause = Pause(timer: pause.timer, state: pause.state, input: Payload(value))
    }
  }

  /// Changes a variable of the line that goes on next.
  public mutating func setVariable(_ name: String, _ value: JSONValue) -> Bool {
    guard let (path, _, _) = pauses.first else { return false }
    remember()
    return moment.execution.change(path) { $0.variables[name] = value }
  }

  /// Keeps the moment to come back to.
  mutating func remember(_ moment: Moment) {
    past.append(moment)
    // Many at once, for each removal moves all that stay.
    if past.count > 2 * Self.longestPast { past.removeFirst(past.count - Self.longestPast) }
  }

  mutating func append(_ recorded: [HistoryEvent]) { events += recorded }

  /// Variables that the state which is next can read.
  public var variables: [String: JSONValue] {
    guard let path = pauses.first?.path else { return moment.execution.root.variables }
    var found: [String: JSONValue] = [:]
    var strand = moment.execution.root
    found.merge(strand.variables) { $1 }
    for index in path {
      guard let child = strand.children?.running[index] else { break }
      strand = child
      found.merge(strand.variables) { $1 }
    }
    return found
  }
}
