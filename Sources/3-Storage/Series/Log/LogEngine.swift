import Dispatch
import Synchronization
import Time

/// Stores log events in files of its own; on disk before it answers.
///
/// Every append goes to a journal that all groups share, so that any number of callers is served by one write and one sync. A
/// full journal is moved, stream by stream and in the order of time, to segments in the group's folder; a small index beside
/// them says where each stream's events lie. Events are read where they are, by their place. Memory holds about 50 bytes for
/// each block of events, and groups that nobody asks for hold nothing.
package final class LogEngine: Sendable {
  /// Sizes that decide when files are full.
  package struct Limits: Sendable {
    /// A journal's.
    package var journalBytes = 32 << 20
    package var segmentBytes = 16 << 20
    /// Events of a block in a segment at most.
    package var slabRows = 1 << 18
    /// Bytes of their messages.
    package var slabBytes = 48 << 20
    /// So many blocks of less than an eighth of that become one.
    package var smallSlabs = 16
    package var blockBytes = 64 << 10
    /// Blocks in memory above which groups that have not been asked for are let go.
    package var blocks = 1 << 20
    package init() {}
  }
  struct State: Sendable {
    var groups: [String: LogGroupState] = [:]
    var tick: UInt64 = 0
    /// Why the last move from a journal to segments failed; nothing is lost by it.
    var moveFault: SeriesFault?
    /// Events before this number are in segments, if they are anywhere: journals begin with it. Nil while there is none.
    var floor: UInt64?
    let recovery: LogRecovery
  }
  static let messageBytes = 16 << 20
  /// Places in files are numbers of 32 bits.
  static let appendBytes = 256 << 20
  let directory: String
  let limits: Limits
  let journal: Journal
  let files = OpenFiles(most: 64)
  let heads = LogHeadCache(most: 32 << 20)
  let lastSlabs = LogLastSlabs()
  let state: Mutex<State>
  let catalogue: Mutex<LogCatalogue>
  let keys: LogKeys
  let damage = LogDamage()
  let pool = LogScanPool()
  private let lock: Mutex<DataFile?>
  /// In a value of its own: a function right inside a `Mutex` is wrapped once more with every look at it.
  private struct Follower {
    let follow: @Sendable (LogAppended) -> Void
  }
  private let follower = Mutex<Follower?>(nil)

  package convenience init(directory: String, clock: any WallClock, ciphers: (any LogCipherSource)? = nil) throws(SeriesFault) {
    try self.init(directory: directory, clock: clock, limits: Limits(), ciphers: ciphers)
  }

  /// Opens the directory, made when absent, and takes its lock.
  package init(directory: String, clock: any WallClock, limits: Limits, ciphers: (any LogCipherSource)? = nil) throws(SeriesFault) {
    self.directory = directory
    let keys = LogKeys(source: ciphers)
    self.keys = keys
    self.limits = limits
    try Folder.make("\(directory)/groups")
    let lock = try DataFile.writable("\(directory)/lock")
    try lock.lock()
    self.lock = Mutex(lock)
    let recovery = LogRecovery(directory: directory, keys: keys, damage: damage)
    let (catalogue, left) = try recovery.catalogue()
    var state = State(recovery: recovery)
    for (group, number) in catalogue.groups { state.groups[group] = LogGroupState(number: number) }
    var deleted: [(String, UInt32)] = []
    let journal = try Journal(directory: directory, limit: limits.journalBytes, clock: clock) { found throws(SeriesFault) in
      try Self.replay(found, directory, keys, &state, &deleted)
    }
    self.journal = journal
    for fault in journal.damages { damage.report(fault) }
    // Numbers must not begin anew where the journals are gone and segments are not.
    if journal.lastSequence == 0, !state.groups.isEmpty { journal.raise(above: try Self.lastSequence(directory, &state)) }
    self.catalogue = Mutex(catalogue)
    let drops = state.groups.filter { !$0.value.drops.isEmpty }.map(\.key)
    self.state = Mutex(state)
    // What was told to go before the engine stopped goes now.
    for number in left { journal.mover.async { self.attempt { () throws(SeriesFault) in try Folder.remove(self.folder(number)) } } }
    for (group, number) in deleted {
      journal.mover.async { self.attempt { () throws(SeriesFault) in try self.removeFolder(group, number) } }
    }
    for group in drops { journal.mover.async { self.attempt { () throws(SeriesFault) in try self.reclaim(group) } } }
    journal.start { [weak self] number, through, _ in
      guard let self else { return }
      self.journal.mover.async { self.attempt { () throws(SeriesFault) in try self.move(through: number, sequence: through) } }
    }
  }

  private func attempt(_ work: () throws(SeriesFault) -> Void) {
    do throws(SeriesFault) {
      try work()
      state.withLock { $0.moveFault = nil }
    } catch {
      state.withLock { $0.moveFault = error }
      damage.tell(error)
    }
  }

  /// Why the last work in the background failed, which is tried again when the next journal is full; or what was found damaged.
  package var backgroundFault: SeriesFault? { state.withLock { $0.moveFault } ?? damage.latest }

  /// Why events can not be stored at present: a full disk, say. Tries it.
  package func probe() async -> SeriesFault? { await journal.probe() }

  /// What needs mending, each in one sentence: what failed in the background, and what was found damaged since the engine was opened.
  package var faults: [SeriesFault] { state.withLock { $0.moveFault.map { [$0] } ?? [] } + damage.some }

  /// Names who is told of what is damaged on disk and left out in what is read, each place once, also of what was found before; and of work
  /// in the background that failed.
  package func onFault(_ follow: @escaping @Sendable (SeriesFault) -> Void) { damage.follow(follow) }

  static func folder(_ directory: String, _ number: UInt32) -> String { "\(directory)/groups/\(number)" }
  static func index(_ directory: String, _ number: UInt32) -> String { "\(folder(directory, number))/index" }
  func folder(_ number: UInt32) -> String { Self.folder(directory, number) }

  /// Brings what a group's folder holds to memory.
  static func load(_ group: String, _ directory: String, _ state: inout State) throws(SeriesFault) {
    state.tick += 1
    state.groups[group]?.used = state.tick
    guard let number = state.groups[group]?.number, state.groups[group]?.isLoaded == false else { return }
    var loaded = state.groups[group] ?? LogGroupState()
    try state.recovery.load(group, number, into: &loaded, floor: state.floor, isKnown: { state.groups[$0] != nil })
    loaded.isLoaded = true
    state.groups[group] = loaded
  }

  /// The greatest number that the groups' folders speak of.
  private static func lastSequence(_ directory: String, _ state: inout State) throws(SeriesFault) -> UInt64 {
    var last: UInt64 = 0
    for name in state.groups.keys.sorted() {
      try load(name, directory, &state)
      guard let group = state.groups[name] else { continue }
      last = max(last, group.through, group.deletions.lastSequence, group.slabs.values.map(\.lastSequence).max() ?? 0)
    }
    return last
  }

  private static func replay(
    _ found: Journal.Found, _ directory: String, _ keys: LogKeys, _ state: inout State, _ deleted: inout [(String, UInt32)]
  ) throws(SeriesFault) {
    if state.floor == nil { state.floor = found.header.sequence }
    if [LogFrame.events, LogFrame.marked, LogFrame.sealed].contains(found.header.kind) {
      let opener = LogOpener(keys, keepsAll: true)
      guard let (header, body) = try opener.open(found.header, found.body), let reader = LogBlockReader(header, body) else { return }
      let group = reader.groupName
      if found.isOld { try load(group, directory, &state) }
      if found.isOld, let through = state.groups[group]?.through, reader.lastSequence <= through { return }
      let block = LogBlock(
        firstTime: reader.firstTime, lastTime: reader.lastTime, firstSequence: reader.firstSequence, lastSequence: reader.lastSequence,
        offset: UInt32(clamping: found.offset), length: UInt32(clamping: FrameHeader.size + found.header.length), file: found.number,
        count: UInt32(clamping: reader.count), isInJournal: true)
      state.groups[group, default: LogGroupState(isLoaded: true)].streams[reader.streamName, default: LogStreamState()].add(
        block, ingested: found.header.time)
      return
    }
    var reader = ByteReader(found.body)
    let group = reader.text()
    if reader.isBroken { return }
    if found.header.kind == LogFrame.deleteGroup {
      if let number = state.groups.removeValue(forKey: group)?.number { deleted.append((group, number)) }
      return
    }
    guard var drop = LogIndexFile.drop(found.header, UnsafeRawBufferPointer(rebasing: found.body[reader.place...])) else { return }
    if drop.through == 0 { drop.through = found.header.sequence }
    try load(group, directory, &state)
    state.groups[group]?.apply(drop)
    if state.groups[group]?.number != nil { state.groups[group]?.drops.append(drop) }
  }

  /// Stores events of one stream, in any order; on disk when it returns. Throws when they could not be stored, and then none is.
  package func append(_ events: [LogEvent], group: String, stream: String) async throws(SeriesFault) -> LogAppend {
    let (place, batches) = try await store([LogBatch(group: group, stream: stream, events: events)])
    let stored = batches[0].events
    let time = Timestamp(milliseconds: place.time)
    return LogAppend(
      firstID: LogEventID(time: stored.first?.timestamp.milliseconds ?? place.time, sequence: place.sequence),
      lastID: LogEventID(
        time: stored.last?.timestamp.milliseconds ?? place.time, sequence: place.sequence + UInt64(max(stored.count - 1, 0))),
      ingestedAt: time)
  }

  /// Stores events of many streams with one wait; on disk when it returns.
  package func appendAll(_ batches: [LogBatch]) async throws(SeriesFault) { _ = try await store(batches) }

  private func store(_ batches: [LogBatch]) async throws(SeriesFault) -> (Journal.Place, [LogBatch]) {
    var writer = LogBlockWriter(blockBytes: limits.blockBytes)
    var expected = 0
    for batch in batches {
      expected += 128 + batch.group.utf8.count + batch.stream.utf8.count
      for event in batch.events { expected += event.message.count + 8 }
    }
    writer.frames.bytes.reserveCapacity(min(expected, Self.appendBytes))
    var sorted: [LogBatch] = []
    var added: [(group: String, stream: String, blocks: [LogBlock])] = []
    var sequence: UInt64 = 0
    for batch in batches {
      if let large = batch.events.first(where: { $0.message.count > Self.messageBytes }) {
        throw SeriesFault("A message of \(large.message.count) bytes is longer than the \(Self.messageBytes) that can be stored.")
      }
      let events = Self.inOrder(batch.events)
      let known = writer.blocks.count
      try writer.put(events, group: batch.group, stream: batch.stream, key: try keys.sealing(batch.group))
      var blocks = Array(writer.blocks[known...])
      for place in blocks.indices {
        blocks[place].firstSequence += sequence
        blocks[place].lastSequence += sequence
      }
      sequence += UInt64(events.count)
      added.append((batch.group, batch.stream, blocks))
      sorted.append(LogBatch(group: batch.group, stream: batch.stream, events: events))
    }
    if writer.frames.bytes.count > Self.appendBytes {
      throw SeriesFault(
        "An append of \(writer.frames.bytes.count) bytes is longer than the \(Self.appendBytes) that can be stored at once.")
    }
    let blocks = added
    let place = try await commit(writer.frames) { place in
      self.state.withLock { state in
        for entry in blocks { Self.add(entry.blocks, entry.group, entry.stream, place, &state) }
      }
    }
    if let follow = follower.withLock({ $0 })?.follow {
      var first = place.sequence
      for batch in sorted where !batch.events.isEmpty {
        follow(
          LogAppended(
            group: batch.group, stream: batch.stream, events: batch.events, firstSequence: first,
            ingestedAt: Timestamp(milliseconds: place.time)))
        first += UInt64(batch.events.count)
      }
    }
    return (place, sorted)
  }

  /// Names who is told what was appended, once it is on disk and before the append answers; nil for nobody. It runs on the appender's
  /// task and should only hand on. Appends of several callers may be told of in another order than they are stored.
  package func onAppend(_ follow: (@Sendable (LogAppended) -> Void)?) {
    follower.withLock { $0 = follow.map { Follower(follow: $0) } }
  }

  private static func add(_ blocks: [LogBlock], _ group: String, _ stream: String, _ place: Journal.Place, _ state: inout State) {
    for var block in blocks {
      block.firstSequence += place.sequence
      block.lastSequence += place.sequence
      block.offset = UInt32(clamping: place.offset + Int(block.offset))
      (block.file, block.isInJournal) = (place.number, true)
      state.groups[group, default: LogGroupState(isLoaded: true)].streams[stream, default: LogStreamState()].add(
        block, ingested: place.time)
    }
  }

  /// By time, those of one millisecond as they came.
  private static func inOrder(_ events: [LogEvent]) -> [LogEvent] {
    for place in events.indices.dropFirst() where events[place].timestamp.milliseconds < events[place - 1].timestamp.milliseconds {
      return events.enumerated().sorted {
        let (left, right) = ($0.element.timestamp.milliseconds, $1.element.timestamp.milliseconds)
        return left != right ? left < right : $0.offset < $1.offset
      }.map(\.element)
    }
    return events
  }

  func commit(_ frames: FrameBuffer, _ apply: @escaping @Sendable (Journal.Place) -> Void) async throws(SeriesFault) -> Journal.Place {
    let result: Result<Journal.Place, SeriesFault> = await withCheckedContinuation { continuation in
      journal.append(frames) { result in
        if case .success(let place) = result { apply(place) }
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }

  /// What is known of a group's streams that have events, in no particular order.
  package func streams(group: String) -> [LogStreamInfo] {
    state.withLock { state in
      do throws(SeriesFault) { try Self.load(group, directory, &state) } catch { state.moveFault = error }
      return state.groups[group]?.streams.compactMap { $0.value.info($0.key) } ?? []
    }
  }

  /// Nil when the stream has no events.
  package func stream(group: String, stream: String) -> LogStreamInfo? {
    state.withLock { state in
      do throws(SeriesFault) { try Self.load(group, directory, &state) } catch { state.moveFault = error }
      return state.groups[group]?.streams[stream]?.info(stream)
    }
  }

  /// Moves what is in the journal to the groups' segments now, where it is smaller and faster to query; done when it returns.
  package func settle() async throws(SeriesFault) {
    try await journal.rotate()
    await withCheckedContinuation { continuation in journal.mover.async { continuation.resume() } }
  }

  /// Finishes what was begun and closes the files. Whatever is asked afterwards is refused or finds nothing.
  package func close() async {
    await journal.close()
    files.forgetAll()
    lastSlabs.forgetAll()
    lock.withLock { lock in
      lock?.unlock()
      lock = nil
    }
  }
}
