import Logging
import Store
import Synchronization
import Time

/// What rooms count of their own work: gathered in memory, written as metrics about once a second.
///
/// Counting costs a room nothing but a lock; what was counted in the second before a crash is lost. What has to be exact is in the
/// room's own records (the run ledger, the delivery log), not here.
package final class MetricCounters: Sendable {
  private struct Key: Hashable {
    var partition: Partition
    var namespace: String
    var name: String
    var dimensions: [String: String]
    var unit: String
  }
  /// Different series counted between two writes; more are not counted until the next.
  private static let most = 100_000
  private let pending = Mutex<[Key: MetricDatum.Summary]>([:])
  private let clock: any WallClock
  private let log: Logger

  package init(clock: any WallClock, log: Logger) {
    self.clock = clock
    self.log = log
  }

  /// Adds a sample to the second that runs. Values that are not finite are ignored.
  package func add(
    _ namespace: String, _ name: String, _ dimensions: [String: String] = [:], _ value: Double = 1, unit: String = "Count",
    in partition: Partition
  ) {
    guard value.isFinite else { return }
    let key = Key(partition: partition, namespace: namespace, name: name, dimensions: dimensions, unit: unit)
    pending.withLock { pending in
      if pending[key] == nil, pending.count >= Self.most { return }
      pending[key, default: MetricDatum.Summary()].add(value)
    }
  }

  /// Hands what was counted to the room that stores metrics, about once a second while there is something; until cancelled, then the rest.
  package func run(to sink: @escaping @Sendable () -> (any MetricSink)?) async {
    while !Task.isCancelled {
      try? await clock.sleep(until: clock.now() + .seconds(1))
      await flush(to: sink())
    }
    await flush(to: sink())
  }

  /// Hands on what has been counted so far. Without a sink it is dropped.
  package func flush(to sink: (any MetricSink)?) async {
    let counted = pending.withLock { pending in
      defer { pending = [:] }
      return pending
    }
    guard let sink, !counted.isEmpty else { return }
    let now = clock.now()
    for (partition, series) in Dictionary(grouping: counted, by: { $0.key.partition }) {
      let data = series.map { key, summary in
        MetricDatum(
          namespace: key.namespace, name: key.name, dimensions: key.dimensions, value: summary.sum, unit: key.unit, time: now,
          summary: summary)
      }
      do { try await sink.store(data, in: partition) } catch {
        log.error("counted metrics not stored", metadata: ["series": "\(data.count)", "error": "\(error)"])
      }
    }
  }
}
