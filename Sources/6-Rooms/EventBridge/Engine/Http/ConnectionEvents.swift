import JSON
import ServiceKit
import Store
import Time

/// What the default bus is told of connections and API destinations.
///
/// Source: EventBridge User Guide, "Amazon EventBridge events detail reference", connection events and API destination events.
enum ConnectionEvent: String {
  case creationStarted = "Connection Creation Started"
  case updateStarted = "Connection Update Started"
  case deletionStarted = "Connection Deletion Started"
  case authorizationStarted = "Connection Authorization Started"
  case authorized = "Connection Authorized"
  case deauthorizationStarted = "Connection Deauthorization Started"
  case deauthorized = "Connection Deauthorized"

  /// That a connection has come into the state.
  init(reached state: Connection.State) {
    switch state {
    case .authorizing: self = .authorizationStarted
    case .authorized: self = .authorized
    case .deauthorized: self = .deauthorized
    }
  }
}

extension Call where Home == EventBridge {
  func emit(_ happening: ConnectionEvent, of connection: Connection) throws {
    var detail: JSONObject = ["ConnectionName": .string(connection.name)]
    if let reason = connection.stateReason { detail["StateReason"] = .string(reason) }
    try emit(happening.rawValue, of: connection.arn(partition), detail)
  }

  /// Tells the state that the connection is in now, and what it makes of its API destinations.
  ///
  /// - Parameter before: its state until now; nil for a new one.
  func emitState(of connection: Connection, before: Connection.State?) throws {
    try emit(ConnectionEvent(reached: connection.state), of: connection)
    try emitDestinations(of: connection, from: before == .authorized, to: connection.state == .authorized)
  }

  /// Tells that the API destinations of a connection have become active, or are active no more.
  func emitDestinations(of connection: Connection, from before: Bool, to now: Bool) throws {
    guard before != now else { return }
    let arn = connection.arn(partition).description
    var changed: [ApiDestination] = []
    try transaction.forEach(ApiDestination.self, in: partition) { destination in
      if destination.connectionArn == arn { changed.append(destination) }
      return true
    }
    for destination in changed { try emit(destination, isActive: now) }
  }

  func emit(_ destination: ApiDestination, isActive: Bool) throws {
    try emit(
      "API Destination \(isActive ? "Activated" : "Deactivated")", of: destination.arn(partition),
      ["ApiDestinationName": .string(destination.name)])
  }

  private func emit(_ type: String, of arn: ARN, _ detail: JSONObject) throws {
    var detail = detail
    // 2024-10-24 09:26:35 +0000 UTC
    let time = now.iso8601().dropLast().replacing("T", with: " ")
    detail["Timestamp"] = .string("\(time) +0000 UTC")
    try emit(event(source: "aws.events", detailType: type, resources: [arn.description], detail: .object(detail)))
  }
}
