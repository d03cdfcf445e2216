import ServiceKit
import Wire

/// Deletes a schedule; calls already due still go out. Source: EventBridge Scheduler API Reference, DeleteSchedule.
struct DeleteSchedule: Operation {
  struct Input: Shape {
    var name: String
    var groupName: String?
    var clientToken: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .scheduleName), .length("groupName", \.groupName, 1...64, .scheduleName),
        .length("clientToken", \.clientToken, 1...64, .clientToken),
      ]
    }
  }
  static let route: OperationRoute? = OperationRoute(
    "DELETE", "/schedules/{Name}", query: ["groupName": "GroupName", "clientToken": "ClientToken"])

  static func clientToken(_ input: Input) -> String? { input.clientToken }

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> Empty {
    try call.remove(try call.schedule(input.name, group: input.groupName).key)
    return Empty()
  }
}
