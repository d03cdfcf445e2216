import Synchronization

/// Writing blocks of segments anew: to free the disk of what was deleted, and to join small blocks. Runs on the mover.
extension LogEngine {
  /// Copies what is left of some segments, and some small blocks as one, to new ones; writes the index anew, and removes the segments.
  func rewrite(
    _ name: String, _ found: LogGroupState, _ id: UInt32, _ poor: Set<UInt32>, _ small: Set<SlabPlace>
  ) throws(SeriesFault) {
    var source = found
    let last = max(found.segment, poor.max() ?? 0)
    if poor.contains(found.segment) { (source.segment, source.end) = (last + 1, 0) }
    var target = LogSegmentWriter(source, folder: folder(id), limits: limits, key: try keys.sealing(name))
    var copied: [SlabPlace: SlabPlace] = [:]
    var slabs = found.slabs
    var hasCopiedDead = false
    let going = Set(found.slabs.keys.filter { poor.contains($0.file) }).subtracting(small)
    do throws(SeriesFault) {
      for place in going.sorted(by: { ($0.file, $0.offset) < ($1.file, $1.offset) }) {
        guard let slab = found.slabs[place] else { continue }
        slabs[place] = nil
        // What is damaged is kept as it is: some of it can be read.
        let keeps = slab.live == slab.rows ? true : try !isSound(place, slab, name, id)
        if keeps {
          let fresh = try copy(place, slab, id, &target)
          hasCopiedDead = hasCopiedDead || !slab.dead.isEmpty
          copied[place] = fresh
          slabs[fresh] = slab
        } else {
          try renew([place], name, found, id, &target)
          try target.flush()
        }
      }
      if !small.isEmpty {
        for place in small { slabs[place] = nil }
        try renew(small, name, found, id, &target)
      }
      try renewRowBlocks(poor, name, found, id, &target)
      try target.finish()
    } catch {
      target.undo(source)
      throw error
    }
    slabs.merge(target.slabs) { $1 }
    let streams = Self.streams(found, copied, slabs, poor, small, target.blocks)
    let entry = LogIndexFile.Moved(segment: target.segment, end: target.end, through: found.through, slabs: slabs, streams: streams)
    try replaceIndex(entry, name, id, poor)
    try forgetDeletions(name, id, copied: hasCopiedDead ? target.segment : nil)
  }

  /// What each stream has afterwards.
  private static func streams(
    _ found: LogGroupState, _ copied: [SlabPlace: SlabPlace], _ slabs: [SlabPlace: LogSlab], _ poor: Set<UInt32>,
    _ small: Set<SlabPlace>, _ written: [String: [LogBlock]]
  ) -> [(name: String, lastIngested: Int64, blocks: [LogBlock])] {
    var streams: [(name: String, lastIngested: Int64, blocks: [LogBlock])] = []
    for (stream, state) in found.streams.sorted(by: { $0.key < $1.key }) where !state.moved.isEmpty {
      var blocks: [LogBlock] = []
      for block in state.moved {
        if block.isColumns, small.contains(block.slab) { continue }
        guard poor.contains(block.file) else {
          blocks.append(block)
          continue
        }
        guard block.isColumns, let fresh = copied[block.slab] else { continue }
        var block = block
        (block.file, block.offset) = (fresh.file, fresh.offset)
        blocks.append(block)
      }
      blocks += written[stream] ?? []
      blocks.sort { $0.first < $1.first }
      streams.append((stream, state.lastIngested, blocks))
    }
    return streams
  }

  private func replaceIndex(_ entry: LogIndexFile.Moved, _ name: String, _ id: UInt32, _ poor: Set<UInt32>) throws(SeriesFault) {
    let bytes = LogIndexFile.head(name) + LogIndexFile.frame(entry)
    let path = Self.index(directory, id)
    let fresh = try DataFile.writable("\(path).new")
    try fresh.truncate(to: 0)
    try fresh.write(bytes, at: 0)
    try fresh.sync()
    try Folder.rename("\(path).new", to: path)
    try Folder.sync(folder(id))
    state.withLock { state in
      guard var group = state.groups[name], group.number == id else { return }
      (group.segment, group.end, group.indexEnd) = (entry.segment, entry.end, bytes.count)
      group.slabs = entry.slabs
      group.hasRowBlocks = false
      for stream in entry.streams {
        group.streams[stream.name]?.replace(moved: stream.blocks)
        if stream.blocks.contains(where: { !$0.isColumns }) { group.hasRowBlocks = true }
      }
      // Dropped while the rewrite ran: told again, for streams that are gone were written too.
      for stream in entry.streams where group.streams[stream.name] == nil { group.bury(stream.blocks) }
      for drop in group.drops { group.apply(drop) }
      state.groups[name] = group
    }
    heads.forget(id)
    for number in poor {
      files.forget("\(folder(id))/segment-\(number)")
      try Folder.remove(file: "\(folder(id))/segment-\(number)")
    }
    lastSlabs.forget(id)
  }

  private func copy(_ place: SlabPlace, _ slab: LogSlab, _ id: UInt32, _ target: inout LogSegmentWriter) throws(SeriesFault) -> SlabPlace {
    let file = try segment(place.file, id)
    var bytes = [UInt8](repeating: 0, count: Int(slab.length))
    try bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(SeriesFault) in try file.read(at: Int(place.offset), into: buffer) }
    }.get()
    return try target.put(frame: bytes)
  }

  /// Whether a block is what was written. When it is not, that is told.
  private func isSound(_ place: SlabPlace, _ slab: LogSlab, _ name: String, _ id: UInt32) throws(SeriesFault) -> Bool {
    do throws(SeriesFault) {
      let file = try segment(place.file, id)
      try SlabReader(file, offset: Int(place.offset), head: head(place, Int(slab.length), id, name, file), key: nil).check()
      return true
    } catch {
      guard error.isDamage else { throw error }
      damage.report(error)
      return false
    }
  }

  private func segment(_ number: UInt32, _ id: UInt32) throws(SeriesFault) -> DataFile {
    let path = "\(folder(id))/segment-\(number)"
    guard let file = try files.file(path) else { throw SeriesFault("\(path) is gone.") }
    return file
  }

  /// Gives what is left of blocks to the writer, stream by stream.
  private func renew(
    _ places: Set<SlabPlace>, _ name: String, _ found: LogGroupState, _ id: UInt32, _ target: inout LogSegmentWriter
  ) throws(SeriesFault) {
    var opened: [SlabPlace: LogSlabRows] = [:]
    for place in places {
      guard let slab = found.slabs[place] else { continue }
      let file = try segment(place.file, id)
      let head = try head(place, Int(slab.length), id, name, file)
      let key = head.isSealed ? try keys.opening(name) : nil
      let rows = LogSlabRows(SlabReader(file, offset: Int(place.offset), head: head, key: key))
      try rows.prepare(0..<head.rows)
      opened[place] = rows
    }
    for (stream, state) in found.streams.sorted(by: { $0.key < $1.key }) {
      let blocks = state.moved.filter { $0.isColumns && places.contains($0.slab) }
      if blocks.isEmpty { continue }
      target.begin(stream)
      try merge(blocks, opened, &target)
    }
  }

  /// Rows of several blocks in the order they are read.
  private func merge(_ blocks: [LogBlock], _ opened: [SlabPlace: LogSlabRows], _ target: inout LogSegmentWriter) throws(SeriesFault) {
    var rest: [(slab: LogSlabRows, rows: Range<Int>)] = []
    for block in blocks {
      guard let slab = opened[block.slab], Int(block.row + block.count) <= slab.reader.head.rows, block.count > 0 else { continue }
      rest.append((slab, Int(block.row)..<Int(block.row + block.count)))
    }
    while !rest.isEmpty {
      var least = 0
      for place in rest.indices.dropFirst()
      where rest[place].slab.id(rest[place].rows.lowerBound) < rest[least].slab.id(rest[least].rows.lowerBound) { least = place }
      // As far as no other block has an earlier event.
      let bound = rest.indices.filter { $0 != least }.map { rest[$0].slab.id(rest[$0].rows.lowerBound) }.min()
      let (slab, rows) = rest[least]
      let end = bound.map { slab.first(rows, notBefore: $0) } ?? rows.upperBound
      for row in rows.lowerBound..<max(end, rows.lowerBound + 1) { try target.put(try slab.record(row)) }
      rest[least].rows = max(end, rows.lowerBound + 1)..<rows.upperBound
      if rest[least].rows.isEmpty { rest.remove(at: least) }
    }
  }

  /// Blocks of the first format become columns.
  private func renewRowBlocks(
    _ poor: Set<UInt32>, _ name: String, _ found: LogGroupState, _ id: UInt32, _ target: inout LogSegmentWriter
  ) throws(SeriesFault) {
    guard found.hasRowBlocks else { return }
    try target.flush()
    for (stream, state) in found.streams.sorted(by: { $0.key < $1.key }) {
      let blocks = state.moved.filter { !$0.isColumns && poor.contains($0.file) }
      if blocks.isEmpty { continue }
      let loader = LogBlockLoader(blocks, journal: journal, files: files, folder: folder(id), keys: keys)
      target.begin(stream)
      for place in blocks.indices {
        guard var reader = try loader.reader(place) else { throw SeriesFault("\(folder(id))/segment-\(blocks[place].file) is gone.") }
        while let record = reader.next() { try target.put(record) }
        if reader.isBroken { throw loader.damaged(place) }
      }
    }
  }

  /// Joins blocks that are small, when there are many of them.
  func join(_ name: String) throws(SeriesFault) {
    let found = state.withLock { $0.groups[name] }
    guard let found, let id = found.number, found.isLoaded, found.drops.isEmpty else { return }
    let few = found.slabs.filter { Int($0.value.rows) * 8 <= limits.slabRows && $0.value.rawBytes * 8 <= limits.slabBytes }
    guard few.count >= limits.smallSlabs else { return }
    var small: Set<SlabPlace> = []
    for (place, slab) in few where try isSound(place, slab, name, id) { small.insert(place) }
    guard small.count >= limits.smallSlabs else { return }
    try rewrite(name, found, id, [], small)
    // Their places in the segments are free now.
    guard let left = state.withLock({ $0.groups[name] }), left.number == id else { return }
    let poor = try poorSegments(left, id)
    if !poor.isEmpty { try rewrite(name, left, id, poor, []) }
  }
}
