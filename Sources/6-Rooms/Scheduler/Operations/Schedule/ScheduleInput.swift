import JSON
import ScheduleExpression
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
      .length("kmsKeyArn", \.kmsKeyArn, 1...2_048, .kmsKeyArn),
      .length("clientToken", \.clientToken, 1...64, .clientToken),
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
    // AWS knows whole minutes; without its quotas seconds are good too.
    let calendar = try ScheduleCalendar(schedule.timing, precision: call.enforcesQuotas ? .minutes : .seconds)
    // One that is over may be changed otherwise; a time that is given must be one to come.
    if !unchanged, calendar.expression.isOnce, calendar.previous(before: call.now + .microseconds(1)) != nil {
      throw Fault.validation("Invalid Schedule Expression \(scheduleExpression).")
    }
    try check(call)
    return schedule
  }

  private func check(_ call: Call<Scheduler>) throws {
    if flexibleTimeWindow.mode == "FLEXIBLE", flexibleTimeWindow.maximumWindowInMinutes == nil {
      throw Fault.validation("MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to FLEXIBLE.")
    }
    if flexibleTimeWindow.mode == "OFF", flexibleTimeWindow.maximumWindowInMinutes != nil {
      throw Fault.validation("MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF.")
    }
    if let startDate, let endDate, endDate <= startDate {
      throw Fault.validation("The StartDate you specify must come before the EndDate.")
    }
    if let endDate, endDate <= call.now { throw Fault.validation("The EndDate you specify must be in the future.") }
    if !target.flaws.isEmpty {
      throw Fault.validation(
        "\(target.flaws.count) validation error\(target.flaws.count == 1 ? "" : "s") detected: \(target.flaws.joined(separator: "; "))")
    }
    try TargetRules.check(target, call)
  }
}
