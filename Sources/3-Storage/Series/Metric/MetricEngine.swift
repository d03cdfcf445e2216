import Dispatch
import Synchronization
import Time

/// Stores samples of metrics in files of its own; on disk before it answers.
///
/// Samples go to a journal that all callers share and to columns in memory; a full journal is turned into block files, one for each
/// day, in which a series' samples lie together, summed up per second or minute. A day's files are joined when they are many and
/// coarsened as the day gets old. Samples may come late and in any order.
package final class MetricEngine: Sendable {
  /// Sizes that decide when files are full.
  package struct Limits: Sendable {
    package var journalBytes = 8 << 20
    /// Files of one day that are joined to one.
    package var filesOfDay = 6
    package init() {}
  }
  /// What a full journal held, until it is in block files.
  struct Moving: Sendable {
    var journal: UInt32
    var through: UInt64
    var points: [UInt32: [MetricPoint]]
  }
  struct State: Sendable {
    var numbers: [MetricSeries.Identity: UInt32] = [:]
    var series: [UInt32: MetricSeries] = [:]
    var units: [MetricKey: [UInt32]] = [:]
    /// All keys in order; nil when a new one is to be sorted in.
    var sorted: [MetricKey]?
    var nextSeries: UInt32 = 1
    var fresh: [UInt32: [MetricPoint]] = [:]
    /// What journals held that were full when the engine was opened.
    var recovered: [UInt32: [MetricPoint]] = [:]
    var moving: [Moving] = []
    var blocks: [MetricBlockFile] = []
    var nextBlock: UInt32 = 1
    var through: UInt64 = 0
    var catalogueEnd = 0
    var fault: SeriesFault?
    var changes = MetricChangeLog()
  }
  let directory: String
  let clock: any WallClock
  let limits: Limits
  let journal: Journal
  let cache: MetricBlockCache
  let state: Mutex<State>
  private let lock: Mutex<DataFile?>
  /// Source: Amazon CloudWatch User Guide, "Metrics retention".
  private static let kept: Int64 = 456 * MetricTime.day

  package convenience init(directory: String, clock: any WallClock) throws(SeriesFault) {
    try self.init(directory: directory, clock: clock, limits: Limits())
  }

  /// Opens the directory, made when absent, and takes its lock.
  package init(directory: String, clock: any WallClock, limits: Limits) throws(SeriesFault) {
    self.directory = directory
    self.clock = clock
    self.limits = limits
    cache = MetricBlockCache(directory: directory, most: 64)
    try Folder.make(directory)
    let lock = try DataFile.writable("\(directory)/lock")
    try lock.lock()
    self.lock = Mutex(lock)
    var state = State()
    try Self.load(directory, clock.now().seconds - Self.kept, &state)
    let through = state.through
    let journal = try Journal(directory: directory, limit: limits.journalBytes, clock: clock) { found throws(SeriesFault) in
      Self.replay(found, through, &state)
    }
    journal.raise(above: through)
    self.journal = journal
    self.state = Mutex(state)
    journal.start { [weak self] number, through, isOpening in self?.rotate(number, through, isOpening) }
  }

  private static func load(_ directory: String, _ oldest: Int64, _ state: inout State) throws(SeriesFault) {
    let manifest = try MetricCatalogue.read("\(directory)/manifest")
    (state.through, state.nextSeries, state.nextBlock, state.blocks) = (
      manifest.through, manifest.nextSeries, manifest.nextBlock, manifest.blocks
    )
    let seen = Dictionary(manifest.seen.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    var found: [(UInt32, MetricSeries.Identity)] = []
    state.catalogueEnd = try MetricCatalogue.load("\(directory)/catalogue") { found.append(($0, $1)) }
    for (number, identity) in found {
      state.nextSeries = max(state.nextSeries, number &+ 1)
      // Nothing of a series that was last seen that long ago is left.
      if let entry = seen[number], entry.last < oldest { continue }
      define(number, identity, &state)
      state.series[number]?.first = seen[number]?.first ?? .max
      state.series[number]?.last = seen[number]?.last ?? .min
      state.series[number]?.isDefined = true
      state.series[number]?.isFiled = true
    }
    // Written by a move that did not come to its end.
    let known = Set(manifest.blocks.map(\.name))
    for name in try Folder.names(directory) where name.hasPrefix("block-") && !known.contains(name) {
      try Folder.remove(file: "\(directory)/\(name)")
    }
  }

  static func define(_ number: UInt32, _ identity: MetricSeries.Identity, _ state: inout State) {
    if state.series[number] != nil { return }
    state.series[number] = MetricSeries(identity: identity)
    state.numbers[identity] = number
    state.nextSeries = max(state.nextSeries, number &+ 1)
    if state.units[identity.key] == nil { state.sorted = nil }
    state.units[identity.key, default: []].append(number)
  }

  private static func replay(_ found: Journal.Found, _ through: UInt64, _ state: inout State) {
    guard let samples = MetricFrame.read(found.body) else { return }
    for (number, identity) in samples.defined {
      define(number, identity, &state)
      state.series[number]?.isDefined = true
    }
    guard found.header.sequence > through else { return }
    if found.isOld { swap(&state.fresh, &state.recovered) }
    add(samples.points, &state)
    if found.isOld { swap(&state.fresh, &state.recovered) }
  }

  static func add(_ points: [(number: UInt32, point: MetricPoint)], _ state: inout State) {
    for entry in points {
      state.fresh[entry.number, default: []].append(entry.point)
      state.changes.note(entry.number)
      guard let known = state.series[entry.number] else { continue }
      let second = entry.point.second
      if second < known.first { state.series[entry.number]?.first = second }
      if second > known.last { state.series[entry.number]?.last = second }
    }
  }

  /// Stores samples, old ones too; on disk when it returns. Throws when they could not be stored, or one is no finite number.
  package func append(_ samples: [MetricSample]) async throws(SeriesFault) {
    if samples.isEmpty { return }
    for sample in samples { try MetricFrame.check(sample) }
    let frame = state.withLock { state -> MetricFrame in
      var frame = MetricFrame()
      for sample in samples {
        let identity = MetricSeries.Identity(key: sample.key, unit: sample.unit)
        let number = state.numbers[identity] ?? state.nextSeries
        if state.numbers[identity] == nil { Self.define(number, identity, &state) }
        // Until the first frame that tells its number is on disk every frame tells it.
        if state.series[number]?.isDefined == false { frame.defined[number] = identity }
        frame.add(sample, number)
      }
      return frame
    }
    let (buffer, points, defined) = (frame.buffer(), frame.points, Array(frame.defined.keys))
    let result: Result<Journal.Place, SeriesFault> = await withCheckedContinuation { continuation in
      journal.append(buffer) { result in
        if case .success = result {
          self.state.withLock { state in
            for number in defined { state.series[number]?.isDefined = true }
            Self.add(points, &state)
          }
        }
        continuation.resume(returning: result)
      }
    }
    _ = try result.get()
  }

  /// On the writer: what is in memory now is what the full journal holds.
  private func rotate(_ number: UInt32, _ through: UInt64, _ isOpening: Bool) {
    state.withLock { state in
      state.moving.append(Moving(journal: number, through: through, points: isOpening ? state.recovered : state.fresh))
      if isOpening { state.recovered = [:] } else { state.fresh = [:] }
    }
    journal.mover.async {
      do throws(SeriesFault) { try self.move() } catch { self.state.withLock { $0.fault = error } }
    }
  }

  /// Why the last work in the background failed. Nothing is lost by that: it is tried again when the next journal is full.
  package var backgroundFault: SeriesFault? { state.withLock { $0.fault } }

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
