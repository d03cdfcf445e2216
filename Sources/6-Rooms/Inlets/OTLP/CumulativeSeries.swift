import ServiceKit
import Synchronization
import Telemetry
import Time

/// The last point of each series whose points count from its beginning, so that they can be turned into what was counted in between.
///
/// Kept in memory, and on disk from an orderly stop to the next start. After a crash the first point of a series that began before is where
/// counting begins, and what was counted since its last point before is not stored. Source: OpenTelemetry Metrics Data Model, "Resets and Gaps"; the collector's
/// cumulativetodelta processor with `initial_value: auto`, which the CloudWatch agent uses.
final class CumulativeSeries: Sendable {
  struct Key: Hashable, Codable, Sendable {
    var namespace: String
    var name: String
    var attributes: [OTLPAttribute]
  }
  enum Value: Codable, Sendable {
    case number(Double)
    case histogram(OTLPHistogramPoint)
    case summary(count: UInt64, sum: Double)
  }
  struct Point: Codable, Sendable {
    /// Nanoseconds since 1970.
    var start: UInt64
    var time: UInt64
    var value: Value
  }
  enum Step: Sendable {
    /// The series began when nobody listened: counting begins here.
    case baseline
    /// The series began with this point, or anew.
    case whole
    case since(Value)
    /// The point was there before, or comes too late.
    case old
    case full
  }
  /// What a request has changed, for the case that it can not be stored.
  struct Change: Sendable {
    var key: Key
    var before: Entry?
  }
  struct Entry: Codable, Sendable {
    var point: Point
    var seen: Int64
  }
  private struct State: Sendable {
    var entries: [Key: Entry] = [:]
    /// A series that began before may have been counted by somebody or forgotten here. Nanoseconds since 1970.
    var listeningSince: UInt64
    /// What was handed over for the next start must not go on here.
    var isOver = false
  }
  static let most = 200_000
  private static let life: Int64 = 3_600
  private let state: Mutex<State>

  init(listeningSince: Timestamp) {
    state = Mutex(State(listeningSince: UInt64(clamping: listeningSince.microseconds) &* 1_000))
  }

  var count: Int { state.withLock { $0.entries.count } }

  func advance(_ key: Key, _ point: Point, now: Timestamp, _ changes: inout [Change]) -> Step {
    let (step, change) = state.withLock { state in Self.advance(&state, key, point, now) }
    if let change { changes.append(change) }
    return step
  }

  /// Whether points can be taken.
  var isOver: Bool { state.withLock { $0.isOver } }

  /// Everything there is, for the next start; nothing is taken afterwards.
  func handOver() -> [(Key, Entry)] {
    state.withLock { state in
      state.isOver = true
      defer { state.entries = [:] }
      return state.entries.map { ($0.key, $0.value) }
    }
  }

  func restore(_ entries: [(Key, Entry)]) {
    state.withLock { state in
      for (key, entry) in entries where state.entries.count < Self.most { state.entries[key] = entry }
    }
  }

  private static func advance(_ state: inout State, _ key: Key, _ point: Point, _ now: Timestamp) -> (Step, Change?) {
    guard let before = state.entries[key] else {
      if state.entries.count >= most { forget(&state, now) }
      if state.entries.count >= most { return (.full, nil) }
      state.entries[key] = Entry(point: point, seen: now.seconds)
      return (point.start > 0 && point.start >= state.listeningSince ? .whole : .baseline, Change(key: key, before: nil))
    }
    let isNew = point.start > before.point.start
    if point.time <= before.point.time, !isNew { return (.old, nil) }
    state.entries[key] = Entry(point: point, seen: now.seconds)
    return (isNew && before.point.start > 0 ? .whole : .since(before.point.value), Change(key: key, before: before))
  }

  private static func forget(_ state: inout State, _ now: Timestamp) {
    let before = state.entries.count
    state.entries = state.entries.filter { $0.value.seen > now.seconds - life }
    // One that comes back must not be counted from its beginning again.
    if state.entries.count < before { state.listeningSince = UInt64(clamping: now.microseconds) &* 1_000 }
  }

  /// Takes a request's changes back, the last first: it will come again.
  func undo(_ changes: [Change]) {
    state.withLock { state in
      for change in changes.reversed() { state.entries[change.key] = change.before }
    }
  }
}
