import JSON
import JSONPath
import JSONata
import StatesLanguage
import Time

/// Runs an execution: answers effects, jumps to timers, and keeps everything for a test to look at.
///
/// Each step is taken twice, from the state and from the state stored as text and read back; `divergences` tells where they differ.
struct Played {
  let interpreter: Interpreter
  let info: ExecutionInfo
  var now: Timestamp
  var state = ExecutionState()
  var events: [HistoryEvent] = []
  var effects: [Effect] = []
  var timers: [Int: Timestamp] = [:]
  var tasks: [Int: TaskRequest] = [:]
  var mapRuns: [Int: MapRunRequest] = [:]
  var outcome: ExecutionOutcome?
  var ignored = 0
  var steps = 0
  var divergences: [String] = []
  /// Requests in the order they were made.
  var requests: [TaskRequest] = []

  static let start = Timestamp(iso8601: "2026-03-01T10:00:00Z") ?? .distantPast

  static func environment(_ limits: InterpreterEnvironment.Limits = .open) -> InterpreterEnvironment {
    let intrinsics = IntrinsicEnvironment(
      random: { range in range.lowerBound + (range.upperBound - range.lowerBound) / 2 },
      uuid: { "00000000-0000-4000-8000-000000000001" }, digest: { bytes, algorithm in algorithm == .sha256 ? sha256(bytes) : [] })
    var limits = limits
    limits.jsonata = .init(steps: 300_000, values: 300_000)
    return InterpreterEnvironment(intrinsics: intrinsics, taskToken: { "token-\($1)-\($0.suffix(4))" }, limits: limits)
  }

  static func info(_ input: Payload) -> ExecutionInfo {
    ExecutionInfo(
      id: "arn:aws:states:eu-west-1:111111111111:execution:machine:name", name: "name", roleArn: "snf_role_arn", startTime: start,
      input: input, stateMachineID: "arn:aws:states:eu-west-1:111111111111:stateMachine:machine", stateMachineName: "machine",
      region: "eu-west-1")
  }

  init(_ definition: StateMachineDefinition, flow: Int = 0, input: Payload, limits: InterpreterEnvironment.Limits = .open) {
    interpreter = Interpreter(definition, flow: flow, environment: Self.environment(limits))
    info = Self.info(input)
    now = Self.start
  }

  mutating func send(_ event: ExecutionEvent) { send([event]) }

  mutating func send(_ sent: [ExecutionEvent]) {
    steps += 1
    let before = state
    let advance = interpreter.advance(state, sent, execution: info, now: now)
    do {
      let stored = try before.json().text
      let again = interpreter.advance(
        try ExecutionState(json: JSONValue(parsing: stored)), sent, execution: info, now: now)
      compare(advance, again, sent)
    } catch {
      divergences.append("before \(sent): \(error)")
    }
    state = advance.state
    events += advance.events
    ignored += advance.ignored.count
    advance.effects.forEach { note($0) }
    let open = Set(timers.keys).union(tasks.keys).union(mapRuns.keys)
    if open != Set(state.openIDs) { divergences.append("after \(sent): open \(state.openIDs), effects left \(open.sorted())") }
  }

  private mutating func compare(_ one: Interpreter.Advance, _ other: Interpreter.Advance, _ sent: [ExecutionEvent]) {
    func text(_ advance: Interpreter.Advance) -> String {
      let stored = (try? advance.state.json().text) ?? "unstorable"
      return advance.events.map { $0.json().text }.joined() + advance.effects.map { "\($0)" }.joined() + "\(stored.count)"
        + "\(advance.state.openIDs)"
    }
    if text(one) != text(other) { divergences.append("at \(sent): \(text(one)) against \(text(other))") }
  }

  private mutating func note(_ effect: Effect) {
    effects.append(effect)
    switch effect {
    case .startTask(let request):
      tasks[request.id] = request
      requests.append(request)
    case .cancelTask(let id): tasks[id] = nil
    case .startTimer(let id, let instant): timers[id] = instant
    case .cancelTimer(let id): timers[id] = nil
    case .startMapRun(let request): mapRuns[request.id] = request
    case .cancelMapRun(let id): mapRuns[id] = nil
    case .redriveMapRun: break
    case .finish(let outcome): self.outcome = outcome
    }
  }

  mutating func succeed(_ id: Int, _ output: JSONValue) {
    tasks[id] = nil
    send(.taskSucceeded(id: id, output: Payload(output)))
  }

  mutating func fail(_ id: Int, _ error: String?, _ cause: String? = nil, stage: ExecutionEvent.TaskStage = .run) {
    tasks[id] = nil
    send(.taskFailed(id: id, error: error, cause: cause, stage: stage))
  }

  /// Fires the timer that is due next; false when there is none.
  @discardableResult
  mutating func fireNext() -> Bool {
    guard let (id, instant) = timers.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return false }
    now = max(now, instant)
    timers[id] = nil
    send(.timerFired(id: id))
    return true
  }

  /// Goes on until the execution ends or nothing is left to do: tasks are answered first, then timers fire.
  mutating func run(limit: Int = 10_000, answering answer: (TaskRequest) -> TaskAnswer = { _ in .none }) throws {
    if case .new = state.status { send(.start) }
    var silent: Set<Int> = []
    while outcome == nil, steps < limit {
      if let id = tasks.keys.filter({ !silent.contains($0) }).min(), let request = tasks[id] {
        switch answer(request) {
        case .output(let output): succeed(id, output)
        case .failure(let error, let cause): fail(id, error, cause)
        case .none: silent.insert(id)
        }
      } else if let id = mapRuns.keys.min(), let request = mapRuns[id] {
        try play(request, answer)
      } else if !fireNext() {
        return
      }
    }
  }

  /// Runs the items of a map run one by one, each as an execution of its own.
  private mutating func play(_ request: MapRunRequest, _ answer: (TaskRequest) -> TaskAnswer) throws {
    send(.mapRunStarted(id: request.id, arn: "arn:aws:states:eu-west-1:111111111111:mapRun:machine/\(request.label ?? request.state):run"))
    guard case .inline(let inputs) = request.items else { return }
    var outputs: [Payload] = []
    for input in inputs {
      var child = Played(interpreter.definition, flow: request.flow, input: input)
      try child.run(answering: answer)
      divergences += child.divergences
      guard case .succeeded(let output)? = child.outcome else {
        mapRuns[request.id] = nil
        return send(.mapRunFailed(id: request.id, error: "States.ExceedToleratedFailureThreshold", cause: nil))
      }
      outputs.append(output)
    }
    mapRuns[request.id] = nil
    send(.mapRunSucceeded(id: request.id, output: .array(outputs)))
  }
}

enum TaskAnswer {
  case output(JSONValue)
  case failure(String?, String?)
  case none
}
