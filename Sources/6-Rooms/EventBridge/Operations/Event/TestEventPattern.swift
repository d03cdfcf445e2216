import EventPattern
import JSON
import ServiceKit

/// Says whether an event matches a pattern. Source: Amazon EventBridge API Reference, TestEventPattern.
///
/// The reference names `resources` among the mandatory fields; EventBridge accepts events without it.
struct TestEventPattern: Operation {
  struct Input: Shape {
    var eventPattern: String
    var event: String
  }
  struct Output: Shape { var result: Bool }

  private static let mandatory = ["id", "account", "source", "time", "region", "detail-type"]
  static let audit = AuditDetail.callOnly

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    if call.enforcesQuotas, input.eventPattern.utf16.count > 4_096 {
      throw Fault.validation(
        "1 validation error detected: Value '\(input.eventPattern)' at 'eventPattern' failed to satisfy constraint: "
          + "Member must have length less than or equal to 4096")
    }
    let pattern: EventPattern
    do throws(EventPatternError) { pattern = try EventPattern(input.eventPattern) } catch { throw Fault.invalidPattern(error.message) }
    guard let event = try? JSONValue(parsing: input.event), event.object != nil, mandatory.allSatisfy({ event[$0] != nil }) else {
      throw Fault.validation("Parameter Event is not valid.")
    }
    return Output(result: pattern.matches(Array(input.event.utf8)))
  }
}
