import Synchronization
import Time
import Wire

/// Counts and latencies of operations since the start of the server, as Prometheus reads them.
package final class Measurements: Sendable {
  private struct Key: Hashable {
    var service: String
    var operation: String
    var code: String
  }
  private struct Histogram {
    var buckets = [Int](repeating: 0, count: Measurements.bounds.count + 1)
    var sum = 0.0
    var count = 0

    mutating func add(_ seconds: Double) {
      buckets[Measurements.bounds.firstIndex { seconds <= $0 } ?? Measurements.bounds.count] += 1
      sum += seconds
      count += 1
    }
  }
  private struct State {
    var calls: [Key: Int] = [:]
    var durations: [String: Histogram] = [:]
    var gauges: [String: @Sendable () -> Double] = [:]
    var sections: [@Sendable () -> String] = []
  }
  /// Upper bounds of the latency buckets, in seconds.
  private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  private let state = Mutex(State())

  package init() {}

  func record(_ handler: OperationHandler, code: String?, since begin: Timestamp, now: Timestamp) {
    let seconds = (now - begin).secondsAsDouble
    let key = Key(service: handler.service.id, operation: handler.name, code: code ?? "")
    state.withLock { state in
      state.calls[key, default: 0] += 1
      state.durations[handler.service.id, default: Histogram()].add(seconds)
    }
  }

  /// Adds a value that is read when somebody asks. The name is a Prometheus metric name with labels where wanted.
  package func gauge(_ name: String, _ read: @escaping @Sendable () -> Double) {
    state.withLock { $0.gauges[name] = read }
  }

  /// Adds lines of the exposition format, with their TYPE, that are made when somebody asks.
  package func section(_ write: @escaping @Sendable () -> String) { state.withLock { $0.sections.append(write) } }

  /// The Prometheus text exposition format, version 0.0.4.
  package func exposition() -> String {
    let (calls, durations, gauges, sections) = state.withLock { ($0.calls, $0.durations, $0.gauges, $0.sections) }
    var text = "# HELP martlet_operations_total Calls of operations by service, name and error code.\n"
    text += "# TYPE martlet_operations_total counter\n"
    for (key, count) in calls.sorted(by: {
      ($0.key.service, $0.key.operation, $0.key.code) < ($1.key.service, $1.key.operation, $1.key.code)
    }) {
      text += "martlet_operations_total{service=\"\(key.service)\",operation=\"\(key.operation)\",code=\"\(key.code)\"} \(count)\n"
    }
    text += "# HELP martlet_operation_seconds Time from a call's arrival in the pipeline to its answer.\n"
    text += "# TYPE martlet_operation_seconds histogram\n"
    for (service, histogram) in durations.sorted(by: { $0.key < $1.key }) {
      var total = 0
      for (position, count) in histogram.buckets.enumerated() {
        total += count
        let bound = position < Self.bounds.count ? "\(Self.bounds[position])" : "+Inf"
        text += "martlet_operation_seconds_bucket{service=\"\(service)\",le=\"\(bound)\"} \(total)\n"
      }
      text += "martlet_operation_seconds_sum{service=\"\(service)\"} \(histogram.sum)\n"
      text += "martlet_operation_seconds_count{service=\"\(service)\"} \(histogram.count)\n"
    }
    for (name, read) in gauges.sorted(by: { $0.key < $1.key }) {
      text += "# TYPE \(name.prefix { $0 != "{" }) gauge\n\(name) \(read())\n"
    }
    for write in sections { text += write() }
    return text
  }
}
