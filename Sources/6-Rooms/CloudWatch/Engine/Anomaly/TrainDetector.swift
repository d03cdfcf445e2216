import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Trains models from what is stored.
struct AnomalyTraining: Sendable {
  let room: CloudWatch
  let partition: Partition
  /// AWS trains on two weeks; patterns of weeks and trends show in more.
  static let history: Int64 = 28 * 86_400

  init(_ room: CloudWatch, _ partition: Partition) {
    self.room = room
    self.partition = partition
  }

  func train(_ detector: AnomalyDetector, period: Int, until now: Timestamp) throws -> AnomalyModel {
    AnomalyModel.train(try series(detector.target, period: period, until: now), detector.configuration)
  }

  /// What was measured before the instant.
  func series(_ target: AnomalyTarget, period: Int, until now: Timestamp) throws -> TimeSeries {
    let length = Int64(max(period, 1))
    let end = now.seconds / length * length
    let reading = AlarmReading(room, partition, models: [:])
    switch target {
    case .metric(let namespace, let name, let dimensions, let statistic):
      let metric = AlarmDefinition.Metric(
        key: MetricKey(partition, namespace, name, dimensions), statistic: try AlarmDefinition.statistic(statistic), name: statistic,
        unit: nil, period: period)
      return try reading.series(metric, label: name, from: end - Self.history, to: end)
    case .math(let queries):
      let math = try AlarmMath(detecting: queries, partition)
      return try reading.results(math, from: end - Self.history, to: end)[math.returning]?.first ?? TimeSeries(period: period)
    }
  }
}

/// Trains a detector in the background: when it is made, soon again while it has little to learn from, then once a day.
struct TrainDetector: Worker {
  static let queue = "cloudwatch.train"
  static let concurrency = 2

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let key = try work.payload(String.self)
    guard let detector = try await work.read({ try $0.get(AnomalyDetector.self, key) }) else { return }
    let (room, partition, now) = (work.room, work.partition, work.now)
    var models: [Int: AnomalyModel] = [:]
    for period in detector.periods {
      models[period] = try AnomalyTraining(room, partition).train(detector, period: period, until: now)
    }
    let trained = models
    // The state is that of the model with most to go by.
    let order: [AnomalyModel.State] = [.trained, .trainedInsufficientData, .pendingTraining]
    let state = order.first { state in trained.values.contains { $0.state == state } } ?? .pendingTraining
    try await work.renew(due: now + pause(state), payload: try JSONValue(encoding: key).bytes) { call in
      guard var current = try call.get(AnomalyDetector.self, key) else {
        return _ = try call.transaction.cancel(queue, key: key, in: partition)
      }
      current.state = state
      current.trained = now
      try call.put(current)
      for (period, model) in trained { try call.put(TrainedModel(detector: key, period: period, model: model.json)) }
      let stored = current
      call.transaction.afterCommit { room.anomalies.put(stored, partition, models: trained) }
    }
  }

  private static func pause(_ state: AnomalyModel.State) -> Duration {
    switch state {
    case .pendingTraining: .seconds(300)
    case .trainedInsufficientData: .seconds(3_600)
    case .trained: .seconds(86_400)
    }
  }
}

extension Call where Home == CloudWatch {
  /// Stores a detector and has it trained at once.
  func train(_ detector: AnomalyDetector, forget: Bool) throws {
    try put(detector)
    try schedule(detector.key, for: TrainDetector.queue, key: detector.key)
    let (room, partition) = (room, partition)
    transaction.afterCommit { room.anomalies.put(detector, partition, forget: forget) }
  }

  /// Makes the detectors that an alarm's bands need, as AWS does.
  func ensureDetectors(of definition: AlarmDefinition) throws {
    guard case .math(let math) = definition.source else { return }
    for id in math.plan.bands {
      guard let target = AnomalyTarget(of: id, plan: math.plan, among: math.queries) else { continue }
      var detector = try get(AnomalyDetector.self, target.key) ?? AnomalyDetector(target)
      let isNew = try get(AnomalyDetector.self, target.key) == nil
      guard isNew || !detector.periods.contains(definition.period) else { continue }
      if isNew { detector.periods = [definition.period] } else { detector.periods.append(definition.period) }
      try train(detector, forget: false)
    }
  }
}
