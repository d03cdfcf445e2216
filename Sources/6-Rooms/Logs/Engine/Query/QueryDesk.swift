import Series
import ServiceKit
import Store
import Synchronization

/// The queries that run or wait to run; so many at once.
final class QueryDesk: Sendable {
  private struct Entry {
    var query: LogQuery?
    var isCancelled = false
    var isTimedOut = false
    /// Resumed with whether the query may run.
    var turn: CheckedContinuation<Bool, Never>?
    var hasTurn = false
  }
  private struct State {
    var entries: [String: Entry] = [:]
    var waiting: [String] = []
    var running = 0
    var isStopping = false
    var idle: [CheckedContinuation<Void, Never>] = []
    /// Bytes of results that are kept.
    var keptBytes = 0
  }
  private let state = Mutex(State())
  /// Queries that run at once, and all that run or wait.
  private let width: Int
  private let most: Int

  init(limits: LimitProfile) { (width, most) = limits == .aws ? (100, 100) : (8, 1_000) }

  /// Takes a query in. Throws LimitExceededException when too many run or wait.
  func admit(_ id: String) throws(Fault) {
    try state.withLock { state throws(Fault) in
      if state.isStopping { throw .unavailable("The server is stopping.") }
      if state.entries.count >= most { throw .limit("Account maximum query concurrency limit of [\(most)] reached.") }
      state.entries[id] = Entry()
    }
  }

  /// Returns when it is the query's turn; false when it was cancelled meanwhile.
  func turn(_ id: String) async -> Bool {
    await withCheckedContinuation { continuation in
      let answer = state.withLock { state -> Bool? in
        guard let entry = state.entries[id], !entry.isCancelled, !state.isStopping else { return false }
        if state.running < width {
          state.running += 1
          state.entries[id]?.hasTurn = true
          return true
        }
        state.entries[id]?.turn = continuation
        state.waiting.append(id)
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// What runs; cancelled at once when it was asked for before.
  func began(_ id: String, _ query: LogQuery) {
    let isCancelled = state.withLock { state in
      state.entries[id]?.query = query
      return state.isStopping || state.entries[id]?.isCancelled ?? true
    }
    if isCancelled { query.cancel() }
  }

  func query(_ id: String) -> LogQuery? { state.withLock { $0.entries[id]?.query } }
  func isWaiting(_ id: String) -> Bool { state.withLock { $0.entries[id].map { $0.query == nil } ?? false } }
  func isCancelled(_ id: String) -> Bool { state.withLock { $0.entries[id]?.isCancelled ?? false } }
  func isTimedOut(_ id: String) -> Bool { state.withLock { $0.entries[id]?.isTimedOut ?? false } }
  var isStopping: Bool { state.withLock { $0.isStopping } }

  /// Ends a query; false when it is over.
  @discardableResult
  func cancel(_ id: String, timedOut: Bool = false) -> Bool {
    let found = state.withLock { state -> Entry? in
      guard let entry = state.entries[id] else { return nil }
      state.entries[id]?.isCancelled = true
      state.entries[id]?.isTimedOut = timedOut
      state.entries[id]?.turn = nil
      state.waiting.removeAll { $0 == id }
      return entry
    }
    guard let found else { return false }
    found.query?.cancel()
    found.turn?.resume(returning: false)
    return true
  }

  /// The query is over and written down: the next has its turn.
  func leave(_ id: String) {
    let (next, idle) = state.withLock { state -> (CheckedContinuation<Bool, Never>?, [CheckedContinuation<Void, Never>]) in
      let entry = state.entries.removeValue(forKey: id)
      if entry?.hasTurn == true { state.running -= 1 }
      var next: CheckedContinuation<Bool, Never>?
      if state.running < width, !state.waiting.isEmpty {
        let waiting = state.waiting.removeFirst()
        next = state.entries[waiting]?.turn
        state.entries[waiting]?.turn = nil
        state.entries[waiting]?.hasTurn = true
        state.running += 1
      }
      guard state.entries.isEmpty else { return (next, []) }
      defer { state.idle = [] }
      return (next, state.idle)
    }
    next?.resume(returning: true)
    for continuation in idle { continuation.resume() }
  }

  /// Returns when no query runs or waits.
  func settle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if !state.entries.isEmpty { state.idle.append(continuation) }
        return state.entries.isEmpty
      }
      if isIdle { continuation.resume() }
    }
  }

  /// Ends all queries; the next start says of them that they failed.
  func stop() async {
    let ids = state.withLock { state in
      state.isStopping = true
      return Array(state.entries.keys)
    }
    for id in ids { cancel(id) }
    await settle()
  }

  /// Counts bytes of results that are kept; answers how many are.
  @discardableResult
  func keep(_ bytes: Int) -> Int {
    state.withLock { state in
      state.keptBytes += bytes
      return state.keptBytes
    }
  }
}
