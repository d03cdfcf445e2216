import Logging
import ServiceKit
import Store
import Synchronization
import Telemetry
import Time

/// Takes StatsD's datagrams and turns them into metrics every few seconds, as the CloudWatch agent does.
///
/// A dimension `metric_type` tells what a metric came as. Counters count since the flush before; gauges stand for as long as they are sent,
/// and a change (`+5`) is of the value before, also when that was flushed; timers, histograms and distributions keep their percentiles; a
/// set's value is the number of its different members. Source: Amazon CloudWatch User Guide, "Retrieve custom metrics with StatsD".
package final class StatsDInlet: Sendable {
  private let context: RoomContext
  private let counts: InletCounts
  private let namespace: String
  private let interval: Duration
  private let table = Mutex(StatsDTable())

  init(_ context: RoomContext, _ counts: InletCounts, _ configuration: InletConfiguration) {
    self.context = context
    self.counts = counts
    namespace = configuration.statsDNamespace
    interval = configuration.statsDInterval
  }

  var seriesCount: Int { table.withLock { $0.count } }

  /// Takes a datagram: lines of StatsD. Whatever is no line is counted and left out.
  package func receive(_ datagram: [UInt8]) {
    counts.add("statsd", "datagrams")
    let now = context.clock.now()
    var (taken, malformed, unsupported, dropped) = (0, 0, 0, 0)
    for bytes in datagram.split(separator: 10) {
      let line = bytes.last == 13 ? bytes.dropLast() : bytes[...]
      if line.isEmpty { continue }
      do throws(StatsDLine.Refusal) {
        let parsed = try StatsDLine(line)
        if table.withLock({ $0.add(parsed, now: now) }) { taken += 1 } else { dropped += 1 }
      } catch {
        if error == .malformed { malformed += 1 } else { unsupported += 1 }
      }
    }
    counts.add("statsd", "lines", taken)
    counts.add("statsd", "malformedLines", malformed, isFault: true)
    counts.add("statsd", "unsupportedLines", unsupported, isFault: true)
    counts.add("statsd", "droppedLines", dropped, isFault: true)
  }

  /// Flushes at multiples of the interval until cancelled.
  func run() async throws {
    let length = max(1, interval.microseconds)
    while !Task.isCancelled {
      let now = context.clock.now().microseconds
      try await context.clock.sleep(until: Timestamp(microseconds: (now / length + 1) * length))
      await flush()
    }
  }

  /// Stores what was gathered. What can not be stored is lost, as datagrams may be, and counted.
  package func flush() async {
    let now = context.clock.now()
    let data = table.withLock { $0.take(namespace, now: now) }
    if data.isEmpty { return }
    do {
      guard let sink = context.invoker.metrics else { throw Fault.unavailable("There is no room that stores metrics.") }
      try await sink.store(data, in: context.home)
      counts.add("statsd", "samples", data.count)
    } catch {
      counts.add("statsd", "lostSamples", data.count, isFault: true)
      context.log.error("metrics of StatsD were not stored", metadata: ["samples": "\(data.count)", "error": "\(error)"])
    }
  }
}
