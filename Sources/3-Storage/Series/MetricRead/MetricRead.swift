import Dispatch
import Foundation
import Synchronization

/// A series that a read is of.
struct MetricSource: Sendable {
  /// Of the key or handle asked for.
  var place: Int
  var key: UInt64
  var unit: String?
  var number: UInt32 { UInt32(truncatingIfNeeded: key) }
}

enum MetricRead {
  static let cores = max(1, ProcessInfo.processInfo.activeProcessorCount)
  /// Entries of columns that one thread has in memory at once.
  static let entries = 1 << 19
  /// Periods of one read.
  static let steps = 4_000_000
  /// Series of a read that keeps the blocks it expands: those of many would push out what is asked for again and again.
  static let few = 32
}

/// What there is at one moment. Heads may get more samples afterwards; files are open, so that they stay.
private struct MetricSnapshot: Sendable {
  var heads: [MetricHead]
  var files: [MetricBlockCache.Open]
  /// Where blocks are kept; nil for a read of many series.
  var plain: MetricPlainBlocks?
}

extension MetricEngine {
  /// The threads take parts of the series, in the order of their sort keys, so that a block is read once by each that needs it.
  func read(
    _ sources: [MetricSource], _ grid: MetricGrid, need: MetricNeed, threads: Int, _ body: (MetricColumn) -> Void
  ) throws(SeriesFault) {
    guard grid.steps <= MetricRead.steps else {
      throw SeriesFault("A read of \(grid.steps) periods is larger than the \(MetricRead.steps) that are answered at once.")
    }
    if sources.isEmpty || grid.steps == 0 { return }
    let snapshot = try snapshot(grid, plain: sources.count <= MetricRead.few ? cache.plain : nil)
    let sources = sources.sorted { $0.key < $1.key }
    let columns = 1 + [MetricNeed.sum, .min, .max, .sketch].filter { need.contains($0) }.count
    let most = min(max(1, MetricRead.entries / (grid.steps * columns)), max(1, (sources.count + threads * 4 - 1) / (threads * 4)))
    let parts = stride(from: 0, to: sources.count, by: most).map { sources[$0..<min(sources.count, $0 + most)] }
    if parts.count == 1 || threads == 1 {
      for part in parts { try self.part(part, grid, need, snapshot, body) }
      return
    }
    let fault = Mutex<SeriesFault?>(nil)
    withoutActuallyEscaping(body) { body in
      // The caller's closure is one that several threads may run.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: parts.count) { place in
        if fault.withLock({ $0 != nil }) { return }
        do throws(SeriesFault) { try part(parts[place], grid, need, snapshot, body) } catch { fault.withLock { $0 = $0 ?? error } }
      }
    }
    if let fault = fault.withLock({ $0 }) { throw fault }
  }

  private func snapshot(_ grid: MetricGrid, plain: MetricPlainBlocks?) throws(SeriesFault) -> MetricSnapshot {
    for _ in 0..<8 {
      let (heads, blocks) = state.withLock { state in
        ([state.recovered] + state.moving.map(\.head) + [state.head], state.blocks)
      }
      var files: [MetricBlockCache.Open] = []
      var isGone = false
      for block in blocks {
        let first = Int64(block.day) * MetricTime.day
        guard first + MetricTime.day > grid.start, first < grid.end else { continue }
        if let open = try cache.open(block) { files.append(open) } else { isGone = true }
      }
      if !isGone { return MetricSnapshot(heads: heads.filter { !$0.isEmpty }, files: files, plain: plain) }
    }
    throw SeriesFault("The samples were moved again and again while they were read.")
  }

  private func part(
    _ sources: ArraySlice<MetricSource>, _ grid: MetricGrid, _ need: MetricNeed, _ snapshot: MetricSnapshot, _ body: (MetricColumn) -> Void
  ) throws(SeriesFault) {
    var sums = sources.map { MetricSum(MetricColumn(place: $0.place, unit: $0.unit, steps: grid.steps, need: need), grid) }
    if !snapshot.files.isEmpty {
      let reader = readers.take()
      defer { readers.give(reader) }
      for file in snapshot.files { try Self.add(file, snapshot.plain, sources, &sums, grid, reader) }
    }
    var column = PlainColumn()
    for (place, source) in sources.enumerated() {
      for head in snapshot.heads {
        column.removeAll()
        let rich = state.withLock { _ -> [MetricPoint] in
          head.copy(source.number, to: &column)
          return head.rich.isEmpty ? [] : head.rich[source.number] ?? []
        }
        column.seconds.withUnsafeBufferPointer { seconds in
          column.values.withUnsafeBufferPointer { sums[place].add(seconds, $0) }
        }
        for point in rich { sums[place].add(point) }
      }
      if sums[place].hasSamples { body(sums[place].column) }
    }
  }

  private static func add(
    _ file: MetricBlockCache.Open, _ plain: MetricPlainBlocks?, _ sources: ArraySlice<MetricSource>, _ sums: inout [MetricSum],
    _ grid: MetricGrid, _ reader: MetricBlockReader
  ) throws(SeriesFault) {
    guard let first = sources.first?.key, let last = sources.last?.key else { return }
    var block = file.index.place(first)
    var next = sources.startIndex
    while block < file.index.entries.count, file.index.entries[block].first <= last, next < sources.endIndex {
      let entry = file.index.entries[block]
      block += 1
      while next < sources.endIndex, sources[next].key < entry.first { next += 1 }
      guard next < sources.endIndex, sources[next].key <= entry.last, Int64(entry.latest) >= grid.start, Int64(entry.earliest) < grid.end
      else { continue }
      if let plain {
        try reader.open(file.file, entry, from: plain, .init(file: file.number, offset: entry.offset))
      } else {
        try reader.open(file.file, entry)
      }
      var place = next
      while place < sources.endIndex {
        reader.seek(sources[place].key)
        guard let chunk = reader.next() else { break }
        while place < sources.endIndex, sources[place].key < chunk.key { place += 1 }
        guard place < sources.endIndex, sources[place].key == chunk.key, Int64(chunk.last) >= grid.start, Int64(chunk.first) < grid.end
        else {
          _ = reader.skip()
          continue
        }
        // A handle may be asked for more than once.
        var equal = place
        let isRead = chunk.form == .rich ? true : reader.get()
        var aggregates: [(UInt32, MetricAggregate)] = []
        if chunk.form == .rich { _ = reader.getRich { aggregates.append(($0, $1)) } }
        while isRead, equal < sources.endIndex, sources[equal].key == chunk.key {
          let sum = equal - sources.startIndex
          if chunk.form == .rich {
            for (second, value) in aggregates { sums[sum].add(second, value) }
          } else {
            sums[sum].add(
              UnsafeBufferPointer(rebasing: reader.scratch.seconds[..<chunk.count]),
              UnsafeBufferPointer(rebasing: reader.scratch.values[..<chunk.count]))
          }
          equal += 1
        }
      }
      if reader.isBroken { throw MetricBlockReader.damaged(file.file, entry) }
    }
  }
}
