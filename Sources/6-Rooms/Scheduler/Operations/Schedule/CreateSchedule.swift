import ServiceKit
import Store
import Time
import Wire

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
    try call.checkQuota()
    let schedule = try input.schedule(call, existing: nil)
    try call.put(schedule, when: .absent)
    call.count(1)
    // Source: User Guide, "Rate-based schedules": without a start date it begins to invoke its target immediately.
    try call.begin(schedule, firesAtOnce: schedule.scheduleExpression.hasPrefix("rate(") && schedule.startDate == nil)
    return Output(scheduleArn: schedule.arn(call.partition).description)
  }
}
