import JSON
import StatesLanguage
import Time

/// What links an event of a history to others: read from an event of the running step, or from one that is stored.
struct EventLink {
  var type: HistoryEventType?
  var previous: Int
  var time: Timestamp
  /// The state an event enters.
  var entered: String?
  /// The ARN of the resource a task is scheduled for.
  var resource: String?

  init(_ event: HistoryEvent) {
    type = event.type
    previous = event.previousID
    time = event.time
    switch event.details {
    case .entered(let name, _): entered = name
    case .taskScheduled(let task, _, _, _, _, _): resource = Self.resource(task.type, task.resource)
    case .scheduled(let arn, _, _, _, _): resource = arn
    default: break
    }
  }

  init?(_ event: JSONValue) {
    guard let type = event["type"]?.string, let previous = event["previousEventId"]?.int, let seconds = event["timestamp"]?.double else {
      return nil
    }
    self.type = HistoryEventType(rawValue: type)
    self.previous = Int(previous)
    time = Timestamp(microseconds: Int64((seconds * 1_000_000).rounded()))
    entered = event["stateEnteredEventDetails"]?["name"]?.string
    if let task = event["taskScheduledEventDetails"] {
      resource = Self.resource(task["resourceType"]?.string ?? "", task["resource"]?.string ?? "")
    } else {
      resource = (event["activityScheduledEventDetails"] ?? event["lambdaFunctionScheduledEventDetails"])?["resource"]?.string
    }
  }

  private static func resource(_ type: String, _ resource: String) -> String { "arn:aws:states:::\(type):\(resource)" }
}
