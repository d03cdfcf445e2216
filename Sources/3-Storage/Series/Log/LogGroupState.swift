import Time

/// What is known of a stream's events: where they lie, in the order of their first events.
struct LogStreamState: Sendable {
  private(set) var moved: [LogBlock] = []
  private(set) var fresh: [LogBlock] = []
  var lastIngested: Int64 = .min

  var isEmpty: Bool { moved.isEmpty && fresh.isEmpty }

  /// Takes a block of a journal.
  mutating func add(_ block: LogBlock, ingested: Int64) {
    lastIngested = max(lastIngested, ingested)
    Self.insert(block, &fresh)
  }

  /// Takes a block of a segment.
  mutating func add(moved block: LogBlock) { Self.insert(block, &moved) }

  private static func insert(_ block: LogBlock, _ blocks: inout [LogBlock]) {
    if let last = blocks.last, block.first < last.first {
      var (low, high) = (0, blocks.count)
      while low < high {
        let middle = (low + high) / 2
        if blocks[middle].first < block.first { low = middle + 1 } else { high = middle }
      }
      blocks.insert(block, at: low)
    } else {
      blocks.append(block)
    }
  }

  mutating func removeFresh(through number: UInt32) { fresh.removeAll { $0.file <= number } }

  /// Answers what was removed of blocks of columns.
  mutating func remove(_ isDropped: (LogBlock) -> Bool) -> [LogBlock] {
    let gone = moved.filter { $0.isColumns && isDropped($0) }
    moved.removeAll(where: isDropped)
    fresh.removeAll(where: isDropped)
    return gone
  }

  mutating func replace(moved blocks: [LogBlock]) { moved = blocks }

  func info(_ name: String) -> LogStreamInfo? {
    if isEmpty { return nil }
    var (first, last, bytes, count) = (Int64.max, Int64.min, 0, 0)
    for blocks in [moved, fresh] {
      for block in blocks {
        first = min(first, block.firstTime)
        last = max(last, block.lastTime)
        bytes += Int(block.isColumns ? block.share : block.length)
        count += Int(block.count)
      }
    }
    return LogStreamInfo(
      name: name, firstEvent: .init(milliseconds: first), lastEvent: .init(milliseconds: last),
      lastIngestion: lastIngested == .min ? nil : .init(milliseconds: lastIngested), storedBytes: bytes, eventCount: count)
  }
}

/// Something that was told to go, until the files say so too.
struct LogDrop: Sendable {
  /// Nil for events that are too old, in every stream.
  var stream: String?
  var before: Int64 = .max
  /// Events with a greater number came later and stay.
  var through: UInt64

  func drops(_ name: String, _ block: LogBlock) -> Bool {
    guard block.lastSequence <= through else { return false }
    return stream.map { $0 == name } ?? (block.lastTime < before)
  }
}

/// What is known of a block of columns.
struct LogSlab: Sendable {
  var length: UInt32
  var rows: UInt32
  /// Rows that were not deleted.
  var live: UInt32
  var firstTime: Int64
  var lastTime: Int64
  var firstSequence: UInt64
  var lastSequence: UInt64
  /// Of its messages.
  var rawBytes: Int
  /// Deleted rows.
  var dead: [Range<UInt32>] = []

  /// Bytes of the disk that so many rows have.
  func share(of count: UInt32) -> UInt32 { rows == 0 ? 0 : UInt32(UInt64(length) * UInt64(count) / UInt64(rows)) }
}

/// What is known of a group's events.
struct LogGroupState: Sendable {
  /// Names its folder; nil while everything it has is in journals.
  var number: UInt32?
  /// What its folder holds is in memory.
  var isLoaded = false
  var streams: [String: LogStreamState] = [:]
  var slabs: [SlabPlace: LogSlab] = [:]
  /// There are blocks in segments that are none of columns: of the first format.
  var hasRowBlocks = false
  /// The segment that is appended to, and its length.
  var segment: UInt32 = 1
  var end = 0
  /// Events up to this number have been moved from journals to segments.
  var through: UInt64 = 0
  /// Bytes of the index file.
  var indexEnd = 0
  /// Told to go, until `deletions` and the index say so.
  var drops: [LogDrop] = []
  /// What the folder's own file says was deleted.
  var deletions = LogDeletions()
  /// When it was asked for last.
  var used: UInt64 = 0

  var hasFresh: Bool { streams.values.contains { !$0.fresh.isEmpty } }

  mutating func apply(_ drop: LogDrop) {
    if let stream = drop.stream {
      bury(streams[stream]?.remove { drop.drops(stream, $0) } ?? [])
      if streams[stream]?.isEmpty ?? false { streams[stream] = nil }
      return
    }
    for (name, state) in streams
    where state.moved.contains(where: { drop.drops(name, $0) }) || state.fresh.contains(where: { drop.drops(name, $0) }) {
      bury(streams[name]?.remove { drop.drops(name, $0) } ?? [])
      if streams[name]?.isEmpty ?? false { streams[name] = nil }
    }
  }

  /// Notes that rows of blocks of columns are gone.
  mutating func bury(_ blocks: [LogBlock]) {
    for block in blocks {
      guard var slab = slabs[block.slab] else { continue }
      slab.live -= min(slab.live, block.count)
      slab.dead.append(block.row..<(block.row + block.count))
      slabs[block.slab] = slab.live == 0 ? nil : slab
    }
  }
}
