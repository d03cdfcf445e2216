import ServiceKit
import Store
import Time

/// Fetches an OAuth connection's first token after it was made or changed, and says what came of it.
struct AuthorizeConnection: Worker {
  static let queue = "events.authorize"
  private static let attempts = 5

  struct Request: Codable, Sendable {
    var name: String
    var version: Int
  }

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let request = try work.payload(Request.self)
    guard let connection = try await work.read({ try $0.get(Connection.self, request.name) }), connection.version == request.version,
      connection.state == .authorizing
    else { return }
    var failure: Fault?
    do throws(Fault) {
      let parameters = try Self.parameters(connection, work)
      _ = try await work.room.token(connection, parameters)
    } catch { failure = error }
    if let failure, failure.mayPass, task.attempt < attempts {
      return try await work.release(until: work.now + .seconds(1 << min(task.attempt, 8)))
    }
    let reason = failure?.message
    try await work.finish { call in try call.settle(connection, reason) }
  }

  private static func parameters(_ connection: Connection, _ work: Work<EventBridge>) throws(Fault) -> ConnectionParameters {
    do { return try connection.parameters(work.room.context.tokens) } catch {
      throw error as? Fault ?? Fault("ConnectionFault", "The secrets of the connection \(connection.name) can not be read.")
    }
  }
}

extension Call where Home == EventBridge {
  /// Keeps whether the connection could be authorized, unless it has been changed since.
  ///
  /// - Parameter refusal: why not; nil when it could.
  func settle(_ connection: Connection, _ refusal: String?) throws {
    guard var current = try get(Connection.self, connection.name), current.id == connection.id, current.version == connection.version,
      current.state != .deauthorized || refusal == nil
    else { return }
    let before = current.state
    current.state = refusal == nil ? .authorized : .deauthorized
    current.stateReason = refusal.map { String($0.prefix(512)) }
    if refusal == nil { current.authorized = now }
    try put(current)
    if current.state != before { try emitState(of: current, before: before) }
  }
}
