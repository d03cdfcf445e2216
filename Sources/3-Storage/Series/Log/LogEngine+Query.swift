import LogsInsights
import SeriesC
import Synchronization
import Time

extension LogEngine {
  /// Runs a compiled query over groups; answers at once.
  ///
  /// - Parameters:
  ///   - from: the first millisecond since 1970 that counts. With `diff` the plan's former time range is read as well.
  ///   - to: the first that no longer counts.
  ///   - unmasked: marked bytes are seen as they are, not as `*`.
  package func query(
    plan: LogsInsights.Plan, groups: [LogQueryGroup], from: Int64, to: Int64, unmasked: Bool = false
  ) throws(SeriesFault) -> LogQuery {
    var ranges = from < to ? [from..<to] : []
    if let previous = plan.previousRange, !previous.isEmpty { ranges.append(previous) }
    for _ in 0..<8 {
      var units: [any LogQueryUnit] = []
      var skipped = (records: 0.0, bytes: 0.0)
      var isWhole = true
      for (place, group) in groups.enumerated() where isWhole {
        isWhole = try gather(plan, group, place, ranges, unmasked, &units, &skipped)
      }
      // Files that vanished were moved or deleted meanwhile: the query is planned anew.
      if !isWhole { continue }
      let query = LogQuery(plan, units, groups: groups.count, skipped: skipped, pool: pool, damage: damage)
      query.start()
      return query
    }
    throw SeriesFault("The events were moved again and again while a query began.")
  }

  /// Adds what is to be read of a group. False when files vanished.
  private func gather(
    _ plan: LogsInsights.Plan, _ group: LogQueryGroup, _ place: Int, _ ranges: [Range<Int64>], _ unmasked: Bool,
    _ units: inout [any LogQueryUnit], _ skipped: inout (records: Double, bytes: Double)
  ) throws(SeriesFault) -> Bool {
    var wanted = group.streams
    if let named = plan.prefilter.streams { wanted = wanted.map { $0.intersection(named) } ?? named }
    var number: UInt32?
    var found: [(stream: String, block: LogBlock)] = []
    var slabs: [(place: SlabPlace, slab: LogSlab, rows: [Range<UInt32>]?)] = []
    try state.withLock { state throws(SeriesFault) in
      try Self.load(group.group, directory, &state)
      guard let known = state.groups[group.group] else { return }
      number = known.number
      Self.slabs(known, wanted, ranges, &slabs, &skipped)
      for (name, stream) in known.streams {
        let isWanted = wanted?.contains(name) ?? true
        let old = known.hasRowBlocks ? stream.moved.filter { !$0.isColumns } : []
        for blocks in [old, stream.fresh] {
          for block in blocks where ranges.contains(where: { block.lastTime >= $0.lowerBound && block.firstTime < $0.upperBound }) {
            if isWanted {
              found.append((name, block))
            } else {
              skipped.records += Double(block.count)
              skipped.bytes += Double(block.length)
            }
          }
        }
      }
    }
    for entry in slabs {
      guard let number, let file = try files.file("\(folder(number))/segment-\(entry.place.file)") else { return false }
      units.append(
        SlabUnit(
          engine: self, file: file, place: entry.place, slab: entry.slab, number: number, group: place, source: group, ranges: ranges,
          rows: entry.rows, unmasked: unmasked))
    }
    var origins: [String: LogOrigin] = [:]
    found.sort {
      ($0.block.isInJournal ? 1 : 0, $0.block.file, $0.block.offset) < ($1.block.isInJournal ? 1 : 0, $1.block.file, $1.block.offset)
    }
    var start = 0
    while start < found.count {
      let first = found[start].block
      var (end, bytes) = (start, 0)
      while end < found.count, found[end].block.file == first.file, found[end].block.isInJournal == first.isInJournal, bytes < 4 << 20 {
        if end > start, found[end].block.offset - first.offset > 8 << 20 { break }
        bytes += Int(found[end].block.length)
        end += 1
      }
      let opened =
        first.isInJournal
        ? journal.file(first.file)
        : try number.map { number throws(SeriesFault) in try files.file("\(folder(number))/segment-\(first.file)") } ?? nil
      guard let opened else { return false }
      var parts: [LogRowUnit.Part] = []
      for entry in found[start..<end] {
        let origin = origins[entry.stream] ?? LogOrigin(log: group.log, stream: entry.stream, attributes: group.attributes)
        origins[entry.stream] = origin
        parts.append(LogRowUnit.Part(block: entry.block, origin: origin))
      }
      units.append(LogRowUnit(file: opened, group: place, parts: parts, ranges: ranges, unmasked: unmasked, keys: keys))
      start = end
    }
    return true
  }
}

extension LogEngine {
  /// Blocks of columns to be read, and which of their rows.
  private static func slabs(
    _ known: LogGroupState, _ wanted: Set<String>?, _ ranges: [Range<Int64>],
    _ slabs: inout [(place: SlabPlace, slab: LogSlab, rows: [Range<UInt32>]?)], _ skipped: inout (records: Double, bytes: Double)
  ) {
    var rows: [SlabPlace: [Range<UInt32>]] = [:]
    for name in wanted ?? [] {
      for block in known.streams[name]?.moved ?? [] where block.isColumns {
        guard ranges.contains(where: { block.lastTime >= $0.lowerBound && block.firstTime < $0.upperBound }) else { continue }
        rows[block.slab, default: []].append(block.row..<(block.row + block.count))
      }
    }
    for (place, slab) in known.slabs {
      guard ranges.contains(where: { slab.lastTime >= $0.lowerBound && slab.firstTime < $0.upperBound }) else { continue }
      let chosen = wanted == nil ? nil : rows[place]
      if wanted == nil || chosen != nil { slabs.append((place, slab, chosen)) }
      let count = Double(chosen.map { $0.reduce(0) { $0 + $1.count } } ?? (wanted == nil ? Int(slab.live) : 0))
      skipped.records += Double(slab.live) - count
      skipped.bytes += slab.rows == 0 ? 0 : Double(slab.rawBytes) * (Double(slab.live) - count) / Double(slab.rows)
    }
    slabs.sort { $0.slab.firstTime < $1.slab.firstTime }
  }
}

/// Blocks of events that lie one after the other in a journal, or in a segment of the first format.
struct LogRowUnit: LogQueryUnit {
  struct Part: Sendable {
    var block: LogBlock
    var origin: LogOrigin
  }
  let file: DataFile
  let group: Int
  let parts: [Part]
  let ranges: [Range<Int64>]
  let unmasked: Bool
  let keys: LogKeys

  var lastTime: Int64 { parts.reduce(.min) { max($0, $1.block.lastTime) } }
  var records: Int { parts.reduce(0) { $0 + Int($1.block.count) } }
  var bytes: Int { parts.reduce(0) { $0 + Int($1.block.length) } }

  func run(_ turn: LogQueryTurn) throws -> (records: Int, bytes: Int) {
    let opener = LogOpener(keys, keepsAll: false)
    guard let first = parts.first, let last = parts.last else { return (0, 0) }
    let base = Int(first.block.offset)
    var memory = [UInt8](repeating: 0, count: max(0, Int(last.block.offset) + Int(last.block.length) - base))
    do {
      try memory.withUnsafeMutableBytes { memory in Result { () throws(SeriesFault) in try file.read(at: base, into: memory) } }.get()
    } catch {
      turn.report(error)
      return (records, bytes)
    }
    var skipped = (records: 0, bytes: 0)
    let (literals, isNewest) = (turn.plan.prefilter.literals, turn.plan.newestFirst)
    try memory.withUnsafeBytes { memory in
      for part in isNewest ? parts.reversed() : parts {
        let start = Int(part.block.offset) - base
        let bytes = UnsafeRawBufferPointer(rebasing: memory[start..<(start + Int(part.block.length))])
        // Of old events, and of blocks without what is looked for, nothing is needed.
        let isOld = isNewest && turn.cutoff.map { part.block.lastTime < $0 } ?? false
        if isOld || !Self.mayHold(literals, bytes) {
          skipped = (skipped.records + Int(part.block.count), skipped.bytes + Int(part.block.length))
        } else if !(try scan(part, bytes, opener, turn)) {
          return
        }
      }
    }
    return skipped
  }

  /// False when the block lacks one of the texts; sealed and marked ones may have any.
  private static func mayHold(_ literals: [[UInt8]], _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard !literals.isEmpty, FrameHeader(bytes, at: 0)?.kind == LogFrame.events else { return true }
    return literals.allSatisfy { literal in
      literal.withUnsafeBytes { series_find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) != nil }
    }
  }

  private func scan(_ part: Part, _ bytes: UnsafeRawBufferPointer, _ opener: LogOpener, _ turn: LogQueryTurn) throws -> Bool {
    guard let header = FrameHeader(bytes, at: 0), let body = header.body(bytes, at: 0) else {
      turn.report(.damage("\(file.path) is damaged at byte \(part.block.offset): a block of events is left out."))
      return true
    }
    let opened: (FrameHeader, UnsafeRawBufferPointer)?
    do throws(SeriesFault) { opened = try opener.open(header, body) } catch {
      turn.report(error)
      return true
    }
    guard let (inner, plain) = opened, var reader = LogBlockReader(inner, plain) else {
      turn.report(SeriesFault("\(file.path) can not be read at byte \(part.block.offset): a block of events is left out."))
      return true
    }
    return try turn.give { scan in
      while let record = reader.next() {
        guard ranges.contains(where: { $0.contains(record.id.time) }) else { continue }
        if record.marks.isEmpty || unmasked {
          try add(record, record.message.bindMemory(to: UInt8.self), part.origin, scan)
        } else {
          try LogMarks.masked(record.message, record.marks).withUnsafeBufferPointer { try add(record, $0, part.origin, scan) }
        }
      }
    }
  }

  private func add(_ record: LogRecord, _ message: UnsafeBufferPointer<UInt8>, _ origin: LogOrigin, _ scan: Scan) throws {
    try scan.add(message: message, timestamp: record.id.time, ingestionTime: record.ingested, origin: origin, location: record.id.sequence)
  }
}
