import Logging
import Series
import ServiceKit
import Store
import Time

/// Once an hour, lets go of events older than their group keeps them.
struct ExpireEvents: Worker {
  static let queue = "logs.expire"
  private static let hourly = Duration.seconds(3_600)

  static func run(_ task: AgendaTask, _ work: Work<Logs>) async throws {
    let now = work.now
    let groups = try await work.room.context.store.read { transaction in
      var groups: [(String, Int)] = []
      for partition in try transaction.partitions(holding: LogGroup.kind) {
        try transaction.forEach(LogGroup.self, in: partition) { group in
          if let days = group.retentionInDays { groups.append((group.id, days)) }
          return true
        }
      }
      return groups
    }
    for (id, days) in groups {
      do { try await work.room.engine.expire(group: id, before: now - .seconds(Int64(days) * 86_400)) } catch {
        // One group that is damaged keeps none of the others.
        work.room.context.log.error("old log events could not be removed", metadata: ["group": "\(id)", "error": "\(error)"])
      }
    }
    try await work.finish { try $0.transaction.schedule(entry($0.partition, now + hourly)) }
  }

  static func begin(_ context: RoomContext) async throws {
    let (home, due) = (context.home, context.clock.now() + hourly)
    try await context.store.write { transaction in
      if try transaction.entry(queue, key: "hourly", in: home) == nil { try transaction.schedule(entry(home, due)) }
    }
  }

  private static func entry(_ partition: Partition, _ due: Timestamp) -> AgendaEntry {
    AgendaEntry(queue: queue, partition: partition, key: "hourly", due: due, payload: [])
  }
}
