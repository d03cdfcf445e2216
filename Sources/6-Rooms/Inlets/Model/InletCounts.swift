import ServiceKit
import Store
import Synchronization

/// How much came in and went out by each protocol and what became of it, since the start of the server.
package final class InletCounts: Sendable {
  private struct Key: Hashable {
    var inlet: String
    var event: String
  }
  private let counts = Mutex<[Key: Int]>([:])
  private let context: RoomContext

  init(_ context: RoomContext) { self.context = context }

  /// Adds to a count. What went wrong is also a metric in `Martlet/Inlets`, so that an alarm can watch it.
  func add(_ inlet: String, _ event: String, _ count: Int = 1, isFault: Bool = false) {
    guard count > 0 else { return }
    counts.withLock { $0[Key(inlet: inlet, event: event), default: 0] += count }
    if isFault {
      context.counters.add(
        "Martlet/Inlets", event.prefix(1).uppercased() + event.dropFirst(), ["Inlet": inlet], Double(count), in: context.home)
    }
  }

  package func count(_ inlet: String, _ event: String) -> Int { counts.withLock { $0[Key(inlet: inlet, event: event)] ?? 0 } }

  /// Counts in the order of inlets and events.
  var all: [(inlet: String, event: String, count: Int)] {
    counts.withLock { $0.map { ($0.key.inlet, $0.key.event, $0.value) } }.sorted { ($0.0, $0.1) < ($1.0, $1.1) }
  }

  /// As Prometheus reads them; empty while nothing was counted.
  package func exposition() -> String {
    let all = all
    if all.isEmpty { return "" }
    var text = "# HELP martlet_inlet_events_total What came in and went out by protocols other than AWS's.\n"
    text += "# TYPE martlet_inlet_events_total counter\n"
    for (inlet, event, count) in all { text += "martlet_inlet_events_total{inlet=\"\(inlet)\",event=\"\(event)\"} \(count)\n" }
    return text
  }
}
