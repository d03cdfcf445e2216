import Dispatch
import FoundationEssentials
import GRDB
import Store
import Synchronization
import Time

/// A write that waits for its commit.
struct WriteRequest: Sendable {
  /// Runs the body and keeps its result; throws what the body throws.
  let run: @Sendable (SQLiteTransaction) throws -> @Sendable () -> Void
  let fail: @Sendable (any Error) -> Void

  init<Result: Sendable>(
    _ body: @escaping @Sendable (any Transaction) throws -> Result, _ continuation: CheckedContinuation<Result, any Error>
  ) {
    run = { transaction in
      let result = try body(transaction)
      return { continuation.resume(returning: result) }
    }
    fail = { continuation.resume(throwing: $0) }
  }
}

/// The single writer: takes every write that waits, runs each as a savepoint of one transaction, commits once, answers all.
///
/// While one commit is on its way to the disk, the next writes gather; a lone caller waits for nobody.
final class GroupCommit: Sendable {
  private struct State {
    var waiting: [WriteRequest] = []
    var working = false
    var closed = false
    var idle: [CheckedContinuation<Void, Never>] = []
  }
  /// The most writes one commit takes, so that the first of them does not wait for too many others.
  private static let most = 256
  private let database: any DatabaseWriter
  private let partitions: PartitionNames
  private let state = Mutex(State())
  /// A thread of its own: commits block, and must not hold up Swift's few cooperative threads.
  private let queue = DispatchQueue(label: "martlet.store.writer", qos: .userInitiated)
  private let notify = Mutex<(@Sendable ([String: Timestamp]) -> Void)?>(nil)

  init(database: any DatabaseWriter, partitions: PartitionNames) {
    self.database = database
    self.partitions = partitions
  }

  func start(_ notify: @escaping @Sendable ([String: Timestamp]) -> Void) { self.notify.withLock { $0 = notify } }

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
        let batch = Array(state.waiting.prefix(Self.most))
        state.waiting.removeFirst(batch.count)
        return batch
      }
      if batch.isEmpty { break }
      commit(batch)
    }
    let idle = state.withLock { state in
      defer { if !state.working { state.idle = [] } }
      return state.working ? [] : state.idle
    }
    for continuation in idle { continuation.resume() }
  }

  private func commit(_ batch: [WriteRequest]) {
    var answers: [@Sendable () -> Void] = []
    answers.reserveCapacity(batch.count)
    do {
      let transaction = try database.writeWithoutTransaction { database -> SQLiteTransaction in
        let transaction = SQLiteTransaction(database, partitions, writable: true)
        try database.cachedStatement(sql: "BEGIN IMMEDIATE").execute()
        do {
          for request in batch { answers.append(run(request, transaction)) }
          try transaction.writeStreamEnds()
          try database.cachedStatement(sql: "COMMIT").execute()
        } catch {
          if database.isInsideTransaction { try database.rollback() }
          throw error
        }
        return transaction
      }
      transaction.committed()
      if !transaction.touched.isEmpty { notify.withLock { $0 }?(transaction.touched) }
      for answer in answers { answer() }
    } catch {
      let fault = (error as? DatabaseError).flatMap { SQLiteStore.fault(for: $0, path: nil) } ?? error
      // Writes that had failed by themselves are told the same: none of the batch was kept.
      for request in batch { request.fail(fault) }
    }
  }

  /// Runs one write as a savepoint and answers how its caller is to be told once all is committed.
  private func run(_ request: WriteRequest, _ transaction: SQLiteTransaction) -> @Sendable () -> Void {
    do {
      return try transaction.savepoint { try request.run(transaction) }
    } catch {
      let fault = (error as? DatabaseError).flatMap { SQLiteStore.fault(for: $0, path: nil) } ?? error
      return { request.fail(fault) }
    }
  }
}
