import ServiceKit
import Store

/// Deletes a custom bus that has no rules; one that is not there is deleted too, as on AWS.
///
/// Source: Amazon EventBridge API Reference, DeleteEventBus.
struct DeleteEventBus: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...256, .busName)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "event-bus/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    let name = EventBridge.busName(input.name)
    if name == EventBus.standard { throw Fault.validation("Cannot delete event bus default.") }
    guard try call.transaction.count(Rule.kind, in: call.partition, prefix: "\(name)/") == 0 else {
      throw Fault.validation("Event bus \(name) can't be deleted since it has rules.")
    }
    try call.delete(EventBus.self, name)
    let (room, partition) = (call.room, call.partition)
    call.transaction.afterCommit { room.logs.unfollow(name, in: partition) }
    return Empty()
  }
}
