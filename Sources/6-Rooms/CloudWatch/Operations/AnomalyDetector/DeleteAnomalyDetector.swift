import ServiceKit
import Store

/// Deletes a model of what a metric or an expression normally is. Source: Amazon CloudWatch API Reference, DeleteAnomalyDetector.
struct DeleteAnomalyDetector: Operation {
  struct Input: DetectorInput {
    var anomalyDetectorId: String?
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
    guard let detector = try found(input, call) else {
      throw Fault("ResourceNotFoundException", "The anomaly detector does not exist.", status: 404)
    }
    let key = detector.key
    try call.delete(AnomalyDetector.self, key)
    for period in detector.periods { try call.delete(TrainedModel.self, TrainedModel.key(key, period)) }
    try call.transaction.cancel(TrainDetector.queue, key: key, in: call.partition)
    let (room, partition) = (call.room, call.partition)
    call.transaction.afterCommit { room.anomalies.remove(key, partition) }
    return Empty()
  }

  private static func found(_ input: Input, _ call: Call<CloudWatch>) throws -> AnomalyDetector? {
    guard let id = input.anomalyDetectorId else { return try call.get(AnomalyDetector.self, try input.target(call.partition).key) }
    guard !input.namesTarget else {
      throw Fault.invalidCombination("AnomalyDetectorId can not be specified together with what the anomaly detector is of.")
    }
    var found: AnomalyDetector?
    try call.transaction.forEach(AnomalyDetector.self, in: call.partition) { detector in
      if detector.id == id { found = detector }
      return found == nil
    }
    return found
  }
}
