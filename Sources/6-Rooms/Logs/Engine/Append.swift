import FilterPattern
import JSON
import Logging
import Series
import ServiceKit
import Store
import Time

/// Appending: the way of every event into a stream.
extension Logs {
  /// Stores events in a stream that exists and applies the group's metric filters; on disk when it returns.
  func append(_ events: [LogLine], to stream: String, of name: String, _ group: OpenGroup, in partition: Partition) async throws {
    do {
      _ = try await engine.append(
        events.map { LogEvent(timestamp: $0.time, message: Array($0.message.utf8)) }, group: group.id, stream: stream)
    } catch { throw Fault.unavailable(error.message) }
    let samples = group.filters.flatMap { $0.samples(events) } + embeddedMetrics(of: events, in: name, partition)
    if samples.isEmpty { return }
    do { try await context.invoker.metrics?.store(samples, in: partition) } catch {
      context.log.error("samples of metric filters were not stored", metadata: ["group": "\(name)", "error": "\(error)"])
    }
  }

  /// The group and stream, made where absent.
  func ensure(_ name: String, _ stream: String, in partition: Partition) async throws -> OpenGroup {
    if let group = try await open(name, in: partition), group.streams.contains(stream) { return group }
    let (room, now) = (self, context.clock.now())
    let id = context.identifiers.uuid()
    try await context.store.write { transaction in
      if try transaction.get(LogGroup.self, name, in: partition) == nil {
        try transaction.put(
          LogGroup(name: name, id: id, created: now, logGroupClass: "STANDARD", tags: [:], deletionProtected: false), in: partition)
        room.forget(name, in: partition, after: transaction)
      }
      if try transaction.get(LogStream.self, LogStream.key(name, stream), in: partition) == nil {
        try transaction.put(LogStream(group: name, name: stream, created: now), in: partition)
      }
    }
    guard let group = try await open(name, in: partition) else { throw Fault.groupNotFound }
    remember(stream, of: name, in: partition)
    return group
  }
}

/// The output of jobs.
extension Logs: LogSink {
  package func append(_ lines: [LogLine], group: String, stream: String, in partition: Partition) async throws {
    if lines.isEmpty { return }
    let open = try await ensure(group, stream, in: partition)
    try await append(lines, to: stream, of: group, open, in: partition)
  }
}

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
      try await work.room.engine.expire(group: id, before: now - .seconds(Int64(days) * 86_400))
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
