import Dispatch
import Synchronization
import Time

/// Stores samples of metrics in files of its own; on disk before it answers.
///
/// Samples go to a journal that all callers share and to chains in memory; a full journal is turned into block files, one for each
/// day, in which a series' samples lie together, in columns. Files of a day that are alike in size are joined, and coarsened as the
/// day gets old. Samples may come late and in any order; seconds are kept apart, what is finer is put together.
package final class MetricEngine: Sendable {
  /// Sizes that decide when files are full, and how long samples are kept.
  package struct Limits: Sendable {
    package var journalBytes = 16 << 20
    /// Files of one day, alike in size, that are joined to one.
    package var filesOfDay = 4
    package var ladder = RetentionLadder.aws
    /// Series that there can be; each takes about 300 bytes of memory.
    package var series = 10_000_000
    /// Bytes of blocks that are kept as they were before compression, for questions that are asked again and again.
    package var plainBytes = 16 << 20
    package init() {}
  }
  /// What a full journal held, until it is in block files.
  struct Moving: Sendable {
    var journal: UInt32
    var through: UInt64
    var head: MetricHead
  }
  struct State: Sendable {
    var head = MetricHead()
    /// What journals held that were full when the engine was opened.
    var recovered = MetricHead()
    var moving: [Moving] = []
    /// The earliest and latest second of each series, by number; the latest is below the earliest where there is none.
    var seen: [Seen] = []
    var blocks: [MetricBlockFile] = []
    var nextBlock: UInt32 = 1
    var through: UInt64 = 0
    var catalogueEnd = 0
    var fault: SeriesFault?
    /// What was found damaged; told until the engine is opened again.
    var damage: SeriesFault?
    var changes = MetricChangeLog()
    var isRetrying = false
  }
  struct Seen: Sendable {
    var first = UInt32.max
    var last: UInt32 = 0
    var isNone: Bool { first > last }
  }
  let directory: String
  let clock: any WallClock
  let limits: Limits
  let journal: Journal
  let cache: MetricBlockCache
  let readers = MetricReaders()
  let state: Mutex<State>
  /// Taken before the state's lock where both are.
  let table: Mutex<SeriesTable>
  private let lock: Mutex<DataFile?>

  package convenience init(directory: String, clock: any WallClock) throws(SeriesFault) {
    try self.init(directory: directory, clock: clock, limits: Limits())
  }

  /// Opens the directory, made when absent, and takes its lock. Files of older versions are written anew.
  package init(directory: String, clock: any WallClock, limits: Limits) throws(SeriesFault) {
    self.directory = directory
    self.clock = clock
    self.limits = limits
    cache = MetricBlockCache(directory: directory, most: 128, bytes: limits.plainBytes)
    try Folder.make(directory)
    let lock = try DataFile.writable("\(directory)/lock")
    try lock.lock()
    self.lock = Mutex(lock)
    var (state, table) = (State(), SeriesTable())
    let oldest = clock.now().seconds - limits.ladder.kept - MetricTime.day
    try Self.load(directory, oldest, &state, &table)
    let through = state.through
    let journal = try Journal(directory: directory, limit: limits.journalBytes, clock: clock) { found throws(SeriesFault) in
      try Self.replay(found, through, &state, &table)
    }
    journal.raise(above: through)
    state.damage = journal.damages.last ?? state.damage
    self.journal = journal
    self.state = Mutex(state)
    self.table = Mutex(table)
    journal.start { [weak self] number, through, isOpening in self?.rotate(number, through, isOpening) }
  }

  private static func replay(_ found: Journal.Found, _ through: UInt64, _ state: inout State, _ table: inout SeriesTable)
    throws(SeriesFault)
  {
    guard let frame = MetricFrame.read(found.header.kind, found.body) else { return }
    for (number, identity) in frame.defined {
      table.define(number, identity)
      if table.entry(number) != nil { table.setDefined(number) }
    }
    // Also of series whose definition was in a record that is damaged: no other may get their numbers.
    table.raise(next: max(frame.numbers.max() ?? 0, frame.rich.map(\.number).max() ?? 0) &+ 1)
    guard found.header.sequence > through else { return }
    try add(frame, to: found.isOld ? state.recovered : state.head, &state)
  }

  /// Takes samples that are on disk to memory.
  static func add(_ frame: MetricFrame, to head: MetricHead, _ state: inout State) throws(SeriesFault) {
    let most = max(frame.numbers.max() ?? 0, frame.rich.map(\.number).max() ?? 0)
    if Int(most) >= state.seen.count {
      state.seen.append(contentsOf: repeatElement(Seen(), count: Int(most) + 1 - state.seen.count + state.seen.count / 4))
    }
    var hasMemory = true
    for place in frame.numbers.indices {
      let (number, second) = (frame.numbers[place], frame.seconds[place])
      if !head.add(number, second, frame.values[place]) { hasMemory = false }
      note(number, second, &state)
    }
    for (number, point) in frame.rich {
      head.add(number, point)
      note(number, point.second, &state)
    }
    if !hasMemory {
      throw SeriesFault("There is no memory for samples: they are in the journal and come back when the engine is opened again.")
    }
  }

  @inline(__always)
  private static func note(_ number: UInt32, _ second: UInt32, _ state: inout State) {
    let place = Int(number)
    if second < state.seen[place].first { state.seen[place].first = second }
    if second > state.seen[place].last { state.seen[place].last = second }
    state.changes.note(number)
  }

  /// On the writer: what is in memory now is what the full journal holds.
  private func rotate(_ number: UInt32, _ through: UInt64, _ isOpening: Bool) {
    state.withLock { state in
      state.moving.append(Moving(journal: number, through: through, head: isOpening ? state.recovered : state.head))
      if isOpening { state.recovered = MetricHead() } else { state.head = MetricHead() }
    }
    journal.mover.async { self.attempt() }
  }

  /// Why the last work in the background failed, or what was found damaged. Nothing is lost by a failure: it is tried again when the
  /// next journal is full.
  package var backgroundFault: SeriesFault? { state.withLock { $0.fault ?? $0.damage } }

  /// Bytes of blocks that are kept as they were before compression.
  package var plainBytes: Int { cache.plain.size }

  /// Why samples can not be stored at present: a full disk, say. Tries it.
  package func probe() async -> SeriesFault? { await journal.probe() }

  /// Series that there are.
  package var seriesCount: Int { table.withLock { $0.count } }

  /// Moves all that the journal holds to block files, and joins them where due.
  package func settle() async throws(SeriesFault) {
    try await journal.rotate()
    await withCheckedContinuation { continuation in journal.mover.async { continuation.resume() } }
  }

  /// Finishes what was begun and closes the files. What is appended afterwards is refused.
  package func close() async {
    await journal.close()
    cache.forgetAll()
    lock.withLock { lock in
      lock?.unlock()
      lock = nil
    }
  }
}
