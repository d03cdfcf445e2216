import Store
import Synchronization
import Time

/// Callers that wait for a task of an activity.
final class Pollers: Sendable {
  private struct State {
    /// How often something came for an activity.
    var arrivals: [String: Int] = [:]
    var waiting: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
    var polling: [String: Int] = [:]
    var next = 0
    var isStopped = false
  }
  private let state = Mutex(State())
  private let clock: any WallClock

  init(clock: any WallClock) { self.clock = clock }

  static func name(_ activity: String, _ partition: Partition) -> String { "\(partition.text)/\(activity)" }

  /// Counts a poller in; false when there are as many as may be. `leave` counts it out.
  func enter(_ name: String, most: Int) -> Bool {
    state.withLock { state in
      guard state.polling[name] ?? 0 < most else { return false }
      state.polling[name, default: 0] += 1
      return true
    }
  }

  func leave(_ name: String) {
    state.withLock { state in
      let left = (state.polling[name] ?? 1) - 1
      state.polling[name] = left > 0 ? left : nil
      if left <= 0 { state.arrivals[name] = nil }
    }
  }

  /// A task came: one that waits goes and looks, the others go on waiting.
  func arrived(_ name: String) {
    let woken = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.polling[name] != nil else { return nil }
      state.arrivals[name, default: 0] += 1
      guard let id = state.waiting[name]?.keys.min() else { return nil }
      return state.waiting[name]?.removeValue(forKey: id)
    }
    woken?.resume()
  }

  func arrivals(_ name: String) -> Int { state.withLock { $0.arrivals[name] ?? 0 } }
  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Returns when something came since `arrivals` was read, at the deadline, when cancelled, or when the room stops.
  func wait(for name: String, since arrivals: Int, until deadline: Timestamp) async {
    let clock = clock
    let id = state.withLock { state in
      state.next += 1
      return state.next
    }
    let release: @Sendable () -> Void = { [weak self] in
      self?.state.withLock { $0.waiting[name]?.removeValue(forKey: id) }?.resume()
    }
    let timer = Mutex<Task<Void, Never>?>(nil)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          if state.isStopped || state.arrivals[name] ?? 0 != arrivals || clock.now() >= deadline || Task.isCancelled { return false }
          state.waiting[name, default: [:]][id] = continuation
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

  /// Lets everybody go, now and from now on.
  func release() {
    let waiting = state.withLock { state in
      state.isStopped = true
      defer { state.waiting = [:] }
      return state.waiting.values.flatMap(\.values)
    }
    for continuation in waiting { continuation.resume() }
  }
}
