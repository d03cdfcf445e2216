import Store
import Synchronization
import Time

/// Wakes whoever waits for something to be put into one of a room's Agenda queues, so that nobody looks for it meanwhile.
package final class Arrivals: Sendable {
  private struct State {
    var counts: [String: Int] = [:]
    var waiting: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
    var next = 0
  }
  private let state = Mutex(State())
  private let clock: any WallClock
  private let prefix: String

  /// - Parameter prefix: leads the names of the queues that are waited for.
  package init(_ context: RoomContext, prefix: String) {
    clock = context.clock
    self.prefix = prefix
    context.store.onScheduled { [weak self] earliest in self?.wake(earliest.keys) }
  }

  private func wake(_ queues: some Sequence<String>) {
    let woken = state.withLock { state in
      queues.filter { $0.hasPrefix(prefix) }.flatMap { queue in
        state.counts[queue, default: 0] += 1
        return Array((state.waiting.removeValue(forKey: queue) ?? [:]).values)
      }
    }
    for continuation in woken { continuation.resume() }
  }

  /// Lets everybody go who waits.
  package func wakeAll() {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      return state.waiting.values.flatMap(\.values)
    }
    for continuation in waiting { continuation.resume() }
  }

  /// How often something came for the queue: what `wait` compares with, read before looking for events.
  package func count(_ queue: String) -> Int { state.withLock { $0.counts[queue] ?? 0 } }

  /// Returns when something has come since `count` was read, or at the deadline, or when cancelled.
  package func wait(for queue: String, since count: Int, until deadline: Timestamp) async {
    let clock = clock
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    let release: @Sendable () -> Void = { [weak self] in
      self?.state.withLock { $0.waiting[queue]?.removeValue(forKey: id) }?.resume()
    }
    let timer = Mutex<Task<Void, Never>?>(nil)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          if state.counts[queue] ?? 0 != count || clock.now() >= deadline || Task.isCancelled { return false }
          state.waiting[queue, default: [:]][id] = continuation
          return true
        }
        guard waits else { return continuation.resume() }
        timer.withLock {
          $0 = Task {
            try? await clock.sleep(until: deadline)
            release()
          }
        }
      }
    } onCancel: {
      release()
    }
    timer.withLock { $0?.cancel() }
  }
}
