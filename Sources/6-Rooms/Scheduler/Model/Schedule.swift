import JSON
import ScheduleExpression
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

/// What a schedule calls. Source: EventBridge Scheduler API Reference, Target.
struct Target: Shape, Equatable {
  var arn: String
  var roleArn: String
  var input: String?
  var retryPolicy: Retry?
  var deadLetterConfig: DeadLetterConfig?
  var eventBridgeParameters: JSONValue?
  var sqsParameters: JSONValue?
  var sageMakerPipelineParameters: JSONValue?
  var ecsParameters: JSONValue?
  var kinesisParameters: JSONValue?

  static var limits: [Limit<Self>] {
    [.length("arn", \.arn, 1...1_600), .length("roleArn", \.roleArn, 1...1_600), .length("input", \.input, 1...262_144)]
  }

  struct Retry: Shape, Equatable {
    var maximumEventAgeInSeconds: Int?
    var maximumRetryAttempts: Int?
    static var limits: [Limit<Self>] {
      [
        .range("maximumEventAgeInSeconds", \.maximumEventAgeInSeconds, 60...86_400),
        .range("maximumRetryAttempts", \.maximumRetryAttempts, 0...185),
      ]
    }
  }

  struct DeadLetterConfig: Shape, Equatable { var arn: String? }

  var parameters: JSONObject {
    var object = JSONObject()
    object["EventBridgeParameters"] = eventBridgeParameters
    object["SqsParameters"] = sqsParameters
    object["SageMakerPipelineParameters"] = sageMakerPipelineParameters
    return object
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

/// A schedule's expression, ready to be asked for instants.
struct Timing {
  let expression: ScheduleExpression
  let zone: Zone
  let start: Timestamp?
  let end: Timestamp?
  let anchor: Timestamp

  /// Throws the ValidationException AWS gives for the expression or the zone.
  init(_ schedule: Schedule) throws {
    do throws(ScheduleExpressionError) {
      expression = try ScheduleExpression(schedule.scheduleExpression, dialect: .scheduler)
    } catch { throw Fault.validation(error.message) }
    guard let zone = try? Zone(identifier: schedule.scheduleExpressionTimezone) else {
      throw Fault.validation("The ScheduleExpressionTimezone \(schedule.scheduleExpressionTimezone) provided is not valid.")
    }
    self.zone = zone
    start = schedule.startDate
    end = schedule.endDate
    anchor = schedule.startDate ?? schedule.anchor
  }

  /// The first due instant after the given one; nil when there is none more.
  func next(after instant: Timestamp) -> Timestamp? {
    expression.next(after: instant, in: zone, start: start, end: end, anchor: anchor)
  }
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
