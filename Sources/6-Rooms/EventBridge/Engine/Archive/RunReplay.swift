import JSON
import ServiceKit
import Store
import Time

/// Puts a replay's events on the bus again, in the order of their times: so many in one transaction, each with the place reached, so
/// that a server that is killed goes on where it was.
struct RunReplay: Worker {
  static let queue = "events.replay"
  /// Of more replays than this, some wait.
  static let concurrency = 10
  private static let batch = 100
  /// How long AWS shows a replay that is over.
  static let kept = Duration.seconds(90 * 86_400)

  struct Step: Codable, Sendable { var replay: String }

  static func run(_ task: AgendaTask, _ work: Work<EventBridge>) async throws {
    let step = try work.payload(Step.self)
    let now = work.now
    try await work.finish { call in
      guard var replay = try call.get(Replay.self, step.replay) else { return }
      guard replay.state.isActive else {
        try call.delete(Replay.self, replay.name)
        return
      }
      try advance(&replay, now, call)
      try call.put(replay)
      try call.schedule(step, for: queue, key: replay.name, at: replay.state.isActive ? now : now + kept)
    }
  }

  private static func advance(_ replay: inout Replay, _ now: Timestamp, _ call: Call<EventBridge>) throws {
    if replay.state == .cancelling { return end(&replay, .cancelled, now) }
    guard let archive = try call.get(Archive.self, replay.archive), archive.id == replay.archiveID else {
      return end(&replay, .failed, now, "Archive \(replay.archive) has been deleted.")
    }
    guard try replay.bus == EventBus.standard || call.get(EventBus.self, replay.bus) != nil else {
      return end(&replay, .failed, now, "Event bus \(replay.bus) does not exist.")
    }
    replay.state = .running
    let after = CatalogCursor(key: replay.position ?? ArchivedEvent.start(archive.id, replay.start))
    let page = try call.transaction.page(
      ArchivedEvent.self, in: call.partition, prefix: ArchivedEvent.prefix(archive.id), after: after, limit: batch)
    let only = replay.destination.filterArns.flatMap { $0.isEmpty ? nil : Set($0.compactMap { Rule.key(arn: $0) }) }
    for kept in page.items {
      guard kept.event.time < replay.end else { return end(&replay, .completed, now) }
      replay.position = kept.key
      if let expiry = archive.expiry(of: kept.ingested), expiry <= now { continue }
      var event = kept.event
      event.replayName = replay.name
      try call.room.route(Routed(event: event, hops: 0, ingested: now), bus: replay.bus, in: call.partition, call.transaction, only: only)
      replay.lastReplayed = event.time
    }
    if page.next == nil { end(&replay, .completed, now) }
  }

  private static func end(_ replay: inout Replay, _ state: Replay.State, _ now: Timestamp, _ reason: String? = nil) {
    replay.state = state
    replay.stateReason = reason
    replay.ended = now
  }
}

extension Rule {
  /// The key of the rule that the ARN names: `rule/NAME` or `rule/BUS/NAME`, where a bus's own name may hold slashes.
  static func key(arn text: String) -> String? {
    guard let arn = ARN(text), arn.service == "events", arn.resourceType == "rule" else { return nil }
    let name = arn.resourceName
    guard let slash = name.lastIndex(of: "/") else { return key(EventBus.standard, name) }
    return key(String(name[..<slash]), String(name[name.index(after: slash)...]))
  }
}
