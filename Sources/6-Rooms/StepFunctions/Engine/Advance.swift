import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

extension Call where Home == StepFunctions {
  /// Takes a running execution as far as it goes after these events. What the state does not wait for any more is passed over.
  /// - Returns: events that came too late or twice.
  @discardableResult
  func advance(_ key: String, _ events: [ExecutionEvent]) throws -> [ExecutionEvent] {
    guard let execution = try get(Execution.self, key), execution.isRunning else { return events }
    let running = try get(RunningExecution.self, key)
    let state = try running.map { try ExecutionState(json: $0.state) } ?? ExecutionState()
    var step = try ExecutionStep(self, execution, state, input: Payload(parsing: try input(of: execution)), isStored: true)
    return try step.take(events)
  }

  func program(of execution: Execution) throws -> Program {
    try room.program(execution.revision, flow: execution.flow ?? 0) { try revision(execution.base, execution.revision) }
  }
}

/// One step of a Standard execution: what happened goes into the interpreter; new state, history and effects are one transaction.
struct ExecutionStep {
  /// Calls of other rooms made in one transaction; what comes after them is done in transactions of its own, so that a loop of short
  /// tasks never holds up everybody else.
  private static let inlineCalls = 16

  private let call: Call<StepFunctions>
  private var execution: Execution
  private var state: ExecutionState
  private let program: Program
  private let info: ExecutionInfo
  private let input: Payload
  private let first: Int64
  private var texts: HistoryTexts
  private var history: [[UInt8]] = []
  private var events: [HistoryEvent] = []
  /// The events as JSON, kept where they are logged.
  private var logged: [JSONValue] = []
  /// Whether the row of the execution is as `execution` is.
  private var isStored: Bool
  /// Whether the end of a child of a map run is left in `result` instead of being told to the run.
  var keepsResult = false
  private(set) var result: MapRunResult?

  /// - Parameter isStored: false for an execution that is new.
  init(_ call: Call<StepFunctions>, _ execution: Execution, _ state: ExecutionState, input: Payload, isStored: Bool) throws {
    self.call = call
    self.execution = execution
    self.state = state
    self.input = input
    self.isStored = isStored
    program = try call.program(of: execution)
    info = execution.info(input, call.partition)
    first = Int64(state.lastEventID)
    texts = HistoryTexts(execution: execution.key)
  }

  /// Takes the events, and stores whatever comes of them.
  /// - Returns: events that came too late or twice.
  mutating func take(_ events: [ExecutionEvent]) throws -> [ExecutionEvent] {
    var ignored: [ExecutionEvent] = []
    var pending = events
    var calls = 0
    while !pending.isEmpty {
      let step = program.interpreter.advance(state, pending, execution: info, now: call.now)
      state = step.state
      ignored += step.ignored
      try record(step.events)
      pending = []
      let given = Set(step.effects.compactMap { if case .cancelTask(let id) = $0 { id } else { nil } })
      for effect in step.effects {
        if case .startMapRun(let request) = effect {
          try store()
          pending += try call.begin(request, execution)
          continue
        }
        if case .redriveMapRun(let id) = effect {
          pending += try call.redrive(mapRun: id, execution)
          continue
        }
        guard case .startTask(let request) = effect else {
          try perform(effect)
          continue
        }
        if given.contains(request.id) { continue }
        // Tasks may look at the execution that they are of.
        try store()
        let answer = try call.begin(request, execution, inline: calls < Self.inlineCalls)
        if !answer.isEmpty { calls += 1 }
        pending += answer
      }
    }
    try conclude()
    return ignored
  }

  private mutating func record(_ new: [HistoryEvent]) throws {
    let call = call
    for event in new {
      let json = event.json()
      history.append(try texts.stored(json) { try call.put($0) })
      if program.log?.takes(event.type) == true { logged.append(json) }
    }
    events += new
  }

  /// How many events the step has recorded.
  var recorded: Int { events.count }

  private mutating func store() throws {
    if isStored { return }
    try call.put(execution)
    isStored = true
  }

  private mutating func conclude() throws {
    try store()
    try call.transaction.append(history, to: execution.history(call.partition), expected: first)
    if state.status == .running || state.isResumable {
      try call.put(RunningExecution(key: execution.key, state: try state.json()))
    } else if first > 0 {
      try call.delete(RunningExecution.self, execution.key)
    }
    if let log = program.log, !logged.isEmpty {
      call.room.executionLogs.append(
        logged, log, execution: info.id, machine: execution.machine, redrives: execution.redrives, call.partition, call.transaction)
    }
    count()
  }

  private mutating func perform(_ effect: Effect) throws {
    let key = execution.key
    switch effect {
    case .startTask, .startMapRun, .redriveMapRun: break
    case .cancelMapRun(let id): try call.cancelMapRun(key, id)
    case .cancelTask(let id): try call.giveUp(key, id)
    case .startTimer(let id, let at):
      try call.schedule(ExecutionTimer(execution: key, id: id), for: FireTimer.queue, key: "\(key)#\(id)", at: at)
    case .cancelTimer(let id): try call.transaction.cancel(FireTimer.queue, key: "\(key)#\(id)", in: call.partition)
    case .finish(let outcome): try finish(outcome)
    }
  }

  /// Records the end, tells the default bus and whoever waits for it.
  private mutating func finish(_ outcome: ExecutionOutcome) throws {
    execution.stopped = call.now
    execution.events = state.lastEventID
    execution.isResumable = state.isResumable
    isStored = false
    var output: String?
    switch outcome {
    case .succeeded(let payload):
      execution.status = "SUCCEEDED"
      output = payload.text
      if try !call.setLarge(payload.text, &execution, \.largeOutput) { execution.output = payload.text }
    case .failed(let error, let cause):
      execution.status = "FAILED"
      (execution.error, execution.cause) = (error, cause)
    case .timedOut:
      execution.status = "TIMED_OUT"
      execution.error = ErrorName.timeout
    case .aborted(let error, let cause):
      execution.status = "ABORTED"
      (execution.error, execution.cause) = (error, cause)
    }
    if execution.status != "SUCCEEDED" { execution.failedState = try failedState() }
    try call.schedule(
      execution.key, for: ForgetExecution.queue, key: execution.key, at: call.now + ForgetExecution.retention)
    let description = execution.description(
      call.partition, input: input.text, output: output, now: call.now, strict: call.enforcesQuotas)
    if let run = execution.mapRun {
      guard let ended = MapRunResult(execution, output: output, description) else { return }
      if keepsResult { result = ended } else { try call.settle(run, [ended]) }
      return
    }
    try call.announce(execution, description)
    // Through the Agenda: executions that wait for each other in a long row must not end inside each other.
    let resource = execution.arn(call.partition).description
    guard try call.watched(resource) else { return }
    let ending = EndedWork(
      resource: resource, succeeded: execution.status == "SUCCEEDED", output: JSONCase.value(.object(description), .pascal))
    try call.schedule(PendingEvent(ended: ending), for: DeliverToExecution.queue)
  }

  /// The state the execution ended in: the last one entered on the line that the last event points back to.
  private func failedState() throws -> String? {
    guard let last = events.last else { return nil }
    var id = last.previousID > 0 ? last.previousID : last.id - 1
    var hops = 0
    while id > 0, hops < 100 {
      hops += 1
      guard let event = try event(id) else { return nil }
      if let name = event.entered { return name }
      id = event.previous
    }
    return nil
  }

  /// What is looked for in an event of this step or one before.
  private func event(_ id: Int) throws -> EventLink? {
    if let event = events.first.flatMap({ id >= $0.id ? events[safe: id - $0.id] : nil }) { return EventLink(event) }
    let stream = execution.history(call.partition)
    let records = try call.transaction.records(of: stream, from: Int64(id), limit: 1, descending: false)
    guard let record = records.first, record.sequence == Int64(id) else { return nil }
    return EventLink(try JSONValue(parsing: record.body))
  }

  /// Counts the execution's start and end and what its tasks did, once the step is on disk.
  private func count() {
    var samples = ExecutionMetrics(execution, call.partition)
    if first == 0 { samples.started() }
    let isRedriven = events.contains { $0.type == .executionRedriven }
    if isRedriven { samples.redriven() }
    if let stopped = execution.stopped {
      samples.ended(execution.status, after: stopped - (execution.redriven ?? execution.started), isRedriven: execution.redrives > 0)
    }
    for event in events { samples.take(event) { try? self.event($0) } }
    guard !samples.isEmpty else { return }
    let (room, partition) = (call.room, call.partition)
    let change = (first == 0 || isRedriven ? 1 : 0) - (execution.isRunning ? 0 : 1)
    call.transaction.afterCommit { [samples] in
      samples.add(to: room.context.counters, partition)
      room.openExecutions.add(change, partition)
      room.count(of: "OpenExecution", room.openExecutions, most: room.quotas?.openExecutions, partition)
    }
  }
}

extension Array {
  subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

extension Call where Home == StepFunctions {
  /// Work that a task left behind is told to end; a call not made yet is not made any more, a task not taken yet is not given away.
  func giveUp(_ key: String, _ id: Int) throws {
    try transaction.cancel(CallService.queue, key: "\(key)#\(id)", in: partition)
    let waiting = try transaction.page(
      WaitingTask.self, in: partition, index: "task", equals: WaitingTask.index(key, id), limit: 1)
    if let task = waiting.items.first { try delete(WaitingTask.self, task.key) }
    guard let work = try get(SubmittedWork.self, SubmittedWork.key(key, id)) else { return }
    try forget(work)
    try schedule(work, for: CancelWork.queue)
  }

  /// Removes what ties a task to the work it waits for.
  func forget(_ work: SubmittedWork) throws {
    try delete(SubmittedWork.self, work.key)
    try delete(Watch.self, Watch(resource: work.resource, execution: work.execution, task: work.task, pattern: work.pattern).key)
  }

  /// The event of a change of status, on the default bus. Input and output are left out where they are too large for an event.
  ///
  /// Source: Step Functions Developer Guide, "Step Functions Execution Status Change".
  func announce(_ execution: Execution, _ description: JSONObject) throws {
    var detail = description
    detail["traceHeader"] = nil
    for name in ["startDate", "stopDate", "redriveDate"] {
      if let seconds = detail[name]?.double { detail[name] = .int(Int64((seconds * 1_000).rounded())) }
    }
    if (detail["input"]?.string?.utf8.count ?? 0) + (detail["output"]?.string?.utf8.count ?? 0) > Self.longestEventData {
      for name in ["input", "output"] where detail[name] != nil {
        detail[name] = .null
        detail["\(name)Details"] = ["included": false]
      }
    }
    for name in Self.eventMembers where detail[name] == nil { detail[name] = .null }
    try emit(
      event(
        source: "aws.states", detailType: "Step Functions Execution Status Change",
        resources: [execution.arn(partition).description], detail: .object(detail)))
  }

  /// 248 KiB.
  private static var longestEventData: Int { 253_952 }
  private static var eventMembers: [String] {
    [
      "stopDate", "output", "outputDetails", "error", "cause", "stateMachineVersionArn", "stateMachineAliasArn", "redriveDate",
      "redriveStatusReason",
    ]
  }
}
