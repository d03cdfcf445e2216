import ServiceKit
import Store

/// Deletes a connection with its secrets; API destinations that use it become inactive. Source: Amazon EventBridge API Reference, DeleteConnection.
struct DeleteConnection: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "connection/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> UpdateConnection.Output {
    let connection = try call.connection(input.name)
    try call.delete(Connection.self, connection.name)
    try call.transaction.cancel(AuthorizeConnection.queue, key: connection.id, in: call.partition)
    try call.emit(.deletionStarted, of: connection)
    try call.emitDestinations(of: connection, from: connection.state == .authorized, to: false)
    let (room, key) = (call.room, EventBridge.tokenKey(connection))
    call.transaction.afterCommit { room.tokens.forget(key) }
    return UpdateConnection.Output(connection, call.partition, state: "DELETING")
  }
}
