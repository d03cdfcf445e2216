import Dispatch
import Synchronization

/// Moving events from full journals to segments. All of it runs on the mover, one thing at a time.
extension LogEngine {
  /// Moves what journals up to a number hold, then removes them.
  func move(through number: UInt32, sequence: UInt64) throws(SeriesFault) {
    let names = state.withLock { state in
      state.groups.filter { $0.value.streams.values.contains { $0.fresh.contains { $0.file <= number } } }.map(\.key)
    }
    try catalogue.withLock { catalogue throws(SeriesFault) in try catalogue.define(names.sorted()) }
    let numbers = catalogue.withLock { $0.groups }
    let pending = names.filter { numbers[$0] != nil }
    // A group whose files can not be read or written keeps none of the others.
    var failed = inLanes(pending) { name, _ throws(SeriesFault) in try self.beginWhenNew(name, numbers[name] ?? 0) }
    try Folder.sync("\(directory)/groups")
    let journals = JournalMemory(journal)
    failed =
      inLanes(pending) { name, writer throws(SeriesFault) in
        try self.move(name, through: number, sequence: sequence, journals, writer)
      } ?? failed
    if let failed { throw failed }
    // What could not be told to the files before: the journal has it alone.
    for name in state.withLock({ state in state.groups.filter { !$0.value.drops.isEmpty }.map(\.key) }) { try reclaim(name) }
    try journal.remove(through: number)
    state.withLock { $0.floor = max($0.floor ?? 0, sequence + 1) }
    failed = inLanes(pending) { name, _ throws(SeriesFault) in try self.join(name) }
    unload()
    if let failed { throw failed }
  }

  /// Works on groups side by side when they are many: most of the time of each is waiting for the disk. Answers a fault of one that failed.
  ///
  /// - Parameter work: is given a writer for its lane: its memory is megabytes.
  private func inLanes(
    _ names: [String], _ work: @escaping @Sendable (String, SlabWriter) throws(SeriesFault) -> Void
  ) -> SeriesFault? {
    let turns = Turns()
    let lane: @Sendable () -> Void = {
      var writer = SlabWriter()
      while let place = turns.next(of: names.count) {
        do throws(SeriesFault) { try work(names[place], writer) } catch {
          turns.fail(error)
          writer = SlabWriter()
        }
      }
    }
    let group = DispatchGroup()
    // Queues of their own, so that each has a thread although all wait.
    for number in 0..<min(Self.lanes, names.count / 4) {
      DispatchQueue(label: "martlet.series.mover.\(number)", qos: .utility).async(group: group, execute: lane)
    }
    lane()
    group.wait()
    return turns.failed
  }

  /// Beside the mover's own.
  private static let lanes = 15

  /// Which group is next.
  private final class Turns: Sendable {
    private let state = Mutex((next: 0, failed: SeriesFault?.none))

    func next(of count: Int) -> Int? {
      state.withLock { state in
        defer { state.next += 1 }
        return state.next < count ? state.next : nil
      }
    }
    func fail(_ fault: SeriesFault) { state.withLock { $0.failed = fault } }
    var failed: SeriesFault? { state.withLock { $0.failed } }
  }

  private func beginWhenNew(_ name: String, _ id: UInt32) throws(SeriesFault) {
    let isNew = state.withLock { state -> Bool in
      // What can not be read is told when the group's events are moved.
      do throws(SeriesFault) { try Self.load(name, directory, &state) } catch { return false }
      // Also where a process was killed when it had given the group its number and no more.
      return state.groups[name]?.number == nil || state.groups[name]?.indexEnd == 0
    }
    if isNew { try begin(name, id) }
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
      if state.groups[name]?.number != nil, state.groups[name]?.indexEnd != 0 { return }
      state.groups[name]?.number = number
      state.groups[name]?.isLoaded = true
      state.groups[name]?.indexEnd = head.count
    }
  }

  private func move(
    _ name: String, through number: UInt32, sequence: UInt64, _ journals: JournalMemory, _ writer: SlabWriter
  ) throws(SeriesFault) {
    let found = try state.withLock { state throws(SeriesFault) -> LogGroupState? in
      try Self.load(name, directory, &state)
      return state.groups[name]
    }
    guard let found, let id = found.number else { return }
    var target = LogSegmentWriter(found, folder: folder(id), limits: limits, key: try keys.sealing(name), writer: writer)
    do throws(SeriesFault) {
      for (stream, state) in found.streams.sorted(by: { $0.key < $1.key }) {
        let blocks = state.fresh.filter { $0.file <= number }
        if !blocks.isEmpty { try merge(blocks, stream, journals, &target) }
      }
      try target.finish()
    } catch {
      // On a full disk half a segment would keep everybody else from writing.
      target.undo(found)
      throw error
    }
    var moved: [(name: String, lastIngested: Int64, blocks: [LogBlock])] = []
    for (stream, blocks) in target.blocks.sorted(by: { $0.key < $1.key }) {
      moved.append((stream, found.streams[stream]?.lastIngested ?? .min, blocks))
    }
    let entry = LogIndexFile.Moved(segment: target.segment, end: target.end, through: sequence, slabs: target.slabs, streams: moved)
    let frame = LogIndexFile.frame(entry)
    let index = try DataFile.writable(Self.index(directory, id))
    try index.truncate(to: found.indexEnd)
    try index.write(frame, at: found.indexEnd)
    // Says that there are frames now that the first version did not have.
    try index.write(Array(LogIndexFile.head(name)[..<FileHead.size]), at: 0)
    try index.sync()
    state.withLock { state in
      // Deleted meanwhile: its folder goes next.
      guard state.groups[name]?.number == id else { return }
      state.groups[name]?.segment = entry.segment
      state.groups[name]?.end = entry.end
      state.groups[name]?.through = sequence
      state.groups[name]?.indexEnd = found.indexEnd + frame.count
      Self.publish(entry, name, through: number, &state)
    }
  }

  private static func publish(_ moved: LogIndexFile.Moved, _ group: String, through number: UInt32, _ state: inout State) {
    let drops = state.groups[group]?.drops ?? []
    state.groups[group]?.slabs.merge(moved.slabs) { $1 }
    for name in Set(state.groups[group]?.streams.keys.map { $0 } ?? []) { state.groups[group]?.streams[name]?.removeFresh(through: number) }
    for entry in moved.streams {
      for block in entry.blocks {
        if drops.contains(where: { $0.drops(entry.name, block) }) {
          state.groups[group]?.bury([block])
        } else {
          state.groups[group]?.streams[entry.name, default: LogStreamState()].add(moved: block)
        }
      }
      if state.groups[group]?.streams[entry.name]?.isEmpty ?? false { state.groups[group]?.streams[entry.name] = nil }
    }
  }

  /// Gives the events of a stream's journal blocks to the writer in the order they are read. At most a few megabytes are held at a time
  /// unless blocks overlap in time.
  private func merge(
    _ blocks: [LogBlock], _ stream: String, _ journals: JournalMemory, _ target: inout LogSegmentWriter
  ) throws(SeriesFault) {
    target.begin(stream)
    var start = 0
    while start < blocks.count {
      var (end, last, bytes) = (start, blocks[start].last, 0)
      // Blocks are in the order of their first events: a run ends where the next block begins behind all before it.
      while end < blocks.count, end == start || blocks[end].first <= last || bytes < limits.blockBytes {
        last = max(last, blocks[end].last)
        bytes += Int(blocks[end].length)
        end += 1
      }
      try copy(blocks[start..<end], journals, &target)
      start = end
    }
  }

  private func copy(_ blocks: ArraySlice<LogBlock>, _ journals: JournalMemory, _ target: inout LogSegmentWriter) throws(SeriesFault) {
    // What was opened lies in the opener's memory until all has been put.
    let opener = LogOpener(keys, keepsAll: true)
    defer { withExtendedLifetime(opener) {} }
    var records: [LogRecord] = []
    records.reserveCapacity(blocks.reduce(0) { $0 + Int($1.count) })
    for block in blocks {
      guard let memory = try journals.memory(block.file) else { throw SeriesFault("\(directory)/journal-\(block.file) is gone.") }
      let (start, end) = (Int(block.offset), min(Int(block.offset) + Int(block.length), memory.bytes.count))
      let bytes = UnsafeRawBufferPointer(rebasing: memory.bytes[min(start, end)..<end])
      guard let header = FrameHeader(bytes, at: 0), let body = header.body(bytes, at: 0) else {
        damage.report(.damage("\(memory.path) is damaged at byte \(block.offset): the events there are lost."))
        continue
      }
      guard let (inner, plain) = try opener.open(header, body) else { continue }
      guard var reader = LogBlockReader(inner, plain) else {
        damage.report(.damage("\(memory.path) is damaged at byte \(block.offset): the events there are lost."))
        continue
      }
      while let record = reader.next() { records.append(record) }
    }
    var isSorted = true
    for place in records.indices.dropFirst() where records[place].id < records[place - 1].id { isSorted = false }
    if !isSorted { records.sort { $0.id < $1.id } }
    try records.withUnsafeBufferPointer { records in Result { () throws(SeriesFault) in try target.put(records) } }.get()
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
