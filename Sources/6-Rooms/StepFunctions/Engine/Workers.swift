import JSON
import JSONPath
import Logging
import ServiceKit
import StatesLanguage
import Store
import Time

/// Calls a service for a task, where the call waits or comes after many others, and tells the execution the answer.
///
/// The call and its record are two steps: after a crash between them the call is made again, with what AWS promises for it too, at
/// least once.
struct CallService: Worker {
  static let queue = "states.call"
  static let concurrency = 256

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let pending = try work.payload(PendingCall.self)
    guard case .integration(let resource)? = TaskResource(arn: pending.resource) else { return }
    guard let execution = try await work.read({ try $0.get(Execution.self, pending.execution) }), execution.isRunning else {
      return
    }
    let input = try Payload(parsing: pending.input)
    let integration = try Integration(resource, input, TaskOrigin(execution, work.partition))
    let invoker = work.room.context.invoker
    if try invoker.isTransactional(integration.service, integration.operation) {
      try await work.finish { call in
        let context = integration.context(call.taskContext(execution, pending.role))
        var events: [ExecutionEvent]
        do throws(Fault) {
          let answer = try invoker.call(integration.service, integration.operation, integration.input, context, in: call.transaction)
          events = try call.answered(answer, integration, resource.pattern, pending.task, execution, context)
        } catch { events = [call.failed(error, integration, pending.task, context)] }
        try call.advance(pending.execution, events)
      }
      return
    }
    let context = integration.context(try await work.read { $0.taskContext(execution, pending.role) })
    let answer: Result<JSONValue, Fault>
    do throws(Fault) {
      answer = .success(try await invoker.call(integration.service, integration.operation, integration.input, context))
    } catch {
      // The server stops: the call is made again at the next start.
      if error.isStopping { throw error }
      answer = .failure(error)
    }
    try await work.finish { call in
      var events: [ExecutionEvent]
      do throws(Fault) {
        events = try call.answered(try answer.get(), integration, resource.pattern, pending.task, execution, context)
      } catch { events = [call.failed(error, integration, pending.task, context)] }
      try call.advance(pending.execution, events)
    }
  }
}

extension Fault {
  /// Whether the server stops, rather than the service refusing the call.
  var isStopping: Bool { status == 503 && code == "ServiceUnavailable" }
}

struct ExecutionTimer: Codable, Sendable {
  var execution: String
  var id: Int
}

/// Wakes an execution at an instant it waits for.
struct FireTimer: Worker {
  static let queue = "states.timer"
  static let concurrency = 512

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let timer = try work.payload(ExecutionTimer.self)
    try await work.finish { try $0.advance(timer.execution, [.timerFired(id: timer.id)]) }
  }
}

/// Tells executions what ended elsewhere, and begins those that were started by others.
struct DeliverToExecution: Worker {
  static let queue = "states.deliver"
  static let concurrency = 512

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let pending = try work.payload(PendingEvent.self)
    try await work.finish { call in
      if let ended = pending.ended { try call.deliver(ended) }
      if let run = pending.mapRun { try call.deliver(mapRun: run) }
      if let execution = pending.begin { try call.advance(execution, [.start]) }
      if let child = pending.redrive { try call.redrive(child: child) }
    }
  }
}

/// Ends work that an execution submitted and does not wait for any more.
struct CancelWork: Worker {
  static let queue = "states.cancel"

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let left = try work.payload(SubmittedWork.self)
    guard let arn = ARN(left.resource), let ending = Integration.ending(arn) else { return }
    guard let execution = try await work.read({ try $0.get(Execution.self, left.execution) }) else { return }
    let context = try await work.read { $0.taskContext(execution, nil) }
    do throws(Fault) {
      _ = try await work.room.context.invoker.call(ending.service, ending.operation, ending.input, context)
    } catch {
      if error.status >= 500 { throw error }
      work.room.context.log.warning(
        "work of an ended execution was not stopped", metadata: ["resource": "\(left.resource)", "fault": "\(error)"])
    }
  }
}

/// Removes an ended execution with its history after ninety days. Source: Step Functions Developer Guide, "Quotas".
struct ForgetExecution: Worker {
  static let queue = "states.forget"
  static let retention = Duration.seconds(90 * 86_400)

  static func run(_ task: AgendaTask, _ work: Work<StepFunctions>) async throws {
    let key = try work.payload(String.self)
    try await work.finish { call in
      guard let execution = try call.get(Execution.self, key), !execution.isRunning else { return }
      try call.erase(execution)
    }
  }
}
