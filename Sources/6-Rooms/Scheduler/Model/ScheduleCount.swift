import ServiceKit
import Store
import Synchronization

/// How many schedules there are, counted where a quota bounds them: once at the start, then with each that is made or deleted.
final class ScheduleCount: Sendable {
  private let counts = Mutex<[Partition: Int]>([:])

  func add(_ change: Int, _ partition: Partition) { counts.withLock { $0[partition, default: 0] += change } }
  func number(_ partition: Partition) -> Int { counts.withLock { $0[partition] ?? 0 } }
}

extension Call where Home == Scheduler {
  /// Throws ServiceQuotaExceededException when the account has as many schedules as it may.
  ///
  /// Source: EventBridge Scheduler User Guide, "Quotas for Amazon EventBridge Scheduler".
  func checkQuota() throws(Fault) {
    guard let most = room.most, room.count.number(partition) >= most else { return }
    throw Fault("ServiceQuotaExceededException", "The limit of \(most) schedules has been reached.", status: 402)
  }

  /// Counts schedules made or deleted, once that is on disk.
  func count(_ change: Int) {
    guard room.most != nil else { return }
    transaction.afterCommit { [count = room.count, partition] in count.add(change, partition) }
  }
}
