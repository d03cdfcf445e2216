import ServiceKit
import Store
import Wire

/// Creates a group of schedules. Source: EventBridge Scheduler API Reference, CreateScheduleGroup.
struct CreateScheduleGroup: Operation {
  struct Input: Shape {
    var name: String
    var tags: [Tag]?
    var clientToken: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .scheduleName), .count("tags", \.tags, 0...200),
        .length("clientToken", \.clientToken, 1...64, .clientToken),
      ]
    }
  }
  struct Output: Shape { var scheduleGroupArn: String }
  static let route: OperationRoute? = OperationRoute("POST", "/schedule-groups/{Name}")

  static func clientToken(_ input: Input) -> String? { input.clientToken }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Output {
    if input.name == ScheduleGroup.standard { throw Fault.standardGroup }
    guard try call.get(ScheduleGroup.self, input.name) == nil else {
      throw Fault("ConflictException", "Schedule group \(input.name) already exists.", status: 409)
    }
    if call.enforcesQuotas, try call.transaction.count(ScheduleGroup.kind, in: call.partition, prefix: "") >= 500 {
      throw Fault("ServiceQuotaExceededException", "The limit of 500 schedule groups has been reached.", status: 402)
    }
    try call.put(
      ScheduleGroup(name: input.name, state: "ACTIVE", created: call.now, modified: call.now, tags: Tag.map(input.tags)), when: .absent)
    return Output(scheduleGroupArn: call.arn("schedule-group/\(input.name)").description)
  }
}

extension Fault {
  /// The group that every account has is neither made nor deleted.
  static let standardGroup = Fault.validation("This operation cannot be performed on schedule group default.")
}
