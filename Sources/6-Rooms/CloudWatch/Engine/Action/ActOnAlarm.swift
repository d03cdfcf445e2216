import JSON
import Logging
import ServiceKit
import Store
import Time

/// Does what an alarm's new state asks for, again and again for an hour, and writes down how it went.
///
/// Every target has a lane of its own, so that a slow one delays no other.
struct ActOnAlarm: Worker {
  static let queue = "cloudwatch.act"
  static let concurrency = 256
  static let laneConcurrency = 16
  private static let policy = RetryPolicy(attempts: 50, ageInSeconds: 3_600)

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let action = try work.payload(AlarmAction.self)
    let source = Alarm.arn(action.alarm, work.partition)
    let attempt = TargetAttempt(
      source: source, target: action.action, id: action.id, text: action.message.text, earlier: action.attempt, first: action.first,
      policy: policy, deadLetter: nil, attributes: [:])
    var again = action
    again.attempt += 1
    guard let form = ActionForm(action.action) else {
      return try await work.finish { try note(action, fault: .broken("Invalid arn syntax: \(action.action)"), $0) }
    }
    if case .webhook(let url) = form {
      let fault = await post(action, to: url, work)
      try await work.attempt(attempt, again: again, ended: { try settled(action, $1, $0) }, within: { _ in if let fault { throw fault } })
      return
    }
    try await work.attempt(attempt, again: again, ended: { try settled(action, $1, $0) }) {
      guard let delivery = form.delivery(action) else { throw Fault.broken("Invalid arn syntax: \(action.action)") }
      let call = try work.room.context.invoker.resolve(delivery, in: work.partition)
      return TargetAttempt.Destination(
        service: call.service, operation: call.operation, input: worded(call.input, call.service, action), context: work.context())
    }
  }

  /// A topic's mail is for people. Source: Amazon SNS API Reference, Publish, MessageStructure.
  private static func worded(_ input: JSONValue, _ service: String, _ action: AlarmAction) -> JSONValue {
    guard service == "sns", let words = action.words, var object = input.object else { return input }
    object["MessageStructure"] = "json"
    object["Message"] = .string(
      JSONValue.object([
        "default": .string(action.message.text), "email": .string(words), "sms": .string(action.subject),
      ]).text)
    return .object(object)
  }

  /// Nil when the other side took it.
  private static func post(_ action: AlarmAction, to url: String, _ work: Work<CloudWatch>) async -> Fault? {
    let request = OutboundRequest(
      url: url,
      headers: [
        ("Content-Type", "application/json"), ("User-Agent", "Martlet-Alarm"), ("X-Martlet-Delivery", action.id),
        ("X-Martlet-Alarm-State", action.state),
      ], body: action.message.bytes)
    do {
      let answer = try await work.room.context.outbound.send(request)
      if (200..<300).contains(answer.status) { return nil }
      // What may be better later: as API destinations have it.
      let mayPass = [401, 407, 409, 429].contains(answer.status) || answer.status >= 500
      return Fault("ERROR_FROM_TARGET", "The webhook answered with status \(answer.status).", status: mayPass ? 503 : 400)
    } catch {
      let reason = error as? OutboundError
      return Fault("CONNECTION_FAILURE", reason?.reason ?? "\(error)", status: reason?.mayPass == false ? 400 : 503)
    }
  }

  private static func settled(_ action: AlarmAction, _ record: DeliveryRecord, _ call: Call<CloudWatch>) throws {
    switch record.outcome {
    case .retrying: return
    case .delivered: try note(action, fault: nil, call)
    case .dropped, .deadLettered: try note(action, fault: Fault(record.errorCode ?? "", record.errorMessage ?? ""), call)
    }
  }

  private static func note(_ action: AlarmAction, fault: Fault?, _ call: Call<CloudWatch>) throws {
    var data: JSONObject = [
      "actionState": .string(fault == nil ? "Succeeded" : "Failed"), "stateUpdateTimestamp": .int(action.first.milliseconds),
      "notificationResource": .string(action.action), "publishedMessage": .string(action.message.text),
    ]
    data["error"] = fault.map { .string($0.message) } ?? .null
    let summary =
      fault.map { "Failed to execute action \(action.action). Received error: \"\($0.message)\"" }
      ?? "Successfully executed action \(action.action)"
    try call.record(
      action.alarm, action.type ?? .metric, action.contributor == nil ? "Action" : "AlarmContributorAction", summary, .object(data),
      contributor: action.contributor)
  }
}
