import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// What an anomaly detection model is of: a metric and its statistic, or an expression with what it is made of.
enum AnomalyTarget: Hashable, Sendable {
  case metric(namespace: String, name: String, dimensions: [DimensionShape], statistic: String)
  case math([AlarmQuery])

  init(_ metric: AlarmDefinition.Metric) {
    self.init(metric.key, metric.name)
  }

  init(_ key: MetricKey, _ statistic: String) {
    self = .metric(
      namespace: key.namespace, name: key.name, dimensions: key.dimensions.map { DimensionShape(name: $0.name, value: $0.value) },
      statistic: statistic)
  }

  /// What the band of a query is a band of; nil for an id that is not there.
  init?(of id: String, plan: MetricDataPlan, among queries: [AlarmQuery]) {
    guard let query = queries.first(where: { $0.id == id }) else { return nil }
    guard let stat = query.metricStat else {
      self = .math(AlarmMath.queries(for: id, of: plan, among: queries))
      return
    }
    self = .metric(
      namespace: stat.metric.namespace ?? "", name: stat.metric.metricName ?? "", dimensions: stat.metric.dimensions ?? [],
      statistic: stat.stat)
  }

  /// The same for the same target, however its dimensions and queries are ordered and labelled.
  var key: String {
    switch self {
    case .metric(let namespace, let name, let dimensions, let statistic):
      let sorted = dimensions.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
      // Statistics have several names: `TM(:90%)` is `tm90`.
      let known = MetricMath.Statistic(statistic).map { "\($0)" } ?? statistic
      let parts: [JSONValue] =
        [.string(namespace), .string(name), .string(known)] + sorted.flatMap { [.string($0.name), .string($0.value)] }
      return "metric:\(JSONValue.array(parts).text)"
    case .math(let queries):
      let plain = queries.map { query -> JSONValue in
        var object: JSONObject = ["id": .string(query.id), "returns": .bool(query.returnsData)]
        object["expression"] = query.expression.map { .string($0) }
        object["period"] = (query.metricStat?.period ?? query.period).map { .int(Int64($0)) }
        if let stat = query.metricStat {
          let metric = AnomalyTarget.metric(
            namespace: stat.metric.namespace ?? "", name: stat.metric.metricName ?? "", dimensions: stat.metric.dimensions ?? [],
            statistic: stat.stat)
          object["metric"] = .string(metric.key)
        }
        return .object(object)
      }
      return "math:\(JSONValue.array(plain.sorted { ($0["id"]?.string ?? "") < ($1["id"]?.string ?? "") }).text)"
    }
  }
}

/// A model that learns what is normal, with how it is to learn. Source: Amazon CloudWatch API Reference, PutAnomalyDetector.
struct AnomalyDetector: Resource {
  static let kind = "cloudwatch.anomaly-detector"
  struct Range: Codable, Sendable {
    var start: Timestamp
    var end: Timestamp
  }
  /// Of one metric.
  var namespace: String?
  var metricName: String?
  var dimensions: [DimensionShape]?
  var statistic: String?
  /// Of an expression.
  var queries: [AlarmQuery]?
  var excluded: [Range]
  var timezone: String?
  var periodicSpikes: Bool?
  var state: AnomalyModel.State
  var trained: Timestamp?
  /// Seconds between data points that models are wanted for.
  var periods: [Int]
  var key: String

  init(_ target: AnomalyTarget) {
    key = target.key
    excluded = []
    state = .pendingTraining
    switch target {
    case .metric(let namespace, let name, let dimensions, let statistic):
      (self.namespace, metricName, self.dimensions, self.statistic) = (namespace, name, dimensions, statistic)
      periods = [300]
    case .math(let queries):
      self.queries = queries
      periods = [queries.compactMap { $0.metricStat?.period ?? $0.period }.max() ?? 300]
    }
  }

  /// The same for as long as it is of the same.
  var id: String { ContributorIdentity(attributes: ["detector": key]).id }

  var target: AnomalyTarget {
    if let queries { return .math(queries) }
    return .metric(
      namespace: namespace ?? "", name: metricName ?? "", dimensions: dimensions ?? [], statistic: statistic ?? "")
  }

  /// Also where the zone is not known on this machine any longer.
  var configuration: AnomalyModel.Configuration {
    AnomalyModel.Configuration(
      excluded: excluded.map { TimeWindow(from: $0.start, to: $0.end) },
      zone: timezone.flatMap { try? Zone(identifier: $0) } ?? .utc, periodicSpikes: periodicSpikes ?? false)
  }
}

extension AnomalyModel.State: Codable {}

/// What a detector has learned for data points of one period.
struct TrainedModel: Resource {
  static let kind = "cloudwatch.anomaly-model"
  var detector: String
  var period: Int
  /// As `AnomalyModel` keeps itself, with a version of its own.
  var model: JSONValue

  var key: String { Self.key(detector, period) }
  static func key(_ detector: String, _ period: Int) -> String { "\(detector)@\(period)" }
}
