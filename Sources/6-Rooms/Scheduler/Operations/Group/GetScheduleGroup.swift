import ServiceKit
import Time
import Wire

/// A group as the API shows it.
struct ScheduleGroupShape: Shape {
  var arn: String
  var name: String
  var state: String
  var creationDate: Timestamp
  var lastModificationDate: Timestamp

  init(_ group: ScheduleGroup, _ arn: ARN) {
    self.arn = arn.description
    name = group.name
    state = group.state
    creationDate = group.created
    lastModificationDate = group.modified
  }
}

/// Describes a group. Source: EventBridge Scheduler API Reference, GetScheduleGroup.
struct GetScheduleGroup: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .scheduleName)] }
  }
  static let route: OperationRoute? = OperationRoute("GET", "/schedule-groups/{Name}")

  static func run(_ input: Input, _ call: Call<Scheduler>) throws -> ScheduleGroupShape {
    ScheduleGroupShape(try call.group(input.name), call.arn("schedule-group/\(input.name)"))
  }
}
