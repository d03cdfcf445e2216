import JSON
import ServiceKit
import Store
import Time

/// Removes an archive's events whose time is over, and everything of one that was deleted: so many in one transaction, until done.
struct SweepArchive: Worker {
  static let queue = "events.sweep-archive"
  static let concurrency = 4
  private static let batch = 500
  /// What comes due within this time goes in one sweep.
  private static let pause = Duration.seconds(60)

  struct Sweep: Codable, Sendable {
    /// Nil when the archive has been deleted.
    var archive: String?
    var id: String
  }

  static func entry(_ key: String, _ sweep: Sweep, at due: Timestamp, in partition: Partition) throws -> AgendaEntry {
    AgendaEntry(queue: queue, partition: partition, key: key, due: due, payload: try JSONValue(encoding: sweep).bytes)
  }

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let sweep = try work.payload(Sweep.self)
    let now = work.now
    try await work.finish { call in
      guard let name = sweep.archive else { return try purge(sweep, call) }
      guard let archive = try call.get(Archive.self, name), archive.id == sweep.id, archive.retentionDays > 0 else { return }
      let last = now - .seconds(Int64(archive.retentionDays) * 86_400)
      let index = CatalogQuery.Order.index(
        "archived", from: "\(sweep.id)/", to: "\(sweep.id)/\(Sortable.text(last + .microseconds(1)))")
      let expired = try call.transaction.page(ArchivedEvent.self, in: call.partition, CatalogQuery(index, limit: batch))
      try remove(expired.items, sweep.id, call)
      if expired.next != nil { return try call.schedule(sweep, for: queue, key: sweep.id, at: now) }
      let rest = CatalogQuery(.index("archived", from: "\(sweep.id)/", to: "\(sweep.id)0"), limit: 1)
      guard let oldest = try call.transaction.page(ArchivedEvent.self, in: call.partition, rest).items.first,
        let expiry = archive.expiry(of: oldest.ingested)
      else { return }
      try call.schedule(sweep, for: queue, key: sweep.id, at: max(expiry, now + pause))
    }
  }

  private static func purge(_ sweep: Sweep, _ call: Call<EventBridge>) throws {
    let page = try call.transaction.page(ArchivedEvent.self, in: call.partition, prefix: ArchivedEvent.prefix(sweep.id), limit: batch)
    for event in page.items { try call.delete(ArchivedEvent.self, event.key) }
    if page.next != nil {
      try call.schedule(sweep, for: queue, key: sweep.id)
    } else {
      try call.delete(ArchiveSize.self, sweep.id)
    }
  }

  private static func remove(_ events: [ArchivedEvent], _ id: String, _ call: Call<EventBridge>) throws {
    guard !events.isEmpty, var size = try call.get(ArchiveSize.self, id) else { return }
    for event in events {
      try call.delete(ArchivedEvent.self, event.key)
      size.events -= 1
      size.bytes -= Int64(event.size)
    }
    try call.put(size)
  }
}
