import JSON
import Logging
import Store
import Synchronization
import Time

/// True once set; safe to share.
final class Settled: Sendable {
  private let state = Mutex(false)
  var value: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}

/// A worker with its types erased.
package struct WorkerEntry: Sendable {
  let queue: String
  let concurrency: Int
  let laneConcurrency: Int
  let lease: Duration
  let lookahead: Duration
  let run: @Sendable (AgendaTask) async throws -> Bool
  let log: Logger

  package static func entries<R: Room>(of room: R) -> [WorkerEntry] { R.workers.map { entry($0, room) } }

  private static func entry<W: Worker, R: Room>(_ worker: W.Type, _ room: R) -> WorkerEntry where W.Home == R {
    WorkerEntry(
      queue: worker.queue, concurrency: worker.concurrency, laneConcurrency: worker.laneConcurrency, lease: worker.lease,
      lookahead: worker.lookahead,
      run: { task in
        let work = Work(room: room, task: task)
        try await worker.run(task, work)
        return work.isSettled
      }, log: room.context.log)
  }

  /// Removes what is remembered of client tokens when its time has come.
  package static func forgetTokens(_ store: any Store, log: Logger) -> WorkerEntry {
    WorkerEntry(
      queue: ClientTokens.queue, concurrency: 4, laneConcurrency: 4, lease: .seconds(60), lookahead: .zero,
      run: { task in
        _ = try await store.write { transaction in
          guard try transaction.complete(task) else { return }
          let key = String(decoding: task.entry.payload, as: UTF8.self)
          try transaction.delete(RememberedCall.self, key, in: task.entry.partition)
        }
        return true
      }, log: log)
  }
}

/// Claims what is due in the Agenda and gives it to the workers, to the millisecond; asleep while nothing is due.
package final class AgendaRunner: Sendable {
  private let store: any Store
  private let clock: any WallClock
  private let log: Logger
  private let lines: Mutex<AgendaLines>
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation

  package init(store: any Store, clock: any WallClock, log: Logger, workers: [WorkerEntry]) {
    self.store = store
    self.clock = clock
    self.log = log
    lines = Mutex(AgendaLines(workers))
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    store.onScheduled { [weak self] earliest in self?.scheduled(earliest) }
  }

  private func scheduled(_ earliest: [String: Timestamp]) {
    if lines.withLock({ $0.due(earliest) }) { waker.yield() }
  }

  /// Looks for lanes that entries were left in.
  private func discover() async {
    let prefixes = lines.withLock { $0.lanePrefixes }
    do {
      let names = try await store.read { transaction in try prefixes.flatMap { try transaction.queues(withPrefix: $0) } }
      lines.withLock { lines in _ = lines.due(Dictionary(names.map { ($0, .distantPast) }, uniquingKeysWith: { first, _ in first })) }
    } catch {
      log.error("agenda lanes not read", metadata: ["error": "\(error)"])
    }
  }

  /// Works until cancelled; then waits for the tasks that run.
  package func run() async {
    await discover()
    await withDiscardingTaskGroup { group in
      var iterator = wake.makeAsyncIterator()
      var alarm: (deadline: Timestamp, sleeper: Task<Void, Never>)?
      while !Task.isCancelled {
        for (task, worker) in await claim(ahead: true) {
          group.addTask { await self.work(task, worker) }
        }
        guard !Task.isCancelled else { break }
        // One that rings earlier than needed does no harm; a new one for each wake would, because sleeps that are given up stay in
        // memory until their time.
        if let deadline = lines.withLock({ $0.soonest(ahead: true) }),
          alarm.map({ deadline < $0.deadline || $0.deadline <= clock.now() }) ?? true
        {
          alarm?.sleeper.cancel()
          let sleeper = Task { [clock, waker] in
            do { try await clock.sleep(until: deadline) } catch { return }
            waker.yield()
          }
          alarm = (deadline, sleeper)
        }
        _ = await iterator.next()
      }
      alarm?.sleeper.cancel()
      // Tasks that run are given the time their own time-outs allow; those not yet begun stay in the store.
    }
  }

  /// - Parameter ahead: whether workers that want tasks before they are due get them then.
  private func claim(ahead: Bool) async -> [(AgendaTask, WorkerEntry)] {
    let now = clock.now()
    let wanted = lines.withLock { $0.wanted(at: now, ahead: ahead) }
    if wanted.isEmpty { return [] }
    do {
      let claimed = try await store.write { transaction in
        var taken: [String: Int] = [:]
        return try wanted.map { line in
          let limit = min(line.limit, line.capacity - taken[line.worker.queue, default: 0])
          let tasks = limit > 0 ? try transaction.claim(line.name, now: line.until, limit: limit, lease: line.worker.lease) : []
          taken[line.worker.queue, default: 0] += tasks.count
          return (line, tasks, try transaction.nextDue(line.name))
        }
      }
      lines.withLock { lines in
        for (line, tasks, next) in claimed { lines.claimed(tasks.count, next: next, of: line) }
      }
      return claimed.flatMap { line, tasks, _ in tasks.map { ($0, line.worker) } }
    } catch {
      if !(error is CancellationError) { log.error("agenda claim failed", metadata: ["error": "\(error)"]) }
      // Tried again a second later: a full disk, say, may have room by then.
      lines.withLock { lines in
        for line in wanted { lines.claimed(0, next: now + .seconds(1), of: line) }
      }
      return []
    }
  }

  /// Does everything that is due now, and what that makes due now, one after the other: for tests and simulations, instead of `run`.
  ///
  /// - Returns: how many tasks were done.
  @discardableResult
  package func drain() async -> Int {
    var done = 0
    lines.withLock { $0.suspectAll() }
    await discover()
    while true {
      let claimed = await claim(ahead: false)
      if claimed.isEmpty, lines.withLock({ $0.soonest(ahead: false) }).map({ $0 > clock.now() }) ?? true { return done }
      for (task, worker) in claimed { await work(task, worker) }
      done += claimed.count
    }
  }

  private func work(_ task: AgendaTask, _ worker: WorkerEntry) async {
    do {
      if try await !worker.run(task) { _ = try await store.write { try $0.complete(task) } }
    } catch is ClaimLost {
      // Replaced or cancelled while it ran: whoever did so decides what happens now.
    } catch is CancellationError {
      // The server stops. The claim ends with this process, so that the task is due again at the next start.
    } catch StoreFault.closed {
      // As above.
    } catch {
      worker.log.error(
        "work failed; it will be tried again",
        metadata: ["queue": "\(task.entry.queue)", "key": "\(task.entry.key ?? "")", "attempt": "\(task.attempt)", "error": "\(error)"])
      let pause = min(300, 1 << min(task.attempt, 8))
      do {
        _ = try await store.write { [clock] in try $0.release(task, due: clock.now() + .seconds(pause), payload: nil) }
      } catch {
        worker.log.error("work not given back; it is due again when its lease ends", metadata: ["error": "\(error)"])
      }
    }
    // A queue or lane that was full may have more due.
    if lines.withLock({ $0.ended(task.entry.queue) }) { waker.yield() }
  }
}
