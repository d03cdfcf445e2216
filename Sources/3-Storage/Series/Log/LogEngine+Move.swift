import Synchronization

/// Moving events from full journals to segments. All of it runs on the mover, one thing at a time.
extension LogEngine {
  /// Moves what journals up to a number hold, then removes them.
  func move(through number: UInt32, sequence: UInt64) throws(SeriesFault) {
    let names = state.withLock { state in
      state.groups.filter { $0.value.streams.values.contains { $0.fresh.contains { $0.file <= number } } }.map(\.key)
    }
    try catalogue.withLock { catalogue throws(SeriesFault) in try catalogue.define(names) }
    var pending: [String] = []
    for name in names {
      guard let id = catalogue.withLock({ $0.groups[name] }) else { continue }
      let isNew = state.withLock { state in state.groups[name]?.number == nil }
      if isNew { try begin(name, id) }
      pending.append(name)
    }
    try Folder.sync("\(directory)/groups")
    for name in pending { try move(name, through: number, sequence: sequence) }
    try journal.remove(through: number)
    unload()
  }

  /// Makes a group's folder.
  private func begin(_ name: String, _ number: UInt32) throws(SeriesFault) {
    try Folder.make(folder(number))
    let index = try DataFile.writable(Self.index(directory, number))
    let head = LogIndexFile.head(name)
    try index.truncate(to: 0)
    try index.write(head, at: 0)
    try index.sync()
    try Folder.sync(folder(number))
    state.withLock { state in
      if state.groups[name]?.number != nil { return }
      state.groups[name]?.number = number
      state.groups[name]?.isLoaded = true
      state.groups[name]?.indexEnd = head.count
    }
  }

  private func move(_ name: String, through number: UInt32, sequence: UInt64) throws(SeriesFault) {
    let found = try state.withLock { state throws(SeriesFault) -> LogGroupState? in
      try Self.load(name, directory, &state)
      return state.groups[name]
    }
    guard let found, let id = found.number else { return }
    var target = LogSegmentWriter(found, folder: folder(id), limits: limits)
    let key = try keys.sealing(name)
    var moved: [(name: String, lastIngested: Int64, blocks: [LogBlock])] = []
    for (stream, state) in found.streams.sorted(by: { $0.key < $1.key }) {
      let blocks = state.fresh.filter { $0.file <= number }
      if blocks.isEmpty { continue }
      moved.append((stream, state.lastIngested, try merge(blocks, stream, name, key, &target)))
    }
    try target.finish()
    let entry = LogIndexFile.Moved(segment: target.segment, end: target.end, through: sequence, streams: moved)
    let frame = LogIndexFile.frame(entry)
    let index = try DataFile.writable(Self.index(directory, id))
    try index.truncate(to: found.indexEnd)
    try index.write(frame, at: found.indexEnd)
    try index.sync()
    state.withLock { state in
      // Deleted meanwhile: its folder goes next.
      guard state.groups[name]?.number == id else { return }
      state.groups[name]?.segment = entry.segment
      state.groups[name]?.end = entry.end
      state.groups[name]?.through = sequence
      state.groups[name]?.indexEnd = found.indexEnd + frame.count
      Self.publish(moved, name, through: number, &state)
    }
  }

  private static func publish(
    _ moved: [(name: String, lastIngested: Int64, blocks: [LogBlock])], _ group: String, through number: UInt32, _ state: inout State
  ) {
    let drops = state.groups[group]?.drops ?? []
    for entry in moved {
      state.groups[group]?.streams[entry.name]?.removeFresh(through: number)
      for block in entry.blocks where !drops.contains(where: { $0.drops(entry.name, block) }) {
        state.groups[group]?.streams[entry.name, default: LogStreamState()].add(moved: block)
      }
      if state.groups[group]?.streams[entry.name]?.isEmpty ?? false { state.groups[group]?.streams[entry.name] = nil }
    }
  }

  /// Writes the events of a stream's journal blocks in the order they are read. At most a few megabytes are held at a time
  /// unless blocks overlap in time.
  private func merge(
    _ blocks: [LogBlock], _ stream: String, _ group: String, _ key: LogKey?, _ target: inout LogSegmentWriter
  ) throws(SeriesFault) -> [LogBlock] {
    var result: [LogBlock] = []
    var start = 0
    while start < blocks.count {
      var (end, last, bytes) = (start, blocks[start].last, 0)
      // Blocks are in the order of their first events: a run ends where the next block begins behind all before it.
      while end < blocks.count, end == start || blocks[end].first <= last || bytes < limits.blockBytes {
        last = max(last, blocks[end].last)
        bytes += Int(blocks[end].length)
        end += 1
      }
      result += try copy(Array(blocks[start..<end]), stream, group, key, &target)
      start = end
    }
    return result
  }

  private func copy(
    _ blocks: [LogBlock], _ stream: String, _ group: String, _ key: LogKey?, _ target: inout LogSegmentWriter
  ) throws(SeriesFault) -> [LogBlock] {
    let total = blocks.reduce(0) { $0 + Int($1.length) }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(total, 1), alignment: 16)
    defer { memory.deallocate() }
    let opener = LogOpener(keys, keepsAll: true)
    var (records, offset): ([LogRecord], Int) = ([], 0)
    for block in blocks {
      guard let file = journal.file(block.file) else { throw SeriesFault("\(directory)/journal-\(block.file) is gone.") }
      let part = UnsafeMutableRawBufferPointer(rebasing: memory[offset..<(offset + Int(block.length))])
      try file.read(at: Int(block.offset), into: part)
      let bytes = UnsafeRawBufferPointer(part)
      guard let header = FrameHeader(bytes, at: 0), let body = header.body(bytes, at: 0) else {
        throw SeriesFault("\(file.path) is damaged at byte \(block.offset).")
      }
      guard let (inner, plain) = try opener.open(header, body) else { continue }
      guard var reader = LogBlockReader(inner, plain) else { throw SeriesFault("\(file.path) is damaged at byte \(block.offset).") }
      while let record = reader.next() { records.append(record) }
      offset += Int(block.length)
    }
    var isSorted = true
    for place in records.indices.dropFirst() where records[place].id < records[place - 1].id { isSorted = false }
    if !isSorted { records.sort { $0.id < $1.id } }
    return try target.put(records, stream, group, key)
  }

  /// Lets go of the blocks of groups that nobody has asked for, when there are many.
  private func unload() {
    state.withLock { state in
      var count = state.groups.values.reduce(0) { $0 + $1.streams.values.reduce(0) { $0 + $1.moved.count + 1 } }
      if count <= limits.blocks { return }
      let idle = state.groups.filter { $0.value.number != nil && $0.value.isLoaded && $0.value.drops.isEmpty && !$0.value.hasFresh }
      for (name, group) in idle.sorted(by: { $0.value.used < $1.value.used }) {
        if count <= limits.blocks / 2 { return }
        count -= group.streams.values.reduce(0) { $0 + $1.moved.count + 1 }
        state.groups[name] = LogGroupState(number: group.number)
      }
    }
  }
}

/// Appends blocks to a group's segments, a new one when the last is full.
struct LogSegmentWriter {
  private let folder: String
  private let limits: LogEngine.Limits
  private(set) var segment: UInt32
  private(set) var end: Int
  private var writer: LogBlockWriter
  private var file: DataFile?
  private var isNew = false

  init(_ group: LogGroupState, folder: String, limits: LogEngine.Limits) {
    self.folder = folder
    self.limits = limits
    (segment, end) = (group.segment, group.end)
    writer = LogBlockWriter(blockBytes: limits.blockBytes)
  }

  mutating func put(_ records: [LogRecord], _ stream: String, _ group: String, _ key: LogKey?) throws(SeriesFault) -> [LogBlock] {
    try roll()
    try writer.put(records, stream: stream, group: group, key: key)
    let (base, number) = (end, segment)
    let blocks = writer.blocks.map { block in
      var block = block
      block.offset += UInt32(clamping: base)
      block.file = number
      return block
    }
    try write(writer.frames.bytes)
    writer.removeAll()
    return blocks
  }

  /// Copies a whole frame; answers where it lies now.
  mutating func put(frame bytes: [UInt8]) throws(SeriesFault) -> (file: UInt32, offset: Int) {
    try roll()
    let place = (segment, end)
    try write(bytes)
    return place
  }

  private mutating func write(_ bytes: [UInt8]) throws(SeriesFault) {
    try file?.write(bytes, at: end)
    end += bytes.count
  }

  private mutating func roll() throws(SeriesFault) {
    if end >= limits.segmentBytes {
      try file?.sync()
      (segment, end, file) = (segment + 1, 0, nil)
    }
    if file == nil {
      let opened = try DataFile.writable("\(folder)/segment-\(segment)")
      // What a move that was cut short had written.
      try opened.truncate(to: end)
      file = opened
    }
    if end == 0 {
      isNew = true
      try write(FileHead.bytes("LOGSEG"))
    }
  }

  /// On disk when it returns.
  mutating func finish() throws(SeriesFault) {
    try file?.sync()
    if isNew { try Folder.sync(folder) }
    file = nil
  }
}
