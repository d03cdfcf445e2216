import Synchronization
import Time

extension LogEngine {
  /// Blocks to look at and the streams they are of.
  private struct Plan {
    var number: UInt32?
    var names: [String] = []
    var blocks: [(block: LogBlock, stream: Int)] = []
  }

  static func lower(_ from: Timestamp?) -> LogEventID {
    guard let from else { return LogEventID(time: .min, sequence: 0) }
    // An instant within a millisecond is behind the events of that millisecond.
    let time = from.milliseconds
    return LogEventID(time: from.microseconds > time &* 1_000 ? time + 1 : time, sequence: 0)
  }

  static func upper(_ to: Timestamp?) -> LogEventID { to.map { lower($0) } ?? LogEventID(time: .max, sequence: .max) }

  private func plan(
    _ group: String, _ streams: Set<String>?, _ lower: LogEventID, _ upper: LogEventID, forward: Bool
  ) throws(SeriesFault) -> Plan {
    var plan = try state.withLock { state throws(SeriesFault) -> Plan in
      try Self.load(group, directory, &state)
      guard let found = state.groups[group] else { return Plan() }
      var plan = Plan(number: found.number)
      func take(_ name: String, _ stream: LogStreamState) {
        let place = plan.names.count
        plan.names.append(name)
        for blocks in [stream.moved, stream.fresh] {
          for block in blocks where !(block.last < lower) && block.first < upper { plan.blocks.append((block, place)) }
        }
      }
      if let streams {
        for name in streams { if let stream = found.streams[name] { take(name, stream) } }
      } else {
        for (name, stream) in found.streams { take(name, stream) }
      }
      return plan
    }
    if forward { plan.blocks.sort { $0.block.first < $1.block.first } } else { plan.blocks.sort { $1.block.last < $0.block.last } }
    return plan
  }

  /// Files that vanish while they are read were moved or deleted: the reading begins again with what is known then.
  private func again<Result>(_ work: () throws(SeriesFault) -> Result?) throws(SeriesFault) -> Result {
    for _ in 0..<8 { if let result = try work() { return result } }
    throw SeriesFault("Files of log events are gone that should be there, or are moved again and again while they are read.")
  }

  /// A page of one stream's events.
  ///
  /// - Parameters:
  ///   - from: the first instant that counts.
  ///   - to: the first instant that no longer counts.
  ///   - position: where to begin; without one forward reading begins with the first event, backward reading with the last.
  ///   - limit: events at most.
  ///   - unmasked: marked bytes are answered as they are, not as `*`.
  ///   - byteLimit: bytes of messages, with 26 for each event, that end the page; one event is answered in any case.
  package func read(
    group: String, stream: String, from: Timestamp?, to: Timestamp?, position: LogPosition?, forward: Bool, limit: Int, byteLimit: Int,
    unmasked: Bool = false
  ) throws(SeriesFault) -> LogPage {
    var (lower, upper) = (Self.lower(from), Self.upper(to))
    if let position, forward { lower = max(lower, position.id) }
    if let position, !forward { upper = min(upper, position.id) }
    let (low, high) = (lower, upper)
    let events = try again { () throws(SeriesFault) -> [StoredLogEvent]? in
      let plan = try plan(group, [stream], low, high, forward: forward)
      var selection = LogSelection(lower: low, upper: high, forward: forward, limit: limit, byteLimit: byteLimit)
      let slabs = LogOpenSlabs(self, group, plan.number)
      let loader = LogBlockLoader(plan.blocks.map(\.block), journal: journal, files: files, folder: plan.number.map(folder), keys: keys)
      for (place, entry) in plan.blocks.enumerated() {
        if selection.isFull(before: forward ? entry.block.first : entry.block.last) { break }
        guard try take(entry, place, loader, slabs, &selection, unmasked, { _ in true }) else { return nil }
      }
      slabs.keepLast()
      return Self.events(selection.finish(), plan.names)
    }
    let begin = position ?? LogPosition(before: lower)
    return LogPage(
      events: events, forwardPosition: events.last.map { .after($0.id) } ?? begin,
      backwardPosition: events.first.map { .before($0.id) } ?? begin)
  }

  /// Gives a block's events to the selection. What is damaged is told and left out. False when the file is no longer there.
  private func take(
    _ entry: (block: LogBlock, stream: Int), _ place: Int, _ loader: LogBlockLoader, _ slabs: LogOpenSlabs,
    _ selection: inout LogSelection, _ unmasked: Bool,
    _ matches: (UnsafeRawBufferPointer) -> Bool
  ) throws(SeriesFault) -> Bool {
    do throws(SeriesFault) {
      return try read(entry, place, loader, slabs, &selection, unmasked, matches)
    } catch {
      guard error.isDamage else { throw error }
      damage.report(error)
      return true
    }
  }

  private func read(
    _ entry: (block: LogBlock, stream: Int), _ place: Int, _ loader: LogBlockLoader, _ slabs: LogOpenSlabs,
    _ selection: inout LogSelection, _ unmasked: Bool,
    _ matches: (UnsafeRawBufferPointer) -> Bool
  ) throws(SeriesFault) -> Bool {
    let block = entry.block
    guard block.isColumns else {
      guard var reader = try loader.reader(place) else { return false }
      selection.take(&reader, stream: entry.stream, unmasked: unmasked, where: matches)
      if reader.isBroken { throw loader.damaged(place) }
      return true
    }
    guard let slab = try slabs.slab(block) else { return false }
    let rows = Int(block.row)..<Int(block.row + block.count)
    guard rows.upperBound <= slab.reader.head.rows else { throw slab.reader.damaged }
    try selection.take(slab, rows, stream: entry.stream, unmasked: unmasked, where: matches)
    return true
  }

  private static func events(_ items: [LogSelection.Item], _ names: [String]) -> [StoredLogEvent] {
    items.map {
      StoredLogEvent(
        id: $0.id, stream: names[$0.stream], timestamp: Timestamp(milliseconds: $0.id.time),
        ingestedAt: Timestamp(milliseconds: $0.ingested), message: $0.message)
    }
  }

  /// Events over a group's streams that match, merged by time and id.
  ///
  /// Ends at the limit, at `resultBytes` of found messages, or, having made headway, after `byteBudget` bytes read; `next` says
  /// where to go on. Many streams that all have events of one time are all looked at however small the budget is.
  /// - Parameters:
  ///   - streams: nil for all.
  ///   - from: the first instant that counts.
  ///   - to: the first instant that no longer counts.
  ///   - unmasked: marked bytes are seen and answered as they are, not as `*`.
  ///   - matches: sees each message's bytes, some more than once.
  package func scan(
    group: String, streams: Set<String>?, from: Timestamp?, to: Timestamp?, after: LogPosition?, limit: Int, byteBudget: Int,
    resultBytes: Int = 1 << 20, unmasked: Bool = false, where matches: (UnsafeRawBufferPointer) -> Bool
  ) throws(SeriesFault) -> LogScan {
    let (start, upper) = (Self.lower(from), Self.upper(to))
    let lower = after.map { max(start, $0.id) } ?? start
    return try again { () throws(SeriesFault) -> LogScan? in
      let plan = try plan(group, streams, lower, upper, forward: true)
      var selection = LogSelection(lower: lower, upper: upper, forward: true, limit: limit, byteLimit: resultBytes)
      let slabs = LogOpenSlabs(self, group, plan.number)
      let loader = LogBlockLoader(plan.blocks.map(\.block), journal: journal, files: files, folder: plan.number.map(folder), keys: keys)
      var (scanned, cut, isFull) = (0, LogEventID?.none, false)
      for (place, entry) in plan.blocks.enumerated() {
        if selection.isFull(before: entry.block.first) {
          isFull = true
          break
        }
        if scanned >= byteBudget, lower < entry.block.first {
          cut = entry.block.first
          break
        }
        guard try take(entry, place, loader, slabs, &selection, unmasked, matches) else { return nil }
        scanned += Int(entry.block.isColumns ? entry.block.share : entry.block.length)
      }
      let found = Self.events(selection.finish(before: cut), plan.names)
      var next = cut.map { LogPosition(before: $0) }
      if let last = found.last, isFull || selection.hasMore { next = .after(last.id) }
      return LogScan(events: found, next: next, scannedBytes: scanned)
    }
  }

  /// The event of a group at the place that `@ptr` of a query names (`EventPointer.location`); nil when there is none.
  package func event(group: String, location: UInt64, unmasked: Bool = false) throws(SeriesFault) -> StoredLogEvent? {
    let (lower, upper) = (Self.lower(nil), Self.upper(nil))
    return try again { () throws(SeriesFault) -> StoredLogEvent?? in
      var plan = try plan(group, nil, lower, upper, forward: true)
      plan.blocks.removeAll { $0.block.firstSequence > location || $0.block.lastSequence < location }
      let loader = LogBlockLoader(plan.blocks.map(\.block), journal: journal, files: files, folder: plan.number.map(folder), keys: keys)
      let slabs = LogOpenSlabs(self, group, plan.number)
      for (place, entry) in plan.blocks.enumerated() {
        var selection = LogSelection(
          lower: entry.block.first, upper: entry.block.last.next, forward: true, limit: .max / 4, byteLimit: .max / 4, only: location)
        guard try take(entry, place, loader, slabs, &selection, unmasked, { _ in true }) else { return nil }
        if let found = Self.events(selection.finish(), plan.names).first { return .some(found) }
      }
      return .some(nil)
    }
  }

  /// Blocks of columns that a group has.
  package func blockCount(group: String) -> Int { state.withLock { $0.groups[group]?.slabs.count ?? 0 } }
}
