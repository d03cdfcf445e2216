import Store
import Synchronization
import Time

/// Wakes whoever waits for something to come, so that nobody looks for it meanwhile: to be put into one of a room's Agenda queues, or what
/// the room tells of itself.
package final class Arrivals: Sendable {
  private struct State {
    var counts: [String: Int] = [:]
    var waiting: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
    var next = 0
    var isStopped = false
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

  /// For what the room tells with `arrived`.
  package init(clock: any WallClock) {
    self.clock = clock
    prefix = ""
  }

  /// Something came for one of those that wait: it goes and looks, the others go on waiting.
  package func arrived(_ queue: String) {
    let woken = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.counts[queue, default: 0] += 1
      guard let id = state.waiting[queue]?.keys.min() else { return nil }
      return state.waiting[queue]?.removeValue(forKey: id)
    }
    woken?.resume()
  }

  /// Nobody waits for the queue any more.
  package func forget(_ queue: String) { state.withLock { $0.counts[queue] = nil } }

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

  /// Lets everybody go, now and from now on.
  package func stop() {
    state.withLock { $0.isStopped = true }
    wakeAll()
  }

  package var isStopped: Bool { state.withLock { $0.isStopped } }

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
          if state.isStopped || state.counts[queue] ?? 0 != count || clock.now() >= deadline || Task.isCancelled { return false }
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
