import LogsInsights
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
      let query = LogQuery(plan, units, groups: groups.count, skipped: skipped, pool: pool)
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
    try state.withLock { state throws(SeriesFault) in
      try Self.load(group.group, directory, &state)
      guard let known = state.groups[group.group] else { return }
      number = known.number
      for (name, stream) in known.streams {
        let isWanted = wanted?.contains(name) ?? true
        for block in stream.moved + stream.fresh
        where ranges.contains(where: { block.lastTime >= $0.lowerBound && block.firstTime < $0.upperBound }) {
          if isWanted {
            found.append((name, block))
          } else {
            skipped.records += Double(block.count)
            skipped.bytes += Double(block.length)
          }
        }
      }
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
    var memory: [UInt8] = []
    for part in parts {
      if memory.count < Int(part.block.length) { memory = [UInt8](repeating: 0, count: Int(part.block.length)) }
      let isGoing = try memory.withUnsafeMutableBytes { memory in
        let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<Int(part.block.length)])
        do throws(SeriesFault) { try file.read(at: Int(part.block.offset), into: bytes) } catch {
          turn.report(error)
          return true
        }
        return try scan(part, UnsafeRawBufferPointer(bytes), opener, turn)
      }
      if !isGoing { break }
    }
    return (0, 0)
  }

  private func scan(_ part: Part, _ bytes: UnsafeRawBufferPointer, _ opener: LogOpener, _ turn: LogQueryTurn) throws -> Bool {
    guard let header = FrameHeader(bytes, at: 0), let body = header.body(bytes, at: 0) else {
      turn.report(SeriesFault("\(file.path) is damaged at byte \(part.block.offset): a block of events is left out."))
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
