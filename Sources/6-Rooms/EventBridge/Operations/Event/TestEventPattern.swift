import EventPattern
import JSON
import ServiceKit

/// Says whether an event matches a pattern. Source: Amazon EventBridge API Reference, TestEventPattern.
struct TestEventPattern: Operation {
  struct Input: Shape {
    var eventPattern: String
    var event: String
  }
  struct Output: Shape { var result: Bool }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let pattern: EventPattern
    do throws(EventPatternError) { pattern = try EventPattern(input.eventPattern) } catch { throw Fault.invalidPattern(error.message) }
    guard let event = try? JSONValue(parsing: input.event), event.object != nil else {
      throw Fault.validation("Parameter Event is not valid. Reason: it must be the JSON of an event.")
    }
    for field in ["id", "account", "source", "time", "region", "resources", "detail-type"] where event[field] == nil {
      throw Fault.validation("Parameter Event is not valid. Reason: Event does not contain mandatory field: \(field)")
    }
    return Output(result: pattern.matches(Array(input.event.utf8)))
  }
}
