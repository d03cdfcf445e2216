import JSON
import ServiceKit
import Time

/// One record of a bus's log. Source: EventBridge User Guide, "Amazon EventBridge event bus log schema".
struct BusRecord: Sendable {
  var step: BusStep
  var time: Timestamp
  var event: String
  var request: String?
  var invocation: String?
  var details = JSONObject()
  var error: Failure?

  struct Failure: Sendable {
    var message: String
    var service: String
  }

  /// Members that are there with IncludeDetail FULL only.
  private static let detailed = ["event_detail", "target_input", "target_properties"]
  /// Of one record, in bytes. Members are left out in this order until it is no longer, and named in `dropped_fields`.
  private static let longest = 1 << 20
  private static let droppable = ["target_response_body", "target_properties", "target_input", "event_detail", "resources"]

  func line(_ log: BusLog) -> LogLine {
    var record: JSONObject = [
      "resource_arn": .string(log.bus.description), "message_timestamp_ms": .int(time.milliseconds),
      "event_bus_name": .string(log.bus.resourceName),
    ]
    if let request { record["request_id"] = .string(request) }
    record["event_id"] = .string(event)
    if let invocation { record["invocation_id"] = .string(invocation) }
    record["message_type"] = .string(step.rawValue)
    record["log_level"] = .string(step.level.name)
    var details = details
    if !log.includesDetail { for name in Self.detailed { details[name] = nil } }
    record["details"] = .object(details)
    if let error {
      record["error"] = ["error_message": .string(String(error.message.prefix(4_096))), "aws_service": .string(error.service)]
    }
    var dropped: [JSONValue] = []
    var text = JSONValue.object(record).text
    for name in Self.droppable where text.utf8.count > Self.longest && details[name] != nil {
      details[name] = nil
      dropped.append(.string(name))
      record["details"] = .object(details)
      record["dropped_fields"] = .array(dropped)
      text = JSONValue.object(record).text
    }
    return LogLine(time: time, message: text)
  }
}

extension BusRecord {
  /// A step of taking an event in.
  init(_ step: BusStep, _ routed: Routed, at time: Timestamp, error: Failure? = nil) {
    self.init(step: step, time: time, event: routed.event.id, request: routed.request, error: error)
    details = [
      "caller_account_id": .string(routed.event.account), "source_time_ms": .int(routed.event.time.milliseconds),
      "source": .string(routed.event.source), "detail_type": .string(routed.event.detailType),
      "resources": .array(routed.event.resources.map { .string($0) }), "event_detail": .string(routed.event.detail.text),
    ]
  }

  /// A rule that matches.
  init(match rule: ARN, _ targets: [Target], invocations: [String], _ routed: Routed, at time: Timestamp) {
    self.init(step: .match, time: time, event: routed.event.id, request: routed.request)
    details = [
      "rule_arn": .string(rule.description), "target_arns": .array(targets.map { .string($0.arn) }),
      "invocation_ids": .array(invocations.map { .string(Self.invocation($0)) }),
    ]
  }

  /// The part of a delivery's id that is the invocation's alone.
  static func invocation(_ delivery: String) -> String {
    delivery.split(separator: "_").last.map(String.init) ?? delivery
  }
}
