import ServiceKit
import Store
import Synchronization

/// AWS's quotas on resources. Source: Step Functions Developer Guide, "Step Functions service quotas".
package struct StatesQuotas: Sendable {
  package var machines = 100_000
  package var activities = 100_000
  /// Standard executions that run at once.
  package var openExecutions = 1_000_000
  /// Of one machine.
  package var versions = 1_000
  /// Of one machine.
  package var aliases = 100
  /// Callers that wait for tasks of one activity.
  package var pollers = 1_000

  package init() {}
}

/// How many Standard executions run, counted where a quota bounds them.
final class OpenExecutions: Sendable {
  private let counts = Mutex<[Partition: Int]>([:])

  func add(_ change: Int, _ partition: Partition) {
    if change != 0 { counts.withLock { $0[partition, default: 0] += change } }
  }

  func count(_ partition: Partition) -> Int { counts.withLock { $0[partition] ?? 0 } }

  /// Counts those that are stored.
  static func count(in partition: Partition, _ transaction: any Transaction) throws -> Int {
    var count = 0
    try transaction.forEach(Execution.self, in: partition) {
      if $0.isRunning { count += 1 }
      return true
    }
    return count
  }
}
