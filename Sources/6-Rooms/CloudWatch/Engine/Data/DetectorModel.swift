import MetricMath
import ServiceKit
import Store

extension CloudWatch {
  /// The trained model of a metric's anomaly detector; nil when it has none, or none is trained yet.
  func detectorModel(_ metric: DataQuery.Metric, _ partition: Partition) async throws -> AnomalyModel? { nil }
}
