import Dispatch
import Synchronization
import Time

/// Joining block files, and coarsening what has become old. All of it runs on the mover.
extension MetricEngine {
  func joinWhatIsDue() throws(SeriesFault) {
    let now = clock.now().seconds
    for day in Set(state.withLock { $0.blocks.map(\.day) }).sorted() {
      let age = now - (Int64(day) + 1) * MetricTime.day
      let resolution = limits.ladder.resolution(age: age)
      // A join may make a file that is to be joined with others of its size.
      while let due = due(state.withLock { $0.blocks.filter { $0.day == day } }, resolution, isOver: age > 3_600) {
        try join(due, resolution)
      }
    }
  }

  /// Files of a day to be joined now; nil when there are none.
  private func due(_ blocks: [MetricBlockFile], _ resolution: Int64, isOver: Bool) -> [MetricBlockFile]? {
    if blocks.contains(where: { Int64($0.resolution) < resolution }) { return blocks }
    if isOver, blocks.count >= limits.filesOfDay { return blocks }
    // Classes of size, four times as large each.
    let classes = Dictionary(grouping: blocks) { block in (64 - Swift.max(block.samples, 1).leadingZeroBitCount) / 2 }
    return classes.sorted { $0.key < $1.key }.first { $0.value.count >= Swift.max(limits.filesOfDay, 2) }?.value
  }

  private func join(_ blocks: [MetricBlockFile], _ resolution: Int64) throws(SeriesFault) {
    guard let day = blocks.first?.day else { return }
    var joined = newBlock(day: day, resolution: resolution)
    var cursors: [MetricCursor] = []
    for block in blocks {
      guard let source = try cache.open(block) else { throw SeriesFault("\(directory)/\(block.name) is gone.") }
      cursors.append(try MetricCursor(block.number, source))
    }
    let writer = try MetricBlockWriter("\(directory)/\(joined.name)", MetricScratch())
    var merge = MetricMerge()
    while let key = cursors.compactMap(\.key).min() {
      merge.removeAll()
      for cursor in cursors where cursor.key == key { try cursor.take(&merge) }
      merge.settle(resolution)
      try writer.put(key, merge)
    }
    try writer.finish()
    joined.samples = writer.samples
    let damaged = cursors.filter { $0.damage != nil }
    try commit(adding: [joined], removing: blocks, through: nil, damaged: Set(damaged.map(\.number))) { state in
      if let damage = damaged.first?.damage { state.damage = damage }
    }
  }

  /// Lets go of whole days that the ladder no longer keeps; coarsens what has become old.
  package func expire() async throws(SeriesFault) {
    let day = MetricTime.dayNumber(clock.now().seconds - limits.ladder.kept)
    let result: Result<Void, SeriesFault> = await withCheckedContinuation { continuation in
      journal.mover.async {
        do throws(SeriesFault) {
          let old = self.state.withLock { $0.blocks.filter { $0.day < day } }
          if !old.isEmpty { try self.commit(adding: [], removing: old, through: nil) { _ in } }
          try self.joinWhatIsDue()
          continuation.resume(returning: .success(()))
        } catch { continuation.resume(returning: .failure(error)) }
      }
    }
    try result.get()
  }
}

/// Goes through a file in the order of sort keys. Passes over damaged blocks, and says so.
final class MetricCursor {
  let number: UInt32
  private let source: MetricBlockCache.Open
  private let reader = MetricBlockReader()
  private var place = -1
  private var chunk: MetricChunk?
  private(set) var damage: SeriesFault?

  init(_ number: UInt32, _ source: MetricBlockCache.Open) throws(SeriesFault) {
    (self.number, self.source) = (number, source)
    try advance()
  }

  var key: UInt64? { chunk?.key }

  private func advance() throws(SeriesFault) {
    chunk = place >= 0 ? reader.next() : nil
    while chunk == nil {
      if place >= 0, reader.isBroken { damage = MetricBlockReader.damaged(source.file, source.index.entries[place]) }
      place += 1
      guard place < source.index.entries.count else { return }
      do throws(SeriesFault) {
        try reader.open(source.file, source.index.entries[place])
        chunk = reader.next()
      } catch { damage = error }
    }
  }

  /// Adds all chunks of the present key.
  func take(_ merge: inout MetricMerge) throws(SeriesFault) {
    let key = key
    while let chunk, chunk.key == key {
      if chunk.form == .rich {
        _ = reader.getRich { merge.rich.append(($0, $1)) }
      } else if reader.get() {
        merge.plain.seconds.append(contentsOf: reader.scratch.seconds[..<chunk.count])
        merge.plain.values.append(contentsOf: reader.scratch.values[..<chunk.count])
      }
      try advance()
    }
  }
}
