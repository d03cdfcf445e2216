import ServiceKit
import Store
import Synchronization
import Time

/// Callers that wait for a task of an activity, counted.
final class Pollers: Sendable {
  private let polling = Mutex<[String: Int]>([:])
  /// What wakes them.
  let arrivals: Arrivals

  init(clock: any WallClock) { arrivals = Arrivals(clock: clock) }

  static func name(_ activity: String, _ partition: Partition) -> String { "\(partition.text)/\(activity)" }

  /// Counts a poller in; false when there are as many as may be. `leave` counts it out.
  func enter(_ name: String, most: Int) -> Bool {
    polling.withLock { polling in
      guard polling[name] ?? 0 < most else { return false }
      polling[name, default: 0] += 1
      return true
    }
  }

  func leave(_ name: String) {
    polling.withLock { polling in
      let left = (polling[name] ?? 1) - 1
      polling[name] = left > 0 ? left : nil
      if left <= 0 { arrivals.forget(name) }
    }
  }

  /// A task came.
  func arrived(_ name: String) {
    guard polling.withLock({ $0[name] != nil }) else { return }
    arrivals.arrived(name)
  }
}
