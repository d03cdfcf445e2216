import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Reads series of metrics out of the store: the one place where rooms' requests for data meet the engine.
struct MetricReader: Sendable {
  let engine: MetricEngine
  let partition: Partition
  let now: Timestamp
  /// Whether data is found only at the periods at which AWS keeps it.
  let isStrict: Bool
  /// Points that one request may read.
  static let mostPoints = 5_000_000
  /// Metrics that one search or query may look at.
  static let mostMetrics = 100_000

  init(_ room: CloudWatch, _ partition: Partition, now: Timestamp) {
    engine = room.engine
    self.partition = partition
    self.now = now
    isStrict = room.context.limits == .aws
  }

  /// What was measured of a metric in each period of the window that has samples, of one unit where given (`None` for no unit).
  func buckets(_ key: MetricKey, in window: TimeWindow, period: Int, unit: String? = nil) throws(SeriesFault) -> [MetricBucket] {
    let from = max(window.start, oldest(period))
    guard from < window.end else { return [] }
    let found = try engine.buckets(
      key, from: Timestamp(seconds: from), to: Timestamp(seconds: window.end), period: period, unit: unit == "None" ? nil : unit)
    return unit == "None" ? found.filter { $0.unit == nil } : found
  }

  /// The series of a metric's statistic, and how many units its samples have. Where a period has several, the one with most samples counts.
  func series(
    _ key: MetricKey, _ statistic: MetricStatistic, in window: TimeWindow, period: Int, unit: String? = nil
  ) throws(SeriesFault) -> (series: TimeSeries, units: Int) {
    var (times, values, counts): ([Int64], [Double], [Double]) = ([], [], [])
    let buckets = try buckets(key, in: window, period: period, unit: unit)
    times.reserveCapacity(buckets.count)
    values.reserveCapacity(buckets.count)
    for bucket in buckets {
      guard let value = statistic.compute(BucketDistribution(bucket: bucket)), value.isFinite else { continue }
      let time = bucket.start.seconds
      if times.last == time {
        guard let last = counts.last, bucket.count > last else { continue }
        (values[values.count - 1], counts[counts.count - 1]) = (value, bucket.count)
        continue
      }
      times.append(time)
      values.append(value)
      counts.append(bucket.count)
    }
    let series = TimeSeries(label: key.name, metric: identity(key), period: period, times: times, values: values)
    return (series, Set(buckets.map(\.unit)).count)
  }

  /// One value of a metric's statistic over the whole window, at its start.
  func whole(_ metric: DataQuery.Metric, in window: TimeWindow) throws(SeriesFault) -> TimeSeries {
    let (fine, most) = (Int64(60), Int64(1_440))
    let period = max(fine, (window.end - window.start) / most / fine * fine)
    var sum: WholeDistribution?
    for bucket in try buckets(metric.key, in: window, period: Int(period), unit: metric.unit) {
      if sum == nil { sum = WholeDistribution(bucket) } else { sum?.add(bucket) }
    }
    let value = sum.flatMap { metric.statistic.compute($0) }.flatMap { $0.isFinite ? $0 : nil }
    return TimeSeries(
      label: metric.key.name, metric: identity(metric.key), period: metric.period, times: value == nil ? [] : [window.start],
      values: value.map { [$0] } ?? [])
  }

  /// The units that a metric has samples of; `Count` and the like, none for samples without.
  func units(_ key: MetricKey) -> [String] { engine.handles(of: key).compactMap { engine.info(of: $0)?.unit } }

  func identity(_ key: MetricKey) -> MetricIdentity {
    MetricIdentity(
      namespace: key.namespace, metricName: key.name,
      dimensions: key.dimensions.map { MetricIdentity.Dimension(name: $0.name, value: $0.value) }, accountId: partition.account,
      region: partition.region)
  }

  /// The metrics with samples in the window that fit, in the order of their keys; at most so many.
  func metrics(
    _ selection: MetricSelection, in window: TimeWindow, limit: Int, where fits: (MetricIdentity) -> Bool
  ) -> [MetricKey] {
    var selection = selection
    selection.activeSince = Timestamp(seconds: max(window.start, -1 << 40) - 60)
    var found: Set<MetricKey> = []
    for handle in engine.select(selection) {
      guard let info = engine.info(of: handle), info.first.seconds < window.end, fits(identity(info.key)) else { continue }
      found.insert(info.key)
    }
    return Array(found.sorted().prefix(limit))
  }

  /// The earliest instant that has data of the period. Source: Amazon CloudWatch API Reference, MetricStat.Period.
  func oldest(_ period: Int) -> Int64 {
    guard isStrict else { return -1 << 40 }
    let day: Int64 = 86_400
    if period < 60 { return now.seconds - 3 * 3_600 }
    if period % 300 != 0 { return now.seconds - 15 * day }
    return now.seconds - (period % 3_600 != 0 ? 63 * day : 455 * day)
  }
}

/// Statistics by their names as the API has them, `TM(10%:90%)` and all the others included.
typealias MetricStatistic = MetricMath.Statistic

/// What a bucket knows of its values.
struct BucketDistribution: ValueDistribution {
  let bucket: MetricBucket
  var count: Double { bucket.count }
  var sum: Double { bucket.sum }
  var min: Double { bucket.min }
  var max: Double { bucket.max }
  var bucketCount: Int? { bucket.sketch?.values.count }
  func bucket(at position: Int) -> (value: Double, count: Double) {
    guard let sketch = bucket.sketch else { return (bucket.min, bucket.count) }
    return (sketch.values[position], sketch.counts[position])
  }
}

/// Buckets put together.
struct WholeDistribution: ValueDistribution {
  private(set) var count: Double
  private(set) var sum: Double
  private(set) var min: Double
  private(set) var max: Double
  private var sketch: ValueSketch?

  init(_ bucket: MetricBucket) { (count, sum, min, max, sketch) = (bucket.count, bucket.sum, bucket.min, bucket.max, bucket.sketch) }

  mutating func add(_ bucket: MetricBucket) {
    count += bucket.count
    sum += bucket.sum
    min = Swift.min(min, bucket.min)
    max = Swift.max(max, bucket.max)
    if let added = bucket.sketch { sketch?.merge(added) } else { sketch = nil }
  }

  var bucketCount: Int? { sketch?.values.count }
  func bucket(at position: Int) -> (value: Double, count: Double) {
    guard let sketch else { return (min, count) }
    return (sketch.values[position], sketch.counts[position])
  }
}
