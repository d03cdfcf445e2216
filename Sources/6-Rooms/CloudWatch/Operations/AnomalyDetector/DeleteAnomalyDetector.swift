import ServiceKit
import Store

/// Deletes a model of what a metric or an expression normally is. Source: Amazon CloudWatch API Reference, DeleteAnomalyDetector.
struct DeleteAnomalyDetector: Operation {
  struct Input: DetectorInput {
    var namespace: String?
    var metricName: String?
    var dimensions: [DimensionShape]?
    var stat: String?
    var singleMetricAnomalyDetector: SingleMetricDetector?
    var metricMathAnomalyDetector: MetricMathDetector?
    static var limits: [Limit<Self>] {
      [.length("namespace", \.namespace, 1...255), .length("metricName", \.metricName, 1...255), .length("stat", \.stat, 1...50)]
    }
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    let key = try input.target(call.partition).key
    guard let detector = try call.get(AnomalyDetector.self, key) else {
      throw Fault("ResourceNotFoundException", "The anomaly detector does not exist.", status: 404)
    }
    try call.delete(AnomalyDetector.self, key)
    for period in detector.periods { try call.delete(TrainedModel.self, TrainedModel.key(key, period)) }
    try call.transaction.cancel(TrainDetector.queue, key: key, in: call.partition)
    let (room, partition) = (call.room, call.partition)
    call.transaction.afterCommit { room.anomalies.remove(key, partition) }
    return Empty()
  }
}
