import Foundation
import Series
import Time

/// A directory and an engine in it, for tests.
final class MetricStoreCase {
  let scratch: Scratch
  let clock = ManualClock(Timestamp(seconds: 1_767_225_600))
  let start: Int64 = 1_767_225_600

  init(_ scratch: Scratch = Scratch()) { self.scratch = scratch }

  func open(
    journal: Int = 8 << 20, files: Int = 4, ladder: RetentionLadder = .aws, series: Int = 1_000_000, plain: Int = 16 << 20
  ) throws -> MetricEngine {
    var limits = MetricEngine.Limits()
    (limits.journalBytes, limits.filesOfDay, limits.ladder, limits.series) = (journal, files, ladder, series)
    limits.plainBytes = plain
    return try MetricEngine(directory: scratch.path, clock: clock, limits: limits)
  }

  func key(_ name: String, _ dimensions: [String: String] = [:], namespace: String = "N", scope: String = "1/eu") -> MetricKey {
    MetricKey(scope: scope, namespace: namespace, name: name, dimensions: dimensions.map { Dimension(name: $0.key, value: $0.value) })
  }

  func sample(_ key: MetricKey, _ second: Int64, _ value: Double, unit: String? = nil) -> MetricSample {
    MetricSample(key: key, at: Timestamp(seconds: start + second), unit: unit, data: .value(value), resolution: 1)
  }

  func time(_ second: Int64) -> Timestamp { Timestamp(seconds: start + second) }
}
