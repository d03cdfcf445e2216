import ServiceKit
import Store

/// Deletes an API destination. Source: Amazon EventBridge API Reference, DeleteApiDestination.
struct DeleteApiDestination: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "api-destination/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> Empty {
    let destination = try call.destination(input.name)
    try call.delete(ApiDestination.self, destination.name)
    let room = call.room
    call.transaction.afterCommit { room.rates.forget(destination.id) }
    return Empty()
  }
}
