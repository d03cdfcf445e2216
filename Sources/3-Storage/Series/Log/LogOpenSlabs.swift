import Synchronization

/// Blocks of columns that one reading has open, a few at a time: they are megabytes. The last is kept for the next reading, which goes on in
/// it more often than not.
final class LogOpenSlabs {
  private static let most = 8
  private let engine: LogEngine
  private let group: String
  private let number: UInt32?
  private var slabs: [SlabPlace: LogSlabRows] = [:]
  private var last: LogHeadCache.Key?

  init(_ engine: LogEngine, _ group: String, _ number: UInt32?) { (self.engine, self.group, self.number) = (engine, group, number) }

  /// Nil when the file is no longer there.
  func slab(_ block: LogBlock) throws(SeriesFault) -> LogSlabRows? {
    guard let number else { return nil }
    last = LogHeadCache.Key(group: number, place: block.slab)
    if let known = slabs[block.slab] { return known }
    if slabs.count >= Self.most { slabs.removeAll() }
    if let kept = last.flatMap({ engine.lastSlabs.take($0) }) {
      slabs[block.slab] = kept
      return kept
    }
    let slab = try open(block, number)
    slabs[block.slab] = slab
    return slab
  }

  private func open(_ block: LogBlock, _ number: UInt32) throws(SeriesFault) -> LogSlabRows? {
    guard let file = try engine.files.file("\(engine.folder(number))/segment-\(block.file)") else { return nil }
    let head = try engine.head(block.slab, Int(block.length), number, group, file)
    let key = head.isSealed ? try engine.keys.opening(group) : nil
    return LogSlabRows(SlabReader(file, offset: Int(block.offset), head: head, key: key))
  }

  /// Leaves the last block for others. Not to be called when reading has failed.
  func keepLast() {
    if let last, let slab = slabs.removeValue(forKey: last.place) { engine.lastSlabs.keep(slab, last) }
  }
}

/// The blocks of columns that readings ended in, few and small enough to be held.
final class LogLastSlabs: Sendable {
  /// Sendable by hand: whoever takes a block has it alone.
  private struct Kept: @unchecked Sendable {
    let key: LogHeadCache.Key
    let slab: LogSlabRows
  }
  private static let most = 2
  private static let mostBytes = 8 << 20
  private let state = Mutex<[Kept]>([])

  func take(_ key: LogHeadCache.Key) -> LogSlabRows? {
    state.withLock { kept in kept.firstIndex { $0.key == key }.map { kept.remove(at: $0).slab } }
  }

  func keep(_ slab: LogSlabRows, _ key: LogHeadCache.Key) {
    let fresh = Kept(key: key, slab: slab)
    if slab.footprint > Self.mostBytes { return }
    state.withLock { kept in
      // What was removed meanwhile would take disk for as long as it is kept; what is removed from now on is forgotten then.
      guard fresh.slab.reader.isInFolder else { return }
      if kept.count >= Self.most { kept.removeFirst() }
      kept.append(fresh)
    }
  }

  /// A group's blocks moved or are gone.
  func forget(_ group: UInt32) { state.withLock { $0.removeAll { $0.key.group == group } } }
  func forgetAll() { state.withLock { $0 = [] } }
}
