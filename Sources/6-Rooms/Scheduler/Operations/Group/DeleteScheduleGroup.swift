import ServiceKit
import Wire

/// Deletes a group and, a moment later, its schedules. Source: EventBridge Scheduler API Reference, DeleteScheduleGroup.
struct DeleteScheduleGroup: Operation {
  struct Input: Shape {
    var name: String
    var clientToken: String?
    static var limits: [Limit<Self>] {
      [.length("name", \.name, 1...64, .scheduleName), .length("clientToken", \.clientToken, 1...64, .clientToken)]
    }
  }
  static let route: OperationRoute? = OperationRoute("DELETE", "/schedule-groups/{Name}", query: ["clientToken": "ClientToken"])

  static func clientToken(_ input: Input) -> String? { input.clientToken }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Empty {
    if input.name == ScheduleGroup.standard { throw Fault.standardGroup }
    var group = try call.group(input.name)
    group.state = "DELETING"
    group.modified = call.now
    try call.put(group)
    try call.schedule(group.name, for: EmptyGroup.queue, key: group.name)
    return Empty()
  }
}
