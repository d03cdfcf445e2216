import JSON
import JSONPath
import Time

/// One step being taken: the state as it changes, and what has come of it so far.
struct Run {
  let interpreter: Interpreter
  let info: ExecutionInfo
  let now: Timestamp
  var state: ExecutionState
  var effects: [Effect] = []
  var events: [HistoryEvent] = []
  var ignored: [ExecutionEvent] = []
  /// States that may still be entered in this step.
  var budget: Int
  /// Set once the history is full.
  var isFull = false
  /// What became of the last failure, for tests of one state.
  var handled: Failure?
  var caught: Int?
  var retried: (index: Int, seconds: Int)?
  /// Positions of children from the root to the line being run.
  var path: [Int] = []

  init(_ interpreter: Interpreter, _ state: consuming ExecutionState, _ info: ExecutionInfo, _ now: Timestamp) {
    self.interpreter = interpreter
    self.info = info
    self.now = now
    self.state = state
    budget = interpreter.isStepped ? 0 : interpreter.environment.limits.statesPerAdvance
  }

  /// What a line sees of the lines around it.
  struct Surroundings {
    var variables: [String: JSONValue] = [:]
    var item: MapItem?
  }

  var surroundings: Surroundings { Surroundings(item: info.item) }

  /// Ends an execution whose state cannot have come from this definition, before anything looks for its states.
  mutating func checkState() {
    guard state.status == .running, !belongs(state.root) else { return }
    state.root = Strand(flow: interpreter.flow, last: state.lastEventID)
    state.owners = [:]
    finish(
      .failed(error: ErrorName.runtime, cause: "The stored state of the execution does not belong to its definition."),
      previous: state.lastEventID)
  }

  private func belongs(_ strand: Strand) -> Bool {
    guard interpreter.definition.flows.indices.contains(strand.flow) else { return false }
    let states = interpreter.definition.flows[strand.flow].states
    if let pause = strand.pause, !states.indices.contains(pause.state) { return false }
    if let step = strand.step, !states.indices.contains(step.state) { return false }
    guard let children = strand.children else { return true }
    guard let step = strand.step else { return false }
    switch (states[step.state].kind, children.map) {
    case (.parallel, nil): break
    case (.map, let map?):
      guard map.items.count == children.outputs.count, (0...map.items.count).contains(map.next) else { return false }
    default: return false
    }
    return children.running.allSatisfy { children.outputs.indices.contains($0) && belongs($1) }
  }

  consuming func conclude() -> Interpreter.Advance {
    Interpreter.Advance(state: state, effects: effects, events: events, ignored: ignored)
  }

  mutating func take(_ event: ExecutionEvent) {
    switch event {
    case .start:
      guard state.status == .new else { return ignored.append(event) }
      start()
    case .abort(let error, let cause):
      guard state.status == .running else { return ignored.append(event) }
      finish(.aborted(error: error, cause: cause), previous: 0)
    case .timeOut:
      guard state.status == .running else { return ignored.append(event) }
      finish(.timedOut, previous: 0)
    case .redrive:
      if !redrive() { ignored.append(event) }
    case .timerFired(let id) where state.timeoutTimer == id && state.status == .running:
      state.timeoutTimer = nil
      finish(.timedOut, previous: 0)
    default:
      guard state.status == .running, let id = event.id, let owner = state.owners[id] else { return ignored.append(event) }
      var root = state.root
      state.root = Strand(flow: 0, last: 0)
      let outcome = deliver(event, to: &root, owner[...], surroundings)
      state.root = root
      if let outcome { settle(outcome) } else { ignored.append(event) }
    }
  }

  private mutating func start() {
    state.status = .running
    let flow = interpreter.definition.flows[interpreter.flow]
    record(
      .executionStarted, 0,
      .executionStarted(input: info.input, roleArn: info.roleArn, aliasArn: info.aliasArn, versionArn: info.versionArn))
    startTimeout(from: info.startTime)
    // The first state points back to nothing, not to the start of the execution.
    var root = Strand(flow: interpreter.flow, last: 0)
    if interpreter.isStepped {
      root.pause = Pause(timer: startTimer(at: now), state: flow.start, input: info.input)
      state.root = root
      return
    }
    let outcome = enter(&root, flow.start, info.input, surroundings)
    let line = carryOn(&root, outcome, surroundings)
    state.root = root
    settle(line)
  }

  /// `TimeoutSeconds` of the machine, or what bounds every execution where that is less.
  mutating func startTimeout(from instant: Timestamp) {
    let bounds = [interpreter.definition.timeoutSeconds, interpreter.environment.limits.executionSeconds].compactMap(\.self)
    guard interpreter.flow == 0, let seconds = bounds.filter({ $0 > 0 }).min() else { return }
    let id = newID()
    state.timeoutTimer = id
    effects.append(.startTimer(id: id, at: instant + .seconds(seconds)))
  }

  mutating func settle(_ outcome: LineOutcome) {
    switch outcome {
    case .waiting: break
    case .ended(let output): finish(.succeeded(output), previous: state.root.last)
    case .failed(let failure):
      finish(.failed(error: failure.error, cause: failure.cause), previous: failure.previous ?? state.root.last)
    }
  }

  private mutating func finish(_ outcome: ExecutionOutcome, previous: Int) {
    var root = state.root
    if case .succeeded = outcome {} else { state.resumption = resumption(of: root) }
    abandon(&root, recording: nil)
    state.root = Strand(flow: interpreter.flow, last: root.last)
    state.owners = [:]
    if let timer = state.timeoutTimer { effects.append(.cancelTimer(id: timer)) }
    state.timeoutTimer = nil
    switch outcome {
    case .succeeded(let output):
      state.status = .succeeded
      record(.executionSucceeded, previous, .output(output))
    case .failed(let error, let cause):
      state.status = .failed
      record(.executionFailed, previous, .failure(error: error, cause: cause))
    case .timedOut:
      state.status = .timedOut
      record(.executionTimedOut, previous, .failure(error: ErrorName.timeout, cause: nil))
    case .aborted(let error, let cause):
      state.status = .aborted
      record(.executionAborted, previous, .failure(error: error, cause: cause))
    }
    effects.append(.finish(outcome))
  }

  /// Appends an event and answers its number. A history that is about to be full takes only the execution's end.
  @discardableResult
  mutating func record(_ type: HistoryEventType, _ previous: Int, _ details: HistoryEvent.Details = .none) -> Int {
    if let limit = interpreter.environment.limits.historyEvents, state.lastEventID + 1 >= limit, state.status == .running {
      isFull = true
      return state.lastEventID
    }
    state.lastEventID += 1
    events.append(HistoryEvent(id: state.lastEventID, previousID: previous, time: now, type: type, details: details))
    return state.lastEventID
  }

  mutating func newID() -> Int {
    state.lastID += 1
    return state.lastID
  }

  /// A new identifier that belongs to the line being run.
  mutating func ownedID() -> Int {
    let id = newID()
    state.owners[id] = path
    return id
  }

  mutating func startTimer(at instant: Timestamp) -> Int {
    let id = ownedID()
    effects.append(.startTimer(id: id, at: instant))
    return id
  }

  mutating func cancelTimer(_ id: Int?) {
    guard let id, state.owners.removeValue(forKey: id) != nil else { return }
    effects.append(.cancelTimer(id: id))
  }
}
