import JSON
import JSONPath
import ServiceKit
import StatesLanguage
import Store
import Time

/// What an execution is told through the Agenda.
struct PendingEvent: Codable, Sendable {
  /// The key of an execution to begin.
  var begin: String?
  /// The key of a child of a map run to begin again.
  var redrive: String?
  /// Work that has ended, for whoever watches it.
  var ended: EndedWork?
  /// A map run that has ended.
  var mapRun: String?
}

/// Work of another room that has ended.
struct EndedWork: Codable, Sendable {
  var resource: String
  var succeeded: Bool
  /// What its Describe operation answers, members in Pascal case.
  var output: JSONValue
}

/// A call of a service on its way, where it can not be part of the execution's transaction.
struct PendingCall: Codable, Sendable {
  var execution: String
  var task: Int
  /// The resource as the definition names it.
  var resource: String
  var input: String
  var role: String?
}

extension Call where Home == StepFunctions {
  /// Begins a task: a call that needs not wait is made at once, as part of this transaction; any other is made by `CallService`, and
  /// a task of an activity waits for a worker.
  func begin(_ request: TaskRequest, _ execution: Execution, inline: Bool) throws -> [ExecutionEvent] {
    let resource: TaskResource.Integration
    switch request.resource {
    case .integration(let integration): resource = integration
    case .activity(let arn): return try offer(request, arn, execution)
    case .lambda(let arn):
      return [.taskFailed(id: request.id, error: ErrorName.runtime, cause: "The resource \(arn) is not served by Martlet.")]
    }
    let task = TaskOrigin(execution, partition)
    let integration: Integration
    do throws(Fault) { integration = try Integration(resource, request.input, task) } catch {
      return [.taskFailed(id: request.id, error: error.code, cause: error.message)]
    }
    guard inline, (try? room.context.invoker.isTransactional(integration.service, integration.operation)) == true else {
      let call = PendingCall(
        execution: execution.key, task: request.id, resource: resource.arn, input: request.input.text, role: request.roleArn)
      try schedule(call, for: CallService.queue, key: "\(execution.key)#\(request.id)")
      return []
    }
    let context = integration.context(taskContext(execution, request.roleArn))
    do throws(Fault) {
      let answer = try room.context.invoker.call(
        integration.service, integration.operation, integration.input, context, in: transaction)
      return try answered(answer, integration, resource.pattern, request.id, execution, context)
    } catch {
      return [failed(error, integration, request.id, context)]
    }
  }

  /// Puts a task where workers of its activity find it.
  private func offer(_ request: TaskRequest, _ arn: String, _ execution: Execution) throws -> [ExecutionEvent] {
    let activity: Activity
    do { activity = try self.activity(arn) } catch let fault as Fault {
      return [.taskFailed(id: request.id, error: "States.\(fault.code)", cause: fault.message, stage: .schedule)]
    }
    try put(
      WaitingTask(
        activity: activity.name, execution: execution.key, task: request.id, scheduled: now, token: request.taskToken ?? "",
        input: request.input.text))
    let (pollers, name) = (room.activityPollers, Pollers.name(activity.name, partition))
    transaction.afterCommit { pollers.arrived(name) }
    return []
  }

  func taskContext(_ execution: Execution, _ role: String?) -> CallContext {
    room.taskContext(role ?? execution.roleArn, session: execution.name, at: now, partition)
  }

  func failed(_ fault: Fault, _ integration: Integration, _ id: Int, _ context: CallContext) -> ExecutionEvent {
    integration.failed(fault, id, requestID: context.requestID)
  }

  /// What the service's answer means for the task.
  func answered(
    _ answer: JSONValue, _ integration: Integration, _ pattern: TaskResource.Pattern, _ id: Int, _ execution: Execution,
    _ context: CallContext
  ) throws(Fault) -> [ExecutionEvent] {
    if let failure = integration.failure(in: answer) { return [.taskFailed(id: id, error: failure.error, cause: failure.cause)] }
    let output = Payload(integration.result(answer, requestID: context.requestID))
    switch pattern {
    case .requestResponse: return [.taskSucceeded(id: id, output: output)]
    case .waitForTaskToken: return [.taskSubmitted(id: id, output: output)]
    case .sync, .sync2:
      let submitted = ExecutionEvent.taskSubmitted(id: id, output: output)
      guard let text = integration.submitted(answer), let arn = ARN(text) else { return [submitted] }
      // Work that was over before anybody could watch it.
      if let ended = try describeEnded(arn, context) { return [submitted, outcome(ended, pattern, id)] }
      do {
        try put(Watch(resource: text, execution: execution.key, task: id, pattern: pattern.rawValue))
        try put(SubmittedWork(execution: execution.key, task: id, resource: text, pattern: pattern.rawValue))
      } catch { throw Fault.unavailable("\(error)") }
      return [submitted]
    }
  }

  private func describeEnded(_ arn: ARN, _ context: CallContext) throws(Fault) -> EndedWork? {
    guard let describing = Integration.describing(arn) else { return nil }
    let answer = try room.context.invoker.call(
      describing.service, describing.operation, describing.input, context, in: transaction)
    let one = answer["Jobs"]?[0] ?? answer
    guard let status = one["Status"]?.string, ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"].contains(status) else { return nil }
    return EndedWork(resource: arn.description, succeeded: status == "SUCCEEDED", output: one)
  }

  /// The end of watched work as the task's end. Source: Step Functions Developer Guide, "Run a Job (.sync)".
  func outcome(_ ended: EndedWork, _ pattern: TaskResource.Pattern, _ id: Int) -> ExecutionEvent {
    var output = ended.output
    if case .object(var object) = output, object["ExecutionArn"] != nil {
      for name in ["StartDate", "StopDate"] {
        if let seconds = object[name]?.double { object[name] = .int(Int64((seconds * 1_000).rounded())) }
      }
      for name in ["RedriveCount", "RedriveDate", "RedriveStatus", "RedriveStatusReason"] { object[name] = nil }
      if pattern == .sync2 {
        for name in ["Input", "Output"] {
          if let text = object[name]?.string, let value = try? JSONValue(parsing: text) { object[name] = value }
        }
      }
      output = .object(object)
    }
    guard ended.succeeded else { return .taskFailed(id: id, error: "States.TaskFailed", cause: output.text) }
    return .taskSucceeded(id: id, output: Payload(output))
  }

  /// Whether any execution waits for the work.
  func watched(_ resource: String) throws -> Bool {
    let page: Page<Watch> = try transaction.page(Watch.self, in: partition, prefix: "\(resource)/", limit: 1)
    return !page.items.isEmpty
  }

  /// Tells every execution that waits for it.
  func deliver(_ ended: EndedWork) throws {
    var watches: [Watch] = []
    try transaction.forEach(Watch.self, in: partition, prefix: "\(ended.resource)/") {
      watches.append($0)
      return true
    }
    for watch in watches {
      try forget(SubmittedWork(execution: watch.execution, task: watch.task, resource: watch.resource, pattern: watch.pattern))
      let pattern = TaskResource.Pattern(rawValue: watch.pattern) ?? .sync
      try advance(watch.execution, [outcome(ended, pattern, watch.task)])
    }
  }
}

extension StepFunctions {
  /// The context of a call that a task makes, under the execution's role or its own.
  func taskContext(_ role: String, session: String, at now: Timestamp, _ partition: Partition) -> CallContext {
    CallContext(
      caller: .role(role, session: session, service: Self.identity.principal, in: partition), requestID: context.identifiers.uuid(),
      now: now, memberCase: .pascal, invokedBy: Self.identity.principal)
  }
}

/// Work of other rooms ends inside their transaction; the executions that wait for it go on in the same.
extension StepFunctions: CompletionListener {
  package func finished(
    _ resource: ARN, succeeded: Bool, output: JSONValue, in partition: Partition, _ transaction: any Transaction
  ) throws {
    let call = Call(
      room: self,
      context: CallContext(
        caller: .service(Self.identity.principal, in: partition), requestID: context.identifiers.uuid(), now: context.clock.now(),
        invokedBy: Self.identity.principal),
      transaction: transaction)
    try call.deliver(EndedWork(resource: resource.description, succeeded: succeeded, output: output))
  }
}
