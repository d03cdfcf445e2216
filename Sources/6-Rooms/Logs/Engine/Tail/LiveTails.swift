import FilterPattern
import JSON
import Series
import Store
import Synchronization
import Time
import Wire

/// The sessions of StartLiveTail: each gets the events that match as they are appended, a bundle each second.
final class LiveTails: Sendable {
  /// What a session follows.
  struct Wish: Sendable {
    /// By the groups' ids, how the caller named them.
    var groups: [String: String]
    var streams: Set<String>?
    var prefixes: [String]?
    var pattern: FilterPattern?

    func follows(_ stream: String) -> Bool {
      if let streams { return streams.contains(stream) }
      if let prefixes { return prefixes.contains { stream.hasPrefix($0) } }
      return true
    }
  }
  fileprivate struct Session {
    var wish: Wish
    var partition: Partition
    var results: [JSONValue] = []
    /// Events that matched since the last bundle.
    var matched = 0
    var end: @Sendable () -> Void
  }
  /// Events of a bundle. Source: Amazon CloudWatch Logs API Reference, StartLiveTail.
  static let mostEvents = 500
  private let sessions = Mutex<[String: Session]>([:])
  private let hasEnded = Mutex(false)

  /// False when there are too many of the partition, or the server stops.
  func begin(_ id: String, _ wish: Wish, in partition: Partition, most: Int, end: @escaping @Sendable () -> Void) -> Bool {
    sessions.withLock { sessions in
      guard !hasEnded.withLock({ $0 }), sessions.values.count(where: { $0.partition == partition }) < most else { return false }
      sessions[id] = Session(wish: wish, partition: partition, end: end)
      return true
    }
  }

  func end(_ id: String) { sessions.withLock { $0.removeValue(forKey: id) }?.end() }

  /// Ends all sessions; none begins any more.
  func endAll() {
    let all = sessions.withLock { sessions in
      hasEnded.withLock { $0 = true }
      defer { sessions = [:] }
      return sessions.values.map(\.end)
    }
    for end in all { end() }
  }

  /// Hands events to whoever follows them. Of more than fit a bundle each has the same chance to be in it.
  func offer(_ events: [LogEvent], _ stored: LogAppend, stream: String, group: OpenGroup) {
    sessions.withLock { sessions in
      for (id, session) in sessions {
        guard let identifier = session.wish.groups[group.id], session.wish.follows(stream) else { continue }
        for event in events where session.wish.pattern?.matches(event.message) ?? true {
          sessions[id]?.add(event, stored, stream, identifier)
        }
      }
    }
  }

  /// The bundle since the last; nil when the session has ended.
  func take(_ id: String) -> EventStreamMessage? {
    sessions.withLock { sessions in
      guard let session = sessions[id] else { return nil }
      sessions[id]?.results = []
      sessions[id]?.matched = 0
      return EventStreamMessage(
        .event, "sessionUpdate",
        [
          "sessionMetadata": ["sampled": .bool(session.matched > session.results.count)],
          "sessionResults": .array(session.results.sorted { ($0["timestamp"]?.int ?? 0) < ($1["timestamp"]?.int ?? 0) }),
        ])
    }
  }
}

extension LiveTails.Session {
  fileprivate mutating func add(_ event: LogEvent, _ stored: LogAppend, _ stream: String, _ identifier: String) {
    matched += 1
    var place = results.count
    if place >= LiveTails.mostEvents {
      // Reservoir sampling.
      place = Int.random(in: 0..<matched)
      guard place < LiveTails.mostEvents else { return }
    }
    let result: JSONValue = [
      "logStreamName": .string(stream), "logGroupIdentifier": .string(identifier),
      "message": .string(String(decoding: event.message, as: UTF8.self)), "timestamp": .int(event.timestamp.milliseconds),
      "ingestionTime": .int(stored.ingestedAt.milliseconds),
    ]
    if place == results.count { results.append(result) } else { results[place] = result }
  }
}
