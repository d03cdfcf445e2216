import JSON
import Series
import ServiceKit
import Store
import Time

/// Removes the events of a deleted group or stream, should the server have ended between the deletion and the removal.
struct RemoveEvents: Worker {
  static let queue = "logs.remove"
  /// The deletion itself removes events at once; this comes after it.
  private static let pause = Duration.seconds(5)

  /// What was deleted.
  struct Removal: Codable, Sendable {
    /// The group's id.
    var group: String
    /// Nil for the whole group.
    var stream: String?
    /// Events with greater numbers are of a stream that was made again.
    var through: UInt64?
  }

  static func run(_ task: AgendaTask, _ work: Work<Logs>) async throws {
    let removal = try work.payload(Removal.self)
    let engine = work.room.engine
    if let stream = removal.stream {
      try await engine.deleteStream(group: removal.group, stream: stream, through: removal.through)
    } else if engine.has(group: removal.group) {
      try await engine.deleteGroup(removal.group)
    }
  }

  static func schedule(_ removal: Removal, _ call: Call<Logs>) throws {
    try call.transaction.schedule(
      AgendaEntry(queue: queue, partition: call.partition, due: call.now + pause, payload: try JSONValue(encoding: removal).bytes))
  }
}
