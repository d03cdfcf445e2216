import Logging
import MetricMath
import ServiceKit
import Store
import Synchronization
import Time

/// The trained models in memory.
final class AnomalyBook: Sendable {
  private struct Key: Hashable {
    var partition: Partition
    var detector: String
  }
  private struct Entry {
    var detector: AnomalyDetector
    var models: [Int: AnomalyModel] = [:]
  }
  private let entries = Mutex<[Key: Entry]>([:])

  /// Takes in a detector as it was stored; what it has learned stays unless it is to learn anew.
  func put(_ detector: AnomalyDetector, _ partition: Partition, models: [Int: AnomalyModel]? = nil, forget: Bool = false) {
    entries.withLock { entries in
      let key = Key(partition: partition, detector: detector.key)
      var entry = entries[key] ?? Entry(detector: detector)
      entry.detector = detector
      if forget { entry.models = [:] }
      if let models { entry.models = models }
      entries[key] = entry
    }
  }

  func remove(_ detector: String, _ partition: Partition) {
    entries.withLock { $0[Key(partition: partition, detector: detector)] = nil }
  }

  /// The detector and its model for the period; the latter nil where none is trained.
  func find(_ detector: String, period: Int, _ partition: Partition) -> (detector: AnomalyDetector, model: AnomalyModel?)? {
    entries.withLock { entries in
      entries[Key(partition: partition, detector: detector)].map { ($0.detector, $0.models[period]) }
    }
  }

  func keep(_ model: AnomalyModel, of detector: String, period: Int, _ partition: Partition) {
    entries.withLock { $0[Key(partition: partition, detector: detector)]?.models[period] = model }
  }
}

extension CloudWatch {
  /// The model of what a metric or an expression normally is, for data points of the period; nil where no detector is, or none of it is
  /// trained yet.
  ///
  /// A period that the detector has no model for is trained at once, from what is stored, and kept in memory.
  func model(for target: AnomalyTarget, period: Int, in partition: Partition) -> AnomalyModel? {
    let key = target.key
    guard let (detector, known) = anomalies.find(key, period: period, partition) else { return nil }
    if let known { return known.state == .pendingTraining ? nil : known }
    guard detector.state != .pendingTraining else { return nil }
    let model: AnomalyModel
    do { model = try AnomalyTraining(self, partition).train(detector, period: period, until: context.clock.now()) } catch {
      context.log.warning(
        "an anomaly detector was not trained", metadata: ["detector": "\(key)", "period": "\(period)", "reason": "\(error)"])
      return nil
    }
    anomalies.keep(model, of: key, period: period, partition)
    return model.state == .pendingTraining ? nil : model
  }

  /// Reads all detectors and their models.
  func loadModels() async throws {
    let (anomalies, log) = (anomalies, context.log)
    try await context.store.read { transaction in
      for partition in try transaction.partitions(holding: AnomalyDetector.kind) {
        try transaction.forEach(AnomalyDetector.self, in: partition) { detector in
          var models: [Int: AnomalyModel] = [:]
          for period in detector.periods {
            guard let kept = try transaction.get(TrainedModel.self, TrainedModel.key(detector.key, period), in: partition) else { continue }
            do { models[period] = try AnomalyModel(json: kept.model) } catch {
              // Trained again when its time comes.
              log.warning("an anomaly detection model can not be used", metadata: ["detector": "\(detector.key)", "reason": "\(error)"])
            }
          }
          anomalies.put(detector, partition, models: models)
          return true
        }
      }
    }
  }
}
