import ServiceKit
import Store

/// Removes all secrets from a connection, which can be given new ones. Source: Amazon EventBridge API Reference, DeauthorizeConnection.
struct DeauthorizeConnection: Operation {
  struct Input: Shape {
    var name: String
    static var limits: [Limit<Self>] { [.length("name", \.name, 1...64, .resourceName)] }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("events", "connection/\(input.name)") }

  static func run(_ input: Input, _ call: Call<EventBridge>) throws -> UpdateConnection.Output {
    var connection = try call.connection(input.name)
    let (room, key, before) = (call.room, EventBridge.tokenKey(connection), connection.state)
    connection.sealed = nil
    connection.shown = nil
    connection.version += 1
    connection.state = .deauthorized
    connection.stateReason = nil
    connection.modified = call.now
    try call.put(connection)
    try call.emit(.deauthorizationStarted, of: connection)
    try call.emitState(of: connection, before: before)
    call.transaction.afterCommit { room.tokens.forget(key) }
    return UpdateConnection.Output(connection, call.partition, state: "DEAUTHORIZING")
  }
}
