import LogsInsights
import Synchronization

/// A group that a query reads.
package struct LogQueryGroup: Sendable {
  /// Its name in the engine.
  package var group: String
  /// `@log`: account and name.
  package var log: String
  /// Nil for all.
  package var streams: Set<String>?
  /// Other fields with `@` that its events have.
  package var attributes: [String: String]

  package init(group: String, log: String, streams: Set<String>? = nil, attributes: [String: String] = [:]) {
    self.group = group
    self.log = log
    self.streams = streams
    self.attributes = attributes
  }
}

/// A part of what a query reads: some blocks. Used by one thread at a time.
protocol LogQueryUnit: Sendable {
  /// The instant of its youngest event, in milliseconds.
  var lastTime: Int64 { get }
  var group: Int { get }
  /// Events and bytes of messages, as far as is known without reading.
  var records: Int { get }
  var bytes: Int { get }
  /// Gives events to the scan piece by piece, each within `turn`, which is false when the query was cancelled. Answers how many events
  /// and bytes were passed over.
  func run(_ turn: LogQueryTurn) throws -> (records: Int, bytes: Int)
}

/// What a unit has to work with: the scan of its thread, held only while it is given events.
struct LogQueryTurn {
  let query: LogQuery
  let lane: LogQuery.Lane

  var plan: Plan { query.plan }
  /// False when the query was cancelled.
  func give(_ body: (Scan) throws -> Void) throws -> Bool {
    if query.isCancelled { return false }
    try lane.scan.withLock { try body($0.scan) }
    return true
  }
  /// Events at or before need not be given.
  var cutoff: Int64? { lane.scan.withLock { $0.scan.cutoff } }
  /// Says that a block could not be read; the query goes on without it.
  func report(_ fault: SeriesFault) { query.report(fault) }
}

/// A query of CloudWatch Logs Insights that runs over stored events, on threads that all queries share.
package final class LogQuery: Sendable {
  /// As GetQueryResults' statistics have them.
  package struct Progress: Sendable, Equatable {
    package var recordsMatched = 0.0
    package var recordsScanned = 0.0
    package var bytesScanned = 0.0
    package var estimatedRecordsSkipped = 0.0
    package var estimatedBytesSkipped = 0.0
    package var logGroupsScanned = 0
    package var isDone = false
    package var isCancelled = false
    /// Blocks that could not be read and are missing in the results.
    package var faults: [SeriesFault] = []
  }

  /// One thread's scan.
  final class Lane: Sendable {
    struct Held: ~Copyable, @unchecked Sendable {
      // Only touched under the lock.
      let scan: Scan
    }
    let scan: Mutex<Held>
    init(_ plan: Plan, of lanes: Int) { scan = Mutex(Held(scan: Scan(plan, of: lanes))) }
  }

  private struct State {
    var next = 0
    var working: Int
    var skipped = (records: 0.0, bytes: 0.0)
    var groups: Set<Int> = []
    var faults: [SeriesFault] = []
    var failure: (any Error)?
    var isCancelled = false
    var isDone = false
    var hasStarted = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }
  private static let mostFaults = 100
  private static let alone = 4
  package let plan: Plan
  private let units: [any LogQueryUnit]
  private let lanes: [Lane]
  private let state: Mutex<State>
  private let pool: LogScanPool
  private let groupCount: Int

  private let damage: LogDamage

  init(
    _ plan: Plan, _ units: [any LogQueryUnit], groups: Int, skipped: (records: Double, bytes: Double), pool: LogScanPool, damage: LogDamage
  ) {
    self.plan = plan
    self.damage = damage
    self.units = plan.newestFirst ? units.sorted { $0.lastTime > $1.lastTime } : units
    self.pool = pool
    groupCount = groups
    let width = max(1, min(pool.width, units.count))
    lanes = (0..<width).map { _ in Lane(plan, of: width) }
    state = Mutex(State(working: lanes.count, skipped: skipped))
  }

  /// When the youngest events are asked for, few blocks are often enough: the other threads wait for what they bring.
  func start() { for lane in plan.newestFirst ? lanes.prefix(1) : lanes[...] { pool.submit { self.work(lane) } } }

  private func startOthers() {
    guard plan.newestFirst else { return }
    let others = state.withLock { state in
      defer { state.hasStarted = true }
      return state.hasStarted ? [] : lanes.dropFirst()
    }
    for lane in others { pool.submit { self.work(lane) } }
  }

  var isCancelled: Bool { state.withLock { $0.isCancelled || $0.failure != nil } }

  func report(_ fault: SeriesFault) {
    if fault.isDamage { damage.report(fault) }
    state.withLock { if $0.faults.count < Self.mostFaults { $0.faults.append(fault) } }
  }

  /// Runs one unit, then goes behind other queries' work.
  private func work(_ lane: Lane) {
    let unit = state.withLock { state -> (any LogQueryUnit)? in
      guard !state.isCancelled, state.failure == nil, state.next < units.count else { return nil }
      state.next += 1
      state.groups.insert(units[state.next - 1].group)
      return units[state.next - 1]
    }
    guard let unit else {
      startOthers()
      return leave()
    }
    do {
      var skipped = (records: unit.records, bytes: unit.bytes)
      if !isBehind(unit) { skipped = try unit.run(LogQueryTurn(query: self, lane: lane)) }
      state.withLock { $0.skipped = ($0.skipped.records + Double(skipped.records), $0.skipped.bytes + Double(skipped.bytes)) }
    } catch let fault as SeriesFault {
      report(fault)
    } catch { state.withLock { $0.failure = $0.failure ?? error } }
    // Either there are rows enough to pass over blocks, or they are not found soon.
    if state.withLock({ $0.next >= Self.alone }) || lane.scan.withLock({ $0.scan.cutoff }) != nil { startOthers() }
    pool.submit { self.work(lane) }
  }

  /// Whether a lane has all rows that are wanted, each younger than all of the unit's.
  private func isBehind(_ unit: any LogQueryUnit) -> Bool {
    guard plan.newestFirst else { return false }
    return lanes.contains { lane in lane.scan.withLock { $0.scan.cutoff }.map { unit.lastTime < $0 } ?? false }
  }

  private func leave() {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.working -= 1
      guard state.working == 0 else { return [] }
      state.isDone = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  package var progress: Progress {
    var progress = Progress()
    for lane in lanes {
      lane.scan.withLock { held in
        progress.recordsMatched += held.scan.statistics.recordsMatched
        progress.recordsScanned += held.scan.statistics.recordsScanned
        progress.bytesScanned += held.scan.statistics.bytesScanned
      }
    }
    state.withLock { state in
      progress.estimatedRecordsSkipped = state.skipped.records
      progress.estimatedBytesSkipped = state.skipped.bytes
      progress.logGroupsScanned = state.isDone && !state.isCancelled ? groupCount : state.groups.count
      (progress.isDone, progress.isCancelled, progress.faults) = (state.isDone, state.isCancelled, state.faults)
    }
    return progress
  }

  /// The rows of what has been scanned so far. Throws when the query needs more memory than its limits allow.
  package func partialResults() throws -> QueryResults {
    if let failure = state.withLock({ $0.failure }) { throw failure }
    let whole = Scan(plan)
    for lane in lanes { try lane.scan.withLock { try whole.merge($0.scan) } }
    return try whole.results()
  }

  /// Ends the query; what it has found stays to be asked for.
  package func cancel() { state.withLock { $0.isCancelled = true } }

  /// The rows when everything has been scanned, or what there was when the query was cancelled. Throws `QueryLimitError` when it needs more
  /// memory than its limits allow.
  package func results() async throws -> QueryResults {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if !state.isDone { state.waiting.append(continuation) }
        return state.isDone
      }
      if isDone { continuation.resume() }
    }
    return try partialResults()
  }
}
