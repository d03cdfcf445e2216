import JSON
import JSONPath
import Synchronization
import Time

extension DebugSession {
  /// Lines that rest before a state, in the order they came there.
  var pauses: [(path: [Int], strand: Strand, pause: Pause)] {
    moment.execution.owners.sorted { $0.key < $1.key }.compactMap { id, path in
      guard let strand = moment.execution.strand(path), let pause = strand.pause, pause.timer == id else { return nil }
      return (path, strand, pause)
    }
  }

  /// Tasks that a mock answers.
  var mocked: [TaskRequest] {
    moment.tasks.values.sorted { $0.id < $1.id }.filter { mocks.answer($0.state, attempt: moment.attempts[$0.state] ?? 0) != nil }
  }

  var nextTimer: (id: Int, at: Timestamp)? {
    moment.timers.min { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
  }

  func stateName(of id: Int) -> String? {
    guard let path = moment.execution.owners[id], let strand = moment.execution.strand(path), let step = strand.step else { return nil }
    return definition.flows[strand.flow].states[step.state].name
  }

  mutating func remember() { remember(moment) }

  mutating func take(_ event: ExecutionEvent, removing id: Int) -> Bool {
    remember()
    moment.timers[id] = nil
    advance([event])
    moment.trigger = Moment.Trigger(events: [event], removed: id, now: moment.now)
    return true
  }

  mutating func answer(_ id: Int, with answer: TaskMocks.Answer?) -> Bool {
    guard let answer, let request = moment.tasks[id] else { return false }
    remember()
    moment.tasks[id] = nil
    moment.attempts[request.state, default: 0] += 1
    let event: ExecutionEvent =
      switch answer {
      case .result(let value): .taskSucceeded(id: id, output: Payload(value))
      case .failure(let error, let cause): .taskFailed(id: id, error: error, cause: cause)
      }
    advance([event])
    moment.trigger = Moment.Trigger(events: [event], removed: id, now: moment.now)
    return true
  }

  /// Data that takes the place of what a state would have had.
  struct Override: Sendable {
    let state: String
    let stage: Inspection.Stage
    let value: JSONValue
  }

  /// Keeps what is seen in one step, and changes it where asked.
  private final class Recorder: Sendable {
    private let seen = Mutex<(state: String?, stages: [(stage: Inspection.Stage, data: Payload)])>((nil, []))
    private let override: Override?

    init(_ override: Override?) { self.override = override }

    func note(_ inspection: Inspection) -> JSONValue? {
      var changed: JSONValue?
      if let override, override.state == inspection.state, override.stage == inspection.stage { changed = override.value }
      seen.withLock { seen in
        if seen.state != inspection.state { seen = (inspection.state, []) }
        let data = changed.map { Payload($0) } ?? inspection.data
        seen.stages.removeAll { $0.stage == inspection.stage }
        seen.stages.append((inspection.stage, data))
      }
      return changed
    }

    var last: LastState? {
      seen.withLock { seen in seen.state.map { LastState(name: $0, stages: seen.stages) } }
    }
  }

  mutating func advance(_ happened: [ExecutionEvent], override: Override? = nil) {
    let recorder = Recorder(override)
    var interpreter = interpreter
    interpreter.inspect = { recorder.note($0) }
    let step = interpreter.advance(moment.execution, happened, execution: info, now: moment.now)
    moment.execution = step.state
    append(step.events)
    moment.events = events.count
    // What a state passed in an earlier step of its own work stays to be looked at.
    if let last = recorder.last {
      let earlier = moment.last?.name == last.name ? moment.last?.stages ?? [] : []
      let stages = earlier.filter { old in !last.stages.contains { $0.stage == old.stage } } + last.stages
      moment.last = LastState(name: last.name, stages: stages)
    }
    for effect in step.effects { note(effect) }
  }

  private mutating func note(_ effect: Effect) {
    switch effect {
    case .startTask(let request): moment.tasks[request.id] = request
    case .cancelTask(let id): moment.tasks[id] = nil
    case .startTimer(let id, let at): moment.timers[id] = at
    case .cancelTimer(let id): moment.timers[id] = nil
    case .startMapRun(let request): moment.mapRuns[request.id] = request
    case .cancelMapRun(let id): moment.mapRuns[id] = nil
    case .redriveMapRun: break
    case .finish(let outcome): moment.outcome = outcome
    }
  }

  /// Runs the children of a map run to their ends, one after another.
  mutating func play(_ request: MapRunRequest) -> Bool {
    remember()
    moment.mapRuns[request.id] = nil
    moment.trigger = nil
    let arn = "\(info.stateMachineID.replacing(":stateMachine:", with: ":mapRun:"))/\(request.label ?? request.state):debug"
    advance([.mapRunStarted(id: request.id, arn: arn)])
    var progress = MapRunProgress(request)
    guard case .inline(let inputs) = request.items else {
      advance(
        [.mapRunFailed(id: request.id, error: ItemReadingFailure.error, cause: "Items of an ItemReader are not read by the debugger.")],
      )
      return true
    }
    progress.add(batches: inputs.map { _ in 1 })
    var results: [ChildResult] = []
    for input in inputs where progress.status == .running {
      progress.start(items: 1)
      let outcome = child(request, input)
      let status: MapRunProgress.ChildEnd = if case .succeeded = outcome { .succeeded } else { .failed }
      progress.end(status, items: 1)
      var output: Payload?
      if case .succeeded(let payload) = outcome { output = payload }
      results.append(ChildResult(status: status, output: output, description: ["Status": .string(status.rawValue)]))
    }
    // A run without items has nothing to end it.
    progress.finishReading()
    if progress.status == .succeeded {
      advance([.mapRunSucceeded(id: request.id, output: ResultWriting(nil, runID: "debug").output(results))])
    } else {
      advance(
        [
          .mapRunFailed(
            id: request.id, error: ErrorName.toleranceExceeded, cause: "The specified tolerated failure threshold was exceeded")
        ])
    }
    return true
  }

  private func child(_ request: MapRunRequest, _ input: Payload) -> ExecutionOutcome {
    var info = info
    info.input = input
    info.startTime = moment.now
    var session = DebugSession(
      definition, flow: request.flow, info: info, environment: interpreter.environment, mocks: mocks)
    var steps = 0
    while session.outcome == nil, steps < 100_000 {
      steps += 1
      if session.step() { continue }
      session.answer(.failure(error: "Debug.NoMock", cause: "The task has no mock, and children of a map run are not asked for."))
    }
    return session.outcome ?? .failed(error: "Debug.TooManySteps", cause: nil)
  }
}

extension DebugSession.Moment {
  /// What a step was taken for.
  struct Trigger: Sendable {
    let events: [ExecutionEvent]
    /// The timer or task that is over with it.
    let removed: Int
    let now: Timestamp
  }
}

extension ExecutionState {
  /// The line at a path of children's positions.
  func strand(_ path: [Int]) -> Strand? {
    var strand = root
    for index in path {
      guard let child = strand.children?.running[index] else { return nil }
      strand = child
    }
    return strand
  }

  /// Changes the line at a path. False when there is none.
  mutating func change(_ path: [Int], _ body: (inout Strand) -> Void) -> Bool {
    guard strand(path) != nil else { return false }
    Self.change(&root, path[...], body)
    return true
  }

  private static func change(_ strand: inout Strand, _ path: ArraySlice<Int>, _ body: (inout Strand) -> Void) {
    guard let index = path.first else { return body(&strand) }
    guard var child = strand.children?.running[index] else { return }
    change(&child, path.dropFirst(), body)
    strand.children?.running[index] = child
  }
}
