import ServiceKit
import Telemetry
import Time

/// From OpenTelemetry's metrics to samples.
///
/// A gauge's point is a sample. A delta is a sample; what counts from a beginning is turned into what was counted since the point before
/// (`CumulativeSeries`). Sums that may fall are gauges. Histograms are distributions. A summary is a statistic set of what came since the
/// point before, and each of its quantiles a metric of its own with the dimension `quantile`.
struct MetricTranslation {
  private(set) var samples: [MetricDatum] = []
  private(set) var changes: [CumulativeSeries.Change] = []
  /// Why points were not taken, with their numbers.
  private(set) var rejections: [String: Int] = [:]
  /// Points that had more dimensions than a metric can have.
  private(set) var cutDimensions = 0
  private let series: CumulativeSeries
  private let now: Timestamp
  private let oldest: Timestamp
  private let namespace: String?

  /// - Parameters:
  ///   - namespace: of all metrics; nil: what their resource says.
  ///   - oldest: points before are not taken.
  init(_ series: CumulativeSeries, now: Timestamp, oldest: Timestamp, namespace: String?) {
    self.series = series
    self.now = now
    self.oldest = oldest
    self.namespace = namespace
  }

  var rejected: Int { rejections.values.reduce(0, +) }

  /// What every point of a metric shares.
  private struct Metric {
    var namespace: String
    var name: String
    var unit: String
    var factor: Double
    var origin: OTLPDimensions
  }

  mutating func add(_ part: OTLPMetrics) {
    let origin = OTLPDimensions(part.origin)
    let namespace = namespace ?? OTLPDimensions.namespace(part.origin.resource)
    for entry in part.metrics {
      guard !entry.name.isEmpty else {
        reject("A metric has no name", entry.pointCount)
        continue
      }
      let (unit, factor) = UnitNames.cloudWatch(entry.unit)
      let metric = Metric(
        namespace: DimensionText.clean(namespace, 255), name: DimensionText.clean(entry.name, 255), unit: unit, factor: factor,
        origin: origin)
      switch entry.data {
      case .none: reject("A metric has no data of a kind that is known", 1)
      case .gauge(let points): for point in points { add(gauge: point, metric) }
      case .sum(let points, let temporality, let isMonotonic):
        for point in points {
          if isMonotonic, temporality == .cumulative { add(counter: point, metric) } else { add(gauge: point, metric) }
        }
      case .histogram(let points, let temporality): for point in points { add(histogram: point, temporality, metric) }
      case .summary(let points): for point in points { add(summary: point, metric) }
      }
    }
  }

  private mutating func reject(_ reason: String, _ count: Int = 1) { rejections[reason, default: 0] += count }

  /// The instant of a point; nil when it is empty, or too old or new and therefore rejected.
  private mutating func time(_ instant: OTLPInstant) -> Timestamp? {
    if instant.isEmpty { return nil }
    let time = instant.time == 0 ? now : Timestamp(microseconds: Int64(clamping: instant.time / 1_000))
    if time > now + .seconds(7_200) {
      reject("A point is more than two hours in the future")
      return nil
    }
    if time < oldest {
      reject("A point is more than two weeks in the past")
      return nil
    }
    return time
  }

  private mutating func store(
    _ metric: Metric, _ instant: OTLPInstant, _ time: Timestamp, value: Double = 0, summary: MetricDatum.Summary? = nil,
    values: [MetricDatum.Counted]? = nil, quantile: String? = nil
  ) {
    let (dimensions, isCut) = metric.origin.dimensions(instant.attributes, more: quantile.map { ("quantile", $0) })
    if isCut { cutDimensions += 1 }
    samples.append(
      MetricDatum(
        namespace: metric.namespace, name: metric.name, dimensions: dimensions, value: value, unit: metric.unit, time: time,
        summary: summary,
        values: values))
  }

  private mutating func add(gauge point: OTLPPoint, _ metric: Metric) {
    guard let time = time(point.instant) else { return }
    guard let value = point.value.map({ $0 * metric.factor }), Self.isGood(value) else {
      return reject("A value is no number that can be stored")
    }
    store(metric, point.instant, time, value: value)
  }

  private static func isGood(_ value: Double) -> Bool {
    value.isFinite && (value == 0 || (8.515920e-109...1.174271e108).contains(value.magnitude))
  }

  // MARK: From the beginning

  private mutating func step(_ metric: Metric, _ instant: OTLPInstant, _ value: CumulativeSeries.Value) -> CumulativeSeries.Step {
    let key = CumulativeSeries.Key(
      namespace: metric.namespace, name: metric.name,
      attributes: metric.origin.identity + instant.attributes.sorted { $0.key < $1.key })
    let step = series.advance(key, .init(start: instant.start, time: instant.time, value: value), now: now, &changes)
    if case .full = step { reject("There are more than \(CumulativeSeries.most) cumulative series") }
    return step
  }

  private mutating func add(counter point: OTLPPoint, _ metric: Metric) {
    guard let time = time(point.instant) else { return }
    guard let value = point.value.map({ $0 * metric.factor }), Self.isGood(value) else {
      return reject("A value is no number that can be stored")
    }
    switch step(metric, point.instant, .number(value)) {
    case .baseline, .old, .full: return
    case .since(.number(let before)) where value >= before:
      let difference = value - before
      store(metric, point.instant, time, value: Self.isGood(difference) ? difference : 0)
    case .whole, .since: store(metric, point.instant, time, value: value)
    }
  }

  private mutating func add(histogram point: OTLPHistogramPoint, _ temporality: OTLPTemporality, _ metric: Metric) {
    guard let time = time(point.instant) else { return }
    var part = point
    if temporality == .cumulative {
      switch step(metric, point.instant, .histogram(point)) {
      case .baseline, .old, .full: return
      case .since(.histogram(let before)): part = HistogramDifference.between(before, point) ?? point
      case .whole, .since: break
      }
    }
    if case .explicit(let bounds, let counts) = part.buckets, bounds.isEmpty, counts.isEmpty { return add(bare: part, time, metric) }
    guard let values = HistogramValues.values(part)?.map({ MetricDatum.Counted($0.value * metric.factor, $0.count) }),
      values.allSatisfy({ Self.isGood($0.value) })
    else { return reject("A histogram's buckets contradict each other or hold what can not be stored") }
    if !values.isEmpty { store(metric, part.instant, time, values: values) }
  }

  /// A histogram of which only count and sum are known.
  private mutating func add(bare point: OTLPHistogramPoint, _ time: Timestamp, _ metric: Metric) {
    if point.count == 0 { return }
    let (count, sum) = (Double(point.count), (point.sum ?? 0) * metric.factor)
    let mean = sum / count
    let (least, most) = (min((point.min ?? .infinity) * metric.factor, mean), max((point.max ?? -.infinity) * metric.factor, mean))
    guard [sum, least, most].allSatisfy(Self.isGood) else { return reject("A value is no number that can be stored") }
    store(metric, point.instant, time, value: sum, summary: .init(count: count, sum: sum, min: least, max: most))
  }

  private mutating func add(summary point: OTLPSummaryPoint, _ metric: Metric) {
    guard let time = time(point.instant) else { return }
    let values = point.quantiles.map { $0.value * metric.factor }.filter { Self.isGood($0) }
    for entry in point.quantiles.prefix(100) where Self.isGood(entry.value * metric.factor) && (0...1).contains(entry.quantile) {
      store(metric, point.instant, time, value: entry.value * metric.factor, quantile: "\(entry.quantile)")
    }
    var (count, sum) = (point.count, point.sum)
    switch step(metric, point.instant, .summary(count: point.count, sum: point.sum)) {
    case .baseline, .old, .full: return
    case .since(.summary(let earlier, let total)) where count >= earlier: (count, sum) = (count - earlier, sum - total)
    case .whole, .since: break
    }
    if count == 0 { return }
    let total = sum * metric.factor
    let mean = total / Double(count)
    guard Self.isGood(total), Self.isGood(mean) else { return reject("A value is no number that can be stored") }
    store(
      metric, point.instant, time, value: total,
      summary: .init(count: Double(count), sum: total, min: min(values.min() ?? mean, mean), max: max(values.max() ?? mean, mean)))
  }
}
