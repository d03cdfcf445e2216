import Dispatch
import FoundationEssentials
import Store
import Synchronization
import Time

/// A write that waits for its commit.
struct WriteRequest: Sendable {
  /// Runs the body and keeps its result; throws what the body throws.
  let run: @Sendable (SQLiteTransaction) throws -> @Sendable () -> Void
  let fail: @Sendable (any Error) -> Void
  /// What its commit waits for; such a write has a commit of its own.
  let hold: CommitHold?

  init<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result, _ continuation: CheckedContinuation<Result, any Error>,
    hold: CommitHold? = nil
  ) {
    self.hold = hold
    run = { transaction in
      let result = try body(transaction)
      return { continuation.resume(returning: result) }
    }
    fail = { continuation.resume(throwing: $0) }
  }
}

/// The single writer: takes every write that waits, runs all in one transaction, commits once, answers all.
///
/// While one commit is on its way to the disk, the next writes gather; a lone caller waits for nobody. A write that fails is undone by
/// itself. Because few fail after they have written, and savepoints copy every page that is touched, a batch runs without them first; when
/// one does fail so, all are rolled back and run again with savepoints, and so are the next batches, for failures come together.
///
/// `@unchecked Sendable`: `caution` is used on the writer's thread alone.
final class GroupCommit: @unchecked Sendable {
  private struct State {
    var waiting: [WriteRequest] = []
    var working = false
    var closed = false
    var idle: [CheckedContinuation<Void, Never>] = []
  }
  /// The most writes one commit takes, so that the first of them does not wait for too many others.
  private static let most = 256
  /// How many batches run with savepoints after one needed them.
  private static let cautious = 16
  private let database: Database
  private let claims: AgendaClaims
  private let partitions: PartitionNames
  private let state = Mutex(State())
  /// A thread of its own: commits block, and must not hold up Swift's few cooperative threads.
  private let queue = DispatchQueue(label: "martlet.store.writer", qos: .userInitiated)
  /// In a value of its own: a function right inside a `Mutex` is wrapped once more with every look at it.
  private struct Listener {
    let hear: @Sendable ([String: Timestamp]) -> Void
  }
  private let listener = Mutex<Listener?>(nil)

  /// How many batches more run with savepoints.
  private var caution = 0

  init(database: Database, claims: AgendaClaims, partitions: PartitionNames) {
    self.database = database
    self.claims = claims
    self.partitions = partitions
  }

  func start(_ notify: @escaping @Sendable ([String: Timestamp]) -> Void) { listener.withLock { $0 = Listener(hear: notify) } }

  var isClosed: Bool { state.withLock { $0.closed } }

  func submit(_ request: WriteRequest) {
    enum Next { case refuse, start, none }
    let next = state.withLock { state -> Next in
      if state.closed { return .refuse }
      state.waiting.append(request)
      if state.working { return .none }
      state.working = true
      return .start
    }
    switch next {
    case .refuse: request.fail(StoreFault.closed)
    case .start: queue.async { self.work() }
    case .none: break
    }
  }

  /// Finishes what was submitted.
  func close() async {
    await withCheckedContinuation { continuation in
      let done = state.withLock { state in
        state.closed = true
        if state.working { state.idle.append(continuation) }
        return !state.working
      }
      if done { continuation.resume() }
    }
  }

  private func work() {
    while true {
      let batch = state.withLock { state -> [WriteRequest] in
        if state.waiting.isEmpty {
          state.working = false
          return []
        }
        let batch = Self.batch(state.waiting)
        state.waiting.removeFirst(batch.count)
        return batch
      }
      if batch.isEmpty { break }
      commit(batch)
      database.shortenLog()
    }
    let idle = state.withLock { state in
      defer { if !state.working { state.idle = [] } }
      return state.working ? [] : state.idle
    }
    for continuation in idle { continuation.resume() }
  }

  /// The writes of the next commit: the first alone where it is held, else as many as come before one that is.
  private static func batch(_ waiting: [WriteRequest]) -> [WriteRequest] {
    if let first = waiting.first, first.hold != nil { return [first] }
    return Array(waiting.prefix(most).prefix { $0.hold == nil })
  }

  private func commit(_ batch: [WriteRequest]) {
    do {
      let isCautious = caution > 0
      caution = max(0, caution - 1)
      var commit = try run(batch, isCautious ? .savepoints : .running)
      if commit == nil {
        // One that had written failed: what the others wrote can not be told from it.
        caution = Self.cautious
        commit = try run(batch, .savepoints)
      }
      guard let commit else { throw StoreFault.damaged("a transaction with savepoints was spoilt") }
      for action in commit.aftermath.actions { action() }
      if !commit.aftermath.touched.isEmpty { listener.withLock { $0 }?.hear(commit.aftermath.touched) }
      for answer in commit.answers { answer() }
    } catch {
      let fault = SQLiteFailure.told(error)
      // Writes that had failed by themselves are told the same: none of the batch was kept.
      for request in batch { request.fail(fault) }
    }
  }

  private struct Commit: Sendable {
    var aftermath: SQLiteTransaction.Aftermath
    var answers: [@Sendable () -> Void]
  }

  /// Runs all of them as one transaction and commits it; answers nil when it was spoilt, and nothing of it is kept.
  private func run(_ batch: [WriteRequest], _ undoing: SQLiteTransaction.Undoing) throws -> Commit? {
    try database.write { connection in
      let transaction = SQLiteTransaction(connection, partitions, claims, writable: true, undoing: undoing)
      var answers: [@Sendable () -> Void] = []
      answers.reserveCapacity(batch.count)
      do {
        try connection.statement(.begin).run()
        for request in batch {
          answers.append(run(request, transaction))
          if transaction.isSpoilt || transaction.ended != nil { break }
        }
        if let ended = transaction.ended { throw ended }
        if transaction.isSpoilt {
          try connection.statement(.rollback).run()
          transaction.rolledBack()
          return nil
        }
        if transaction.hasUndone { caution = Self.cautious }
        try transaction.writeStreamEnds()
        if let hold = batch.first?.hold { try wait(hold, connection) }
        try connection.statement(.commit).run()
      } catch {
        if connection.isInTransaction { try connection.statement(.rollback).run() }
        transaction.rolledBack()
        throw error
      }
      return Commit(aftermath: transaction.committed(), answers: answers)
    }
  }

  /// Waits on the writer's thread. What was written is brought to the disk meanwhile, so that the commit has little left to do.
  private func wait(_ hold: CommitHold, _ connection: Connection) throws {
    try connection.flush()
    let remaining = ContinuousClock.now.duration(to: hold.until)
    if remaining > .zero { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .microseconds(Int(remaining.microseconds))) }
    guard hold.isDue() else { throw StoreFault.notDue }
  }

  /// Runs one write and answers how its caller is to be told once all is committed.
  private func run(_ request: WriteRequest, _ transaction: SQLiteTransaction) -> @Sendable () -> Void {
    do {
      return try transaction.savepoint { try request.run(transaction) }
    } catch {
      let fault = SQLiteFailure.told(error)
      return { request.fail(fault) }
    }
  }
}
