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
    // The first period begins where it is said, be that a multiple of its length or not.
    let length = Int64(max(metric.period, 1))
    return try values(metric, MetricGrid(start: from, period: length, steps: Int((max(to - from, 0) + length - 1) / length)))
  }

  private func values(
    _ metric: AlarmDefinition.Metric, _ grid: MetricGrid
  ) throws(Fault) -> (times: [Int64], values: [Double], counts: [Double]) {
    let buckets = try room.buckets(metric.key, grid, unit: metric.unit)
    var (times, values, counts): ([Int64], [Double], [Double]) = ([], [], [])
    for bucket in buckets {
      guard let value = metric.statistic.value(of: bucket), value.isFinite else { continue }
      times.append(bucket.start.seconds)
      values.append(value)
      counts.append(bucket.count)
    }
    return (times, values, counts)
  }

  /// The data points of an alarm's evaluation range.
  func points(_ metric: AlarmDefinition.Metric, _ definition: AlarmDefinition, end: Int64) throws(Fault) -> AlarmPoints {
    guard definition.isUneven else {
      let found = try values(metric, from: end - Int64(definition.range) * Int64(definition.period), to: end)
      return AlarmPoints(found.times, found.values, found.counts)
    }
    var (times, values, counts): ([Int64], [Double], [Double]) = ([], [], [])
    var next = end
    for start in definition.starts(end: end) {
      let found = try self.values(metric, MetricGrid(start: start, period: next - start, steps: 1))
      next = start
      guard let value = found.values.first, let count = found.counts.first else { continue }
      times.append(start)
      values.append(value)
      counts.append(count)
    }
    return AlarmPoints(times.reversed(), values.reversed(), counts.reversed())
  }

  func series(_ metric: AlarmDefinition.Metric, label: String, from: Int64, to: Int64) throws(Fault) -> TimeSeries {
    let found = try values(metric, from: from, to: to)
    return TimeSeries(label: label, metric: metric.key.identity, period: metric.period, times: found.times, values: found.values)
  }

  /// What the queries yield from one instant to another, in seconds.
  ///
  /// Expressions are evaluated over periods at multiples of their length: where the first begins otherwise, all are moved there and back.
  func results(_ math: AlarmMath, from: Int64, to: Int64) throws -> [String: [TimeSeries]] {
    let shift = math.shift(from)
    var series: [String: TimeSeries] = [:]
    for (id, metric) in math.metrics { series[id] = try self.series(metric, label: id, from: from, to: to).moved(by: -shift) }
    return try math.plan.evaluate(
      series, in: TimeWindow(start: from - shift, end: to - shift), period: math.period, from: AlarmMathSource(self, math, shift: shift)
    ).mapValues { $0.map { $0.moved(by: shift) } }
  }
}

extension AlarmMath {
  /// Seconds from a multiple of the period to the instant.
  func shift(_ from: Int64) -> Int64 {
    let length = Int64(max(period, 1))
    return ((from % length) + length) % length
  }
}

extension TimeSeries {
  func moved(by seconds: Int64) -> TimeSeries {
    seconds == 0 ? self : TimeSeries(label: label, metric: metric, period: period, times: times.map { $0 + seconds }, values: values)
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
  /// By how much the periods have been moved back.
  var shift: Int64 = 0

  init(_ reading: AlarmReading, _ math: AlarmMath, shift: Int64 = 0) {
    (self.reading, self.math, self.shift) = (reading, math, shift)
  }

  /// Alarms have no searches: `MetricDataPlan.alarmError` refuses them.
  func series(found search: MathSearch, period: Int, in window: TimeWindow) throws -> [TimeSeries] { [] }

  func series(selected query: InsightsQuery, period: Int, in window: TimeWindow) throws -> [TimeSeries] {
    let reader = MetricReader(reading.room, reading.partition, now: reading.room.context.clock.now())
    do throws(SeriesFault) {
      guard let found = try reader.series(selected: query, period: period, in: window, shift: shift) else {
        throw SeriesFault("The query takes in more than \(MetricReader.mostMetrics) metrics or too many data points.")
      }
      return found
    } catch { throw Fault.unavailable(error.message) }
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

  /// Metrics whose samples are kept in memory one by one.
  private static let most = 20_000

  /// What was measured of the metrics that the query selects.
  func measured(_ query: InsightsQuery, period: Int, in window: TimeWindow) throws(Fault) -> [InsightsQuery.Measured] {
    let scope = CloudWatch.scope(reading.partition)
    let length = Int64(max(period, 1))
    let grid = MetricGrid(start: window.start + shift, period: length, steps: Int((window.end - window.start + length - 1) / length))
    var found: [InsightsQuery.Measured] = []
    var after: MetricKey?
    while true {
      let page = reading.room.engine.series(
        scope: scope, namespace: query.namespace, name: query.metricName, dimensions: [],
        activeSince: Timestamp(seconds: window.start + shift), after: after, limit: 1_000)
      for info in page where query.matches(info.key.identity, localAccount: reading.partition.account) {
        let buckets = try reading.room.buckets(info.key, grid, unit: nil)
        if buckets.isEmpty { continue }
        found.append(
          InsightsQuery.Measured(
            info.key.identity,
            buckets.map { .init(time: $0.start.seconds - shift, count: $0.count, sum: $0.sum, min: $0.min, max: $0.max) }))
      }
      if found.count > Self.most { throw .broken("The query takes in more than \(Self.most) metrics: too many to be played.") }
      guard page.count == 1_000, let last = page.last else { return found }
      after = last.key
    }
  }
}
