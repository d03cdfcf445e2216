import JSON
import ServiceKit
import Store
import Time

/// A schedule with its target.
struct Schedule: Resource {
  static let kind = "scheduler.schedule"
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
  var created: Timestamp
  var modified: Timestamp
  /// When the expression was set: what rates without a start date count from.
  var anchor: Timestamp

  static func key(_ group: String, _ name: String) -> String { "\(group)/\(name)" }
  var key: String { Self.key(groupName, name) }
  var isEnabled: Bool { state == "ENABLED" }

  var owner: RunOwner { .schedule(groupName, name) }

  /// A rate without a start date counts from when the expression was set.
  var timing: ScheduleTiming {
    ScheduleTiming(
      scheduleExpression, isRule: false, zone: scheduleExpressionTimezone, start: startDate, end: endDate, anchor: startDate ?? anchor)
  }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "scheduler", region: partition.region, account: partition.account, resource: "schedule/\(groupName)/\(name)")
  }
}

/// Source: EventBridge Scheduler API Reference, FlexibleTimeWindow.
struct FlexibleTimeWindow: Shape, Equatable {
  var mode: String
  var maximumWindowInMinutes: Int?
  static var limits: [Limit<Self>] {
    [.oneOf("mode", \.mode, ["OFF", "FLEXIBLE"]), .range("maximumWindowInMinutes", \.maximumWindowInMinutes, 1...1_440)]
  }
}

struct ScheduleGroup: Resource {
  static let kind = "scheduler.group"
  /// The group every account has.
  static let standard = "default"
  var name: String
  var state: String
  var created: Timestamp
  var modified: Timestamp
  var tags: [String: String]
  var key: String { name }
}

extension Call where Home == Scheduler {
  /// Throws ResourceNotFoundException.
  func schedule(_ name: String, group: String?) throws -> Schedule {
    guard let schedule = try get(Schedule.self, Schedule.key(group ?? ScheduleGroup.standard, name)) else {
      throw Fault("ResourceNotFoundException", "Schedule \(name) does not exist.", status: 404)
    }
    return schedule
  }

  /// The group; the default group is there without having been made. Throws ResourceNotFoundException.
  func group(_ name: String) throws -> ScheduleGroup {
    if let group = try get(ScheduleGroup.self, name) { return group }
    guard name == ScheduleGroup.standard else {
      throw Fault("ResourceNotFoundException", "Schedule group \(name) does not exist.", status: 404)
    }
    return ScheduleGroup(name: name, state: "ACTIVE", created: Timestamp(seconds: 0), modified: Timestamp(seconds: 0), tags: [:])
  }
}
