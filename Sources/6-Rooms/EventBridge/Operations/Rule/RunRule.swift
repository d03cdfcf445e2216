import ServiceKit
import Time

/// Fires a scheduled rule for an instant, whether it is switched on or not; its timing stays as it is. Source: none; beyond AWS.
struct RunRule: Operation {
  struct Input: Shape {
    var name: String
    /// The event's time; now where not given.
    var due: Timestamp?
    var cause: String?
    var backfillId: String?
    static var limits: [Limit<Self>] {
      [
        .length("name", \.name, 1...64, .resourceName),
        .oneOf("cause", \.cause, [ScheduledRun.Cause.manual.rawValue, ScheduledRun.Cause.backfill.rawValue]),
        .length("backfillId", \.backfillId, 1...64),
      ]
    }
  }
  struct Output: Shape {
    /// The event's id.
    var invocationId: String
    /// How many targets it is given to.
    var targets: Int
  }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Output {
    let rule = try call.rule(input.name, bus: EventBus.standard)
    guard rule.timing != nil else { throw Fault.validation("Rule \(input.name) has no schedule.") }
    let cause = input.cause.flatMap { ScheduledRun.Cause(rawValue: $0) } ?? .manual
    let run = try call.fire(rule, due: input.due ?? call.now, cause: cause, backfill: input.backfillId)
    return Output(invocationId: run.invocation ?? "", targets: rule.targets.count)
  }
}
