import FilterPattern
import Series
import Time

/// A search over a group's events by a filter pattern, a page at a time, from the oldest or from the newest.
struct EventSearch {
  /// Bytes read for one page.
  private static let budget = 32 << 20
  let engine: LogEngine
  let group: String
  var streams: Set<String>?
  var from: Timestamp?
  /// The first instant that no longer counts.
  var to: Timestamp?
  var pattern: FilterPattern?
  var limit: Int
  var unmasked: Bool

  private func scan(_ from: Timestamp?, _ to: Timestamp?, _ after: LogPosition?, _ limit: Int) throws(SeriesFault) -> LogScan {
    try engine.scan(
      group: group, streams: streams, from: from, to: to, after: after, limit: limit, byteBudget: Self.budget, unmasked: unmasked,
      where: { bytes in pattern?.matches(bytes.bindMemory(to: UInt8.self)) ?? true })
  }

  func forward(after: LogPosition?) throws(SeriesFault) -> (events: [StoredLogEvent], next: String?) {
    let found = try scan(from, to, after, limit)
    return (found.events, found.next.map { "\($0)" })
  }

  /// The newest first. It looks through windows of time that double in length, until enough is found, all was seen or the budget is spent.
  ///
  /// - Parameter end: nothing at or behind this event counts.
  func backward(before end: LogEventID?) throws(SeriesFault) -> (events: [StoredLogEvent], next: String?) {
    let infos = engine.streams(group: group).filter { streams?.contains($0.name) ?? true }
    guard let first = infos.compactMap(\.firstEvent).min(), let last = infos.compactMap(\.lastEvent).max() else { return ([], nil) }
    let floor = max(from ?? first, first)
    var upper = min(to ?? .distantFuture, last + .milliseconds(1))
    if let end { upper = min(upper, end.timestamp + .milliseconds(1)) }
    var window = Duration.seconds(60)
    var (found, scanned) = ([StoredLogEvent](), 0)
    while upper > floor, found.count < limit, scanned < Self.budget {
      let lower = max(floor, upper - window)
      let (events, bytes) = try tail(limit - found.count, from: lower, to: upper, before: end)
      found += events.reversed()
      scanned += bytes
      upper = lower
      window = window * 2
    }
    let isOver = upper <= floor && found.count < limit
    if isOver { return (found, nil) }
    if found.count >= limit, let oldest = found.last { return (found, "\(oldest.id)") }
    return (found, "\(LogPosition.before(LogEventID(first: upper)))")
  }

  /// The last events of a window, oldest first.
  private func tail(
    _ count: Int, from: Timestamp, to: Timestamp, before end: LogEventID?
  ) throws(SeriesFault) -> (events: [StoredLogEvent], bytes: Int) {
    var (kept, bytes, after) = ([StoredLogEvent](), 0, LogPosition?.none)
    repeat {
      let page = try scan(from, to, after, 10_000)
      kept += page.events.filter { event in end.map { event.id < $0 } ?? true }
      if kept.count > count { kept.removeFirst(kept.count - count) }
      bytes += page.scannedBytes
      after = page.next
    } while after != nil
    return (kept, bytes)
  }
}
