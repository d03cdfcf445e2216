import ServiceKit
import Time
import Wire

/// Describes a schedule. Source: EventBridge Scheduler API Reference, GetSchedule.
struct GetSchedule: Operation {
  struct Input: Shape {
    var name: String
    var groupName: String?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...64, .scheduleName), .length("groupName", \.groupName, 1...64, .scheduleName)]
    }
  }
  struct Output: Shape {
    var arn: String
    var name: String
    var groupName: String
    var scheduleExpression: String
    var scheduleExpressionTimezone: String
    var startDate: Timestamp?
    var endDate: Timestamp?
    var flexibleTimeWindow: FlexibleTimeWindow
    var target: Target
    var state: String
    var description: String?
    var actionAfterCompletion: String
    var kmsKeyArn: String?
    var creationDate: Timestamp
    var lastModificationDate: Timestamp
  }
  static let route: OperationRoute? = OperationRoute("GET", "/schedules/{Name}", query: ["groupName": "GroupName"])

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    let schedule = try call.schedule(input.name, group: input.groupName)
    var target = schedule.target
    // AWS shows the retry policy that holds, given or not.
    target.retryPolicy = Target.Retry(
      maximumEventAgeInSeconds: target.retryPolicy?.maximumEventAgeInSeconds ?? 86_400,
      maximumRetryAttempts: target.retryPolicy?.maximumRetryAttempts ?? 185)
    return Output(
      arn: schedule.arn(call.partition).description, name: schedule.name, groupName: schedule.groupName,
      scheduleExpression: schedule.scheduleExpression, scheduleExpressionTimezone: schedule.scheduleExpressionTimezone,
      startDate: schedule.startDate, endDate: schedule.endDate, flexibleTimeWindow: schedule.flexibleTimeWindow, target: target,
      state: schedule.state, description: schedule.description, actionAfterCompletion: schedule.actionAfterCompletion,
      kmsKeyArn: schedule.kmsKeyArn, creationDate: schedule.created, lastModificationDate: schedule.modified)
  }
}
