import ServiceKit
import Store
import Time

/// What a pipe counts. Source: EventBridge User Guide, "Logging and monitoring Amazon EventBridge Pipes", CloudWatch metrics.
struct PipeMetrics {
  static let namespace = "AWS/EventBridge/Pipes"
  private let counters: MetricCounters
  private let dimensions: [String: String]
  private let partition: Partition

  init(_ pump: Pump) {
    counters = pump.room.context.counters
    dimensions = ["PipeName": pump.pipe.name]
    partition = pump.partition
  }

  func count(_ name: String, _ value: Double = 1) { counters.add(Self.namespace, name, dimensions, value, unit: "None", in: partition) }

  func bytes(_ name: String, _ value: Int) { counters.add(Self.namespace, name, dimensions, Double(value), unit: "Bytes", in: partition) }

  func duration(_ name: String, _ value: Duration) {
    counters.add(Self.namespace, name, dimensions, value.secondsAsDouble * 1_000, unit: "Milliseconds", in: partition)
  }
}
