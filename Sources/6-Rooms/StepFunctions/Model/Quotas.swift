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
  /// Map runs that are under way at once; others wait after their `MapRunStarted`.
  package var mapRuns = 1_000
  /// Of one map run.
  package var mapRunRedrives = 1_000

  /// Seconds a Standard execution may run: a year.
  static let longestExecution: Int64 = 31_536_000

  package init() {}
}

/// How many there are of what a quota bounds, by account and region.
final class OpenCounts: Sendable {
  private let counts = Mutex<[Partition: Int]>([:])

  func add(_ change: Int, _ partition: Partition) {
    if change != 0 { counts.withLock { $0[partition, default: 0] += change } }
  }

  func count(_ partition: Partition) -> Int { counts.withLock { $0[partition] ?? 0 } }

  /// Counts those that are stored.
  func load<Value: Resource>(_ type: Value.Type, in store: any Store, where isOpen: @escaping @Sendable (Value) -> Bool) async throws {
    let found = try await store.read { transaction in
      try transaction.partitions(holding: type.kind).map { partition in
        var count = 0
        try transaction.forEach(type, in: partition) {
          if isOpen($0) { count += 1 }
          return true
        }
        return (partition, count)
      }
    }
    for (partition, count) in found { add(count, partition) }
  }
}
