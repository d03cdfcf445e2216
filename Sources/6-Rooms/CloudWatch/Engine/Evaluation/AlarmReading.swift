import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Reads what alarms judge.
struct AlarmReading: Sendable {
  let room: CloudWatch
  let partition: Partition
  /// Models made for the occasion, by the id of the query they are of; else those that are kept.
  var models: [String: AnomalyModel]?

  init(_ room: CloudWatch, _ partition: Partition, models: [String: AnomalyModel]? = nil) {
    self.room = room
    self.partition = partition
    self.models = models
  }

  /// The values of a metric, one for each period that has any, with how many samples each is made of.
  func values(
    _ metric: AlarmDefinition.Metric, from: Int64, to: Int64
  ) throws(Fault) -> (times: [Int64], values: [Double], counts: [Double]) {
    let buckets = try room.buckets(
      metric.key, from: Timestamp(seconds: from), to: Timestamp(seconds: to), period: metric.period, unit: metric.unit)
    var (times, values, counts): ([Int64], [Double], [Double]) = ([], [], [])
    for bucket in buckets {
      guard let value = metric.statistic.value(of: bucket), value.isFinite else { continue }
      times.append(bucket.start.seconds)
      values.append(value)
      counts.append(bucket.count)
    }
    return (times, values, counts)
  }

  func series(_ metric: AlarmDefinition.Metric, label: String, from: Int64, to: Int64) throws(Fault) -> TimeSeries {
    let found = try values(metric, from: from, to: to)
    return TimeSeries(label: label, metric: metric.key.identity, period: metric.period, times: found.times, values: found.values)
  }

  /// What the queries yield from one instant to another, in seconds.
  func results(_ math: AlarmMath, from: Int64, to: Int64) throws -> [String: [TimeSeries]] {
    var series: [String: TimeSeries] = [:]
    for (id, metric) in math.metrics { series[id] = try self.series(metric, label: id, from: from, to: to) }
    return try math.plan.evaluate(
      series, in: TimeWindow(start: from, end: to), period: math.period, from: AlarmMathSource(self, math))
  }
}

extension MetricKey {
  var identity: MetricIdentity {
    MetricIdentity(
      namespace: namespace, metricName: name, dimensions: dimensions.map { MetricIdentity.Dimension(name: $0.name, value: $0.value) })
  }
}

/// What expressions of alarms need besides their metrics.
struct AlarmMathSource: MetricMathSource {
  let reading: AlarmReading
  let math: AlarmMath

  init(_ reading: AlarmReading, _ math: AlarmMath) {
    self.reading = reading
    self.math = math
  }

  /// Alarms have no searches: `MetricDataPlan.alarmError` refuses them.
  func series(found search: MathSearch, period: Int, in window: TimeWindow) throws -> [TimeSeries] { [] }

  func series(selected query: InsightsQuery, period: Int, in window: TimeWindow) throws -> [TimeSeries] {
    query.evaluate(try measured(query, period: period, in: window), period: period, localAccount: reading.partition.account)
  }

  func band(of id: String, _ series: TimeSeries, width: Double, in window: TimeWindow) throws -> AnomalyBand? {
    let model: AnomalyModel?
    if let models = reading.models {
      model = models[id]
    } else {
      let target = AnomalyTarget(of: id, plan: math.plan, among: math.queries)
      model = target.flatMap { reading.room.model(for: $0, period: series.period, in: reading.partition) }
    }
    return model?.band(width: width, in: window, period: series.period, label: series.label)
  }

  /// What was measured of the metrics that the query selects.
  func measured(_ query: InsightsQuery, period: Int, in window: TimeWindow) throws(Fault) -> [InsightsQuery.Measured] {
    let scope = CloudWatch.scope(reading.partition)
    var found: [InsightsQuery.Measured] = []
    var after: MetricKey?
    while true {
      let page = reading.room.engine.series(
        scope: scope, namespace: query.namespace, name: query.metricName, dimensions: [],
        activeSince: Timestamp(seconds: window.start), after: after, limit: 1_000)
      for info in page where query.matches(info.key.identity, localAccount: reading.partition.account) {
        let buckets = try reading.room.buckets(
          info.key, from: Timestamp(seconds: window.start), to: Timestamp(seconds: window.end), period: period, unit: nil)
        if buckets.isEmpty { continue }
        found.append(
          InsightsQuery.Measured(
            info.key.identity,
            buckets.map { .init(time: $0.start.seconds, count: $0.count, sum: $0.sum, min: $0.min, max: $0.max) }))
      }
      guard page.count == 1_000, let last = page.last, found.count < 10_000 else { return found }
      after = last.key
    }
  }
}
