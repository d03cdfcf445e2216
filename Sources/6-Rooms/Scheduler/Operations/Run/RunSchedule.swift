import JSON
import ServiceKit
import Store
import Time

/// Fires a schedule or scheduled rule now, whether it is switched on or not. Its timing stays as it is.
///
/// The run is kept with the cause MANUAL. Source: none; beyond AWS.
struct RunSchedule: Operation {
  struct Input: Shape {
    var name: String?
    var groupName: String?
    var ruleName: String?
    /// In place of the schedule's own input, for this run.
    var input: String?
    static var limits: [Limit<Self>] { [.length("input", \.input, 1...262_144)] }
  }
  struct Output: Shape {
    var invocationId: String
    var due: Timestamp
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    _ = try SubjectReference(input.name, input.groupName, input.ruleName).owner()
    if let rule = input.ruleName {
      if input.input != nil { throw Fault.validation("Input can not be given for a rule: its targets have inputs of their own.") }
      let given = try call.runRule(rule, due: call.now, cause: .manual)
      return Output(invocationId: given.invocation, due: call.now)
    }
    var schedule = try call.schedule(input.name ?? "", group: input.groupName)
    if let text = input.input { schedule.target.input = text }
    let run = try call.invoke(schedule, due: call.now, planned: call.now, cause: .manual)
    return Output(invocationId: run.invocation ?? "", due: run.due)
  }
}

extension Call where Home == Scheduler {
  /// Fires a scheduled rule for an instant. Throws the event room's fault. Answers how many targets the event is given to.
  func runRule(_ rule: String, due: Timestamp, cause: ScheduledRun.Cause, backfill: String? = nil) throws -> (
    invocation: String, targets: Int
  ) {
    var input: JSONObject = ["Name": .string(rule), "Due": try JSONValue(encoding: due), "Cause": .string(cause.rawValue)]
    input["BackfillId"] = backfill.map { .string($0) }
    let context = CallContext(caller: caller, requestID: context.requestID, now: now, invokedBy: Scheduler.identity.principal)
    let answer = try room.context.invoker.call("events", "RunRule", .object(input), context, in: transaction)
    return (answer["InvocationId"]?.string ?? "", (answer["Targets"]?.int).map(Int.init) ?? 0)
  }
}
