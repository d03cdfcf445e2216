import JSON
import JSONPath
import Logging
import ServiceKit
import StatesLanguage
import Store
import Time

/// One step of an execution: what happened goes into the interpreter; new state, history and effects are one transaction.
extension Call where Home == StepFunctions {
  /// Calls of other rooms made in one transaction; what comes after them is done in transactions of its own, so that a loop of short
  /// tasks never holds up everybody else.
  private static var inlineCalls: Int { 16 }

  /// Takes a running execution as far as it goes after these events. What the state does not wait for any more is passed over.
  /// - Returns: events that came too late or twice.
  @discardableResult
  func advance(_ key: String, _ events: [ExecutionEvent]) throws -> [ExecutionEvent] {
    guard var execution = try get(Execution.self, key), execution.status == "RUNNING" else { return events }
    let running = try get(RunningExecution.self, key)
    var state = try running.map { try ExecutionState(json: $0.state) } ?? ExecutionState()
    let first = Int64(state.lastEventID)
    let revision = execution.revision
    let definition = try room.definition(revision) { try self.revision(execution.machine, revision).definition }
    let interpreter = room.interpreter(definition)
    let info = try execution.info(partition)
    var history: [[UInt8]] = []
    var ignored: [ExecutionEvent] = []
    var pending = events
    var calls = 0
    while !pending.isEmpty {
      let step = interpreter.advance(state, pending, execution: info, now: now)
      state = step.state
      ignored += step.ignored
      history += step.events.map { $0.json().bytes }
      pending = []
      let given = Set(step.effects.compactMap { if case .cancelTask(let id) = $0 { id } else { nil } })
      for effect in step.effects {
        if case .startTask(let request) = effect {
          if given.contains(request.id) { continue }
          let answer = try begin(request, execution, inline: calls < Self.inlineCalls)
          if !answer.isEmpty { calls += 1 }
          pending += answer
        } else {
          try perform(effect, &execution)
        }
      }
    }
    try transaction.append(history, to: execution.history(partition), expected: first)
    if state.status == .running {
      try put(RunningExecution(key: key, state: try state.json()))
    } else {
      try delete(RunningExecution.self, key)
    }
    return ignored
  }

  private func perform(_ effect: Effect, _ execution: inout Execution) throws {
    let key = execution.key
    switch effect {
    case .startTask, .startMapRun, .cancelMapRun: break
    case .cancelTask(let id): try giveUp(key, id)
    case .startTimer(let id, let at):
      try schedule(ExecutionTimer(execution: key, id: id), for: FireTimer.queue, key: "\(key)#\(id)", at: at)
    case .cancelTimer(let id): try transaction.cancel(FireTimer.queue, key: "\(key)#\(id)", in: partition)
    case .finish(let outcome): try finish(&execution, outcome)
    }
  }

  /// Work that a task left behind is told to end; a call not made yet is not made any more.
  private func giveUp(_ key: String, _ id: Int) throws {
    try transaction.cancel(CallService.queue, key: "\(key)#\(id)", in: partition)
    guard let work = try get(SubmittedWork.self, SubmittedWork.key(key, id)) else { return }
    try forget(work)
    try schedule(work, for: CancelWork.queue)
  }

  /// Removes what ties a task to the work it waits for.
  func forget(_ work: SubmittedWork) throws {
    try delete(SubmittedWork.self, work.key)
    try delete(Watch.self, Watch(resource: work.resource, execution: work.execution, task: work.task, pattern: work.pattern).key)
  }

  /// Records the end, tells the default bus and whoever waits for it.
  private func finish(_ execution: inout Execution, _ outcome: ExecutionOutcome) throws {
    execution.stopped = now
    switch outcome {
    case .succeeded(let output):
      execution.status = "SUCCEEDED"
      execution.output = output.text
    case .failed(let error, let cause):
      execution.status = "FAILED"
      (execution.error, execution.cause) = (error, cause)
    case .timedOut:
      execution.status = "TIMED_OUT"
      execution.error = "States.Timeout"
    case .aborted(let error, let cause):
      execution.status = "ABORTED"
      (execution.error, execution.cause) = (error, cause)
    }
    try put(execution)
    try announce(execution)
    try schedule(execution.key, for: ForgetExecution.queue, key: execution.key, at: now + ForgetExecution.retention)
    // Through the Agenda: executions that wait for each other in a long row must not end inside each other.
    let ending = EndedWork(
      resource: execution.arn(partition).description, succeeded: execution.status == "SUCCEEDED",
      output: JSONCase.value(execution.description(partition), .pascal))
    if try watched(ending.resource) { try schedule(PendingEvent(ended: ending), for: DeliverToExecution.queue) }
    room.measureEnd(execution, partition, transaction)
  }

  /// Source: Step Functions Developer Guide, "Step Functions Execution Status Change".
  func announce(_ execution: Execution) throws {
    var detail = execution.description(partition).object ?? JSONObject()
    for name in ["startDate", "stopDate"] {
      if let seconds = detail[name]?.double { detail[name] = .int(Int64((seconds * 1_000).rounded())) }
    }
    for name in ["stopDate", "output", "outputDetails", "error", "cause", "stateMachineVersionArn", "stateMachineAliasArn"]
    where detail[name] == nil {
      detail[name] = .null
    }
    try emit(
      event(
        source: "aws.states", detailType: "Step Functions Execution Status Change",
        resources: [execution.arn(partition).description], detail: .object(detail)))
  }
}

extension Execution {
  /// The execution as DescribeExecution answers it.
  func description(_ partition: Partition, includingData: Bool = true) -> JSONValue {
    var object: JSONObject = [
      "executionArn": .string(arn(partition).description),
      "stateMachineArn": .string(StateMachine.arn(machine, partition).description), "name": .string(name), "status": .string(status),
      "startDate": started.secondsValue,
    ]
    if let stopped { object["stopDate"] = stopped.secondsValue }
    if includingData { object["input"] = .string(input) }
    object["inputDetails"] = ["included": .bool(includingData)]
    if let output {
      if includingData { object["output"] = .string(output) }
      object["outputDetails"] = ["included": .bool(includingData)]
    }
    if includingData, let error { object["error"] = .string(error) }
    if includingData, let cause { object["cause"] = .string(cause) }
    object["redriveCount"] = 0
    object["redriveStatus"] = "NOT_REDRIVABLE"
    object["redriveStatusReason"] = .string(
      status == "RUNNING"
        ? "Execution is RUNNING and cannot be redriven"
        : (status == "SUCCEEDED" ? "Execution is SUCCEEDED and cannot be redriven" : "Redriving executions is not served by Martlet yet"))
    return .object(object)
  }
}

extension Timestamp {
  /// Seconds to the millisecond, as the JSON protocols write instants.
  var secondsValue: JSONValue { .double(Double(milliseconds) / 1_000) }
}

extension StepFunctions {
  /// Metrics as AWS names them. Source: Step Functions Developer Guide, "Monitoring Step Functions metrics using CloudWatch".
  func measureEnd(_ execution: Execution, _ partition: Partition, _ transaction: any Transaction) {
    guard let stopped = execution.stopped else { return }
    let names = [
      "SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted",
    ]
    let took = (stopped - execution.started) / Duration.milliseconds(1)
    var values = [("ExecutionTime", took, "Milliseconds")]
    if let name = names[execution.status] { values.append((name, 1, "Count")) }
    measure(values, machine: execution.machine, at: stopped, partition, transaction)
  }

  /// Stores samples once the transaction is on disk; lost with the server in the instant between.
  func measure(
    _ values: [(String, Double, String)], machine: String, at: Timestamp, _ partition: Partition, _ transaction: any Transaction
  ) {
    guard let sink = context.invoker.metrics else { return }
    let dimensions = ["StateMachineArn": StateMachine.arn(machine, partition).description]
    let data = values.map { name, value, unit in
      MetricDatum(namespace: "AWS/States", name: name, dimensions: dimensions, value: value, unit: unit, time: at)
    }
    let log = context.log
    transaction.afterCommit {
      Task {
        do { try await sink.store(data, in: partition) } catch {
          log.error("an execution's metrics were not stored", metadata: ["machine": "\(machine)", "error": "\(error)"])
        }
      }
    }
  }
}
