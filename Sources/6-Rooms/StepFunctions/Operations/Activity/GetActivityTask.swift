import JSON
import ServiceKit
import StatesLanguage
import Store
import Time

/// Gives a worker the next task of an activity, waiting up to a minute for one. Source: AWS Step Functions API Reference, GetActivityTask.
///
/// Without a task the answer has no members.
struct GetActivityTask: AsyncOperation {
  struct Input: Shape {
    var activityArn: String
    var workerName: String?
    static var limits: [Limit<Self>] { [.arn("activityArn", \.activityArn), .length("workerName", \.workerName, 1...80)] }
  }
  struct Output: Shape {
    var taskToken: String?
    var input: String?
  }
  static let access = Access.write
  static let audit = AuditDetail.callOnly
  private static let longest = Duration.seconds(60)

  static func resource(_ input: Input, _ caller: Caller) -> ARN { ARN(input.activityArn) ?? caller.arn("states", "*") }

  static func run(_ input: Input, _ call: AsyncCall<StepFunctions>) async throws -> Output {
    if let worker = input.workerName { try StatesName.check(worker) }
    let activity = try await call.read { try $0.activity(input.activityArn).name }
    let (pollers, clock) = (call.room.activityPollers, call.room.context.clock)
    let name = Pollers.name(activity, call.partition)
    guard pollers.enter(name, most: call.room.quotas?.pollers ?? Int.max) else {
      throw Fault("ActivityWorkerLimitExceeded", "The maximum number of workers concurrently polling for activity tasks has been reached.")
    }
    defer { pollers.leave(name) }
    let deadline = call.now + longest
    while true {
      let count = pollers.arrivals.count(name)
      if try await call.read({ try next(activity, $0) != nil }) {
        let now = clock.now()
        if let taken = try await call.write({ try take(activity, input.workerName, $0.at(now)) }) { return taken }
        continue
      }
      if clock.now() >= deadline || pollers.arrivals.isStopped { return Output() }
      if Task.isCancelled {
        // Woken for a task that it can not take any more: another goes and looks.
        pollers.arrived(name)
        throw CancellationError()
      }
      await pollers.arrivals.wait(for: name, since: count, until: deadline)
    }
  }

  private static func next(_ activity: String, _ call: Call<StepFunctions>) throws -> WaitingTask? {
    try call.transaction.page(WaitingTask.self, in: call.partition, prefix: "\(activity)/", limit: 1).items.first
  }

  /// Takes the first task that its execution still waits for.
  private static func take(_ activity: String, _ worker: String?, _ call: Call<StepFunctions>) throws -> Output? {
    while let task = try next(activity, call) {
      try call.delete(WaitingTask.self, task.key)
      let late = try call.advance(task.execution, [.taskStarted(id: task.task, worker: worker)])
      if late.isEmpty { return Output(taskToken: task.token, input: task.input) }
    }
    return nil
  }
}

extension Call where Home == StepFunctions {
  /// The same call at a later instant, for one that waited.
  func at(_ now: Timestamp) -> Call {
    var context = context
    context.now = now
    return Call(room: room, context: context, transaction: transaction)
  }
}
