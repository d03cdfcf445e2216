import ServiceKit
import Store
import Wire

/// Replaces a schedule whole: what is not given takes its default. Source: EventBridge Scheduler API Reference, UpdateSchedule.
struct UpdateSchedule: Operation {
  typealias Input = ScheduleInput
  struct Output: Shape { var scheduleArn: String }
  static let route: OperationRoute? = OperationRoute("PUT", "/schedules/{Name}")

  static func clientToken(_ input: Input) -> String? { input.clientToken }
  static func resource(_ input: Input, _ caller: Caller) -> ARN { CreateSchedule.resource(input, caller) }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let existing = try call.schedule(input.name, group: input.groupName)
    let schedule = try input.schedule(call, existing: existing)
    // Counted from now: an edited expression never fires for the past. What was due of the old one is accounted for first.
    try call.retire(existing, isOff: !schedule.isEnabled)
    try call.put(schedule)
    try call.begin(schedule)
    return Output(scheduleArn: schedule.arn(call.partition).description)
  }
}
