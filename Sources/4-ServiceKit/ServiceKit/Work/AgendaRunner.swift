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
  let lease: Duration
  let run: @Sendable (AgendaTask) async throws -> Bool
  let log: Logger

  package static func entries<R: Room>(of room: R) -> [WorkerEntry] { R.workers.map { entry($0, room) } }

  private static func entry<W: Worker, R: Room>(_ worker: W.Type, _ room: R) -> WorkerEntry where W.Home == R {
    WorkerEntry(
      queue: worker.queue, concurrency: worker.concurrency, lease: worker.lease,
      run: { task in
        let work = Work(room: room, task: task)
        try await worker.run(task, work)
        return work.isSettled
      }, log: room.context.log)
  }

  /// Removes what is remembered of client tokens when its time has come.
  package static func forgetTokens(_ store: any Store, log: Logger) -> WorkerEntry {
    WorkerEntry(
      queue: ClientTokens.queue, concurrency: 4, lease: .seconds(60),
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
  private struct Queue: Sendable {
    var worker: WorkerEntry
    var running = 0
    /// The earliest instant at which something may be due; nil when the queue is empty.
    var next: Timestamp?
  }
  private let store: any Store
  private let clock: any WallClock
  private let log: Logger
  private let queues: Mutex<[String: Queue]>
  private let wake: AsyncStream<Void>
  private let waker: AsyncStream<Void>.Continuation
  /// The most tasks one claim takes from a queue.
  private static let batch = 1_000

  package init(store: any Store, clock: any WallClock, log: Logger, workers: [WorkerEntry]) {
    self.store = store
    self.clock = clock
    self.log = log
    var queues: [String: Queue] = [:]
    for worker in workers { queues[worker.queue] = Queue(worker: worker, next: .distantPast) }
    self.queues = Mutex(queues)
    (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    store.onScheduled { [weak self] earliest in self?.scheduled(earliest) }
  }

  private func scheduled(_ earliest: [String: Timestamp]) {
    let changed = queues.withLock { queues in
      var changed = false
      for (name, due) in earliest {
        guard let next = queues[name].map({ $0.next ?? .distantFuture }), due < next else { continue }
        queues[name]?.next = due
        changed = true
      }
      return changed
    }
    if changed { waker.yield() }
  }

  /// Works until cancelled; then waits for the tasks that run.
  package func run() async {
    await withDiscardingTaskGroup { group in
      var iterator = wake.makeAsyncIterator()
      var alarm: (deadline: Timestamp, sleeper: Task<Void, Never>)?
      while !Task.isCancelled {
        for (task, worker) in await claim() {
          group.addTask { await self.work(task, worker) }
        }
        guard !Task.isCancelled else { break }
        // One that rings earlier than needed does no harm; a new one for each wake would, because sleeps that are given up stay in
        // memory until their time.
        if let deadline = soonest(), alarm.map({ deadline < $0.deadline || $0.deadline <= clock.now() }) ?? true {
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

  /// The next instant at which a queue with room for more may have something due.
  private func soonest() -> Timestamp? {
    queues.withLock { queues in
      queues.values.lazy.filter { $0.running < $0.worker.concurrency }.compactMap(\.next).min()
    }
  }

  private func claim() async -> [(AgendaTask, WorkerEntry)] {
    let now = clock.now()
    let wanted = queues.withLock { queues in
      queues.values.compactMap { queue -> (WorkerEntry, Int)? in
        guard let next = queue.next, next <= now, queue.running < queue.worker.concurrency else { return nil }
        return (queue.worker, min(queue.worker.concurrency - queue.running, Self.batch))
      }
    }
    if wanted.isEmpty { return [] }
    // Before the claim, so that work scheduled while it runs lowers the mark again.
    queues.withLock { queues in
      for (worker, _) in wanted { queues[worker.queue]?.next = nil }
    }
    do {
      let claimed = try await store.write { transaction in
        try wanted.map { worker, limit in
          (worker, try transaction.claim(worker.queue, now: now, limit: limit, lease: worker.lease), try transaction.nextDue(worker.queue))
        }
      }
      queues.withLock { queues in
        for (worker, tasks, next) in claimed {
          queues[worker.queue]?.running += tasks.count
          if let next {
            let known = queues[worker.queue]?.next ?? .distantFuture
            queues[worker.queue]?.next = min(next, known)
          }
        }
      }
      return claimed.flatMap { worker, tasks, _ in tasks.map { ($0, worker) } }
    } catch {
      if !(error is CancellationError) { log.error("agenda claim failed", metadata: ["error": "\(error)"]) }
      // Tried again a second later: a full disk, say, may have room by then.
      queues.withLock { queues in
        for (worker, _) in wanted { queues[worker.queue]?.next = now + .seconds(1) }
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
    queues.withLock { queues in
      for name in queues.keys { queues[name]?.next = .distantPast }
    }
    while true {
      let claimed = await claim()
      if claimed.isEmpty, soonest().map({ $0 > clock.now() }) ?? true { return done }
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
    let freed = queues.withLock { queues in
      queues[worker.queue]?.running -= 1
      return queues[worker.queue].map { $0.running == $0.worker.concurrency - 1 && $0.next != nil } ?? false
    }
    // A queue that was full may have more due.
    if freed { waker.yield() }
  }
}
