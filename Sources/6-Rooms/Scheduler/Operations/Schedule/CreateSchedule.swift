import JSON
import ServiceKit
import Store
import Time
import Wire

/// What CreateSchedule and UpdateSchedule take alike.
struct ScheduleInput: Shape {
  var name: String
  var groupName: String?
  var scheduleExpression: String
  var scheduleExpressionTimezone: String?
  var startDate: Timestamp?
  var endDate: Timestamp?
  var flexibleTimeWindow: FlexibleTimeWindow
  var target: Target
  var state: String?
  var description: String?
  var actionAfterCompletion: String?
  var kmsKeyArn: String?
  var clientToken: String?

  static var limits: [Limit<Self>] {
    [
      .length("name", \.name, 1...64, .scheduleName), .length("groupName", \.groupName, 1...64, .scheduleName),
      .length("scheduleExpression", \.scheduleExpression, 1...256),
      .length("scheduleExpressionTimezone", \.scheduleExpressionTimezone, 1...50), .oneOf("state", \.state, ["ENABLED", "DISABLED"]),
      .length("description", \.description, 0...512), .oneOf("actionAfterCompletion", \.actionAfterCompletion, ["NONE", "DELETE"]),
      .length("kmsKeyArn", \.kmsKeyArn, 1...2_048), .length("clientToken", \.clientToken, 1...64),
    ]
  }

  /// The schedule this describes. Throws ValidationException naming what is wrong.
  func schedule(_ call: Call<Scheduler>, existing: Schedule?) throws -> Schedule {
    let zone = scheduleExpressionTimezone ?? "UTC"
    let unchanged = existing?.scheduleExpression == scheduleExpression && existing?.scheduleExpressionTimezone == zone
    let schedule = Schedule(
      name: name, groupName: groupName ?? ScheduleGroup.standard, scheduleExpression: scheduleExpression, scheduleExpressionTimezone: zone,
      startDate: startDate, endDate: endDate, flexibleTimeWindow: flexibleTimeWindow, target: target, state: state ?? "ENABLED",
      description: description, actionAfterCompletion: actionAfterCompletion ?? "NONE", kmsKeyArn: kmsKeyArn,
      created: existing?.created ?? call.now, modified: call.now, anchor: unchanged ? existing?.anchor ?? call.now : call.now)
    _ = try Timing(schedule)
    try check(call)
    return schedule
  }

  private func check(_ call: Call<Scheduler>) throws {
    if flexibleTimeWindow.mode == "FLEXIBLE", flexibleTimeWindow.maximumWindowInMinutes == nil {
      throw Fault.validation("MaximumWindowInMinutes must be provided when FlexibleTimeWindow mode is FLEXIBLE.")
    }
    if flexibleTimeWindow.mode == "OFF", flexibleTimeWindow.maximumWindowInMinutes != nil {
      throw Fault.validation("MaximumWindowInMinutes must not be provided when FlexibleTimeWindow mode is OFF.")
    }
    if let startDate, let endDate, endDate <= startDate { throw Fault.validation("The EndDate must be after the StartDate.") }
    if let endDate, endDate <= call.now { throw Fault.validation("The EndDate you specify must be in the future.") }
    guard let role = ARN(target.roleArn), role.service == "iam" else {
      throw Fault.validation("Provided Arn is not in correct format.")
    }
    if let queue = target.deadLetterConfig?.arn, ARN(queue)?.service != "sqs" {
      throw Fault.validation("The DeadLetterConfig must name the ARN of an SQS queue.")
    }
    let trial = Invocation(schedule: name, target: target, due: call.now, id: "trial", attempt: 0, first: call.now, deletes: false)
    _ = try CallTarget.resolve(trial, target.input ?? "{}", call.room.context.invoker)
  }
}

extension TextPattern {
  static let scheduleName = TextPattern(#"[0-9a-zA-Z-_.]+"#, alphanumericsAnd: "-_.")
}

/// Creates a schedule. Source: EventBridge Scheduler API Reference, CreateSchedule.
struct CreateSchedule: Operation {
  typealias Input = ScheduleInput
  struct Output: Shape { var scheduleArn: String }
  static let route: OperationRoute? = OperationRoute("POST", "/schedules/{Name}")

  static func clientToken(_ input: Input) -> String? { input.clientToken }
  static func resource(_ input: Input, _ caller: Caller) -> ARN {
    caller.arn("scheduler", "schedule/\(input.groupName ?? ScheduleGroup.standard)/\(input.name)")
  }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let group = try call.group(input.groupName ?? ScheduleGroup.standard)
    guard group.state == "ACTIVE" else {
      throw Fault("ConflictException", "Schedule group \(group.name) is being deleted.", status: 409)
    }
    guard try call.get(Schedule.self, Schedule.key(group.name, input.name)) == nil else {
      throw Fault("ConflictException", "Schedule \(input.name) already exists.", status: 409)
    }
    let schedule = try input.schedule(call, existing: nil)
    try call.put(schedule, when: .absent)
    try call.time(schedule, after: call.now)
    return Output(scheduleArn: schedule.arn(call.partition).description)
  }
}
