import JSON
import MetricMath
import Series
import ServiceKit
import Time
import Wire

/// Statistics of one metric over time. Source: Amazon CloudWatch API Reference, GetMetricStatistics.
///
/// Differs: periods begin at multiples of their length since 1970. Without AWS's quotas a call answers up to 100,800 points, and plain and
/// extended statistics together.
struct GetMetricStatistics: AsyncOperation {
  struct Input: Shape {
    var namespace: String
    var metricName: String
    var dimensions: [DimensionShape]?
    var startTime: Timestamp
    var endTime: Timestamp
    var period: Int
    var statistics: [String]?
    var extendedStatistics: [String]?
    var unit: String?
    static var limits: [Limit<Self>] {
      [
        .length("namespace", \.namespace, 1...255), .length("metricName", \.metricName, 1...255),
        .count("dimensions", \.dimensions, 0...DatumReader.mostDimensions),
        .count("statistics", \.statistics, 1...5), .count("extendedStatistics", \.extendedStatistics, 1...10),
        .oneOf("unit", \.unit, StandardUnit.names),
      ]
    }
  }
  struct Output: Shape {
    var label: String
    var datapoints: [Datapoint]
  }
  struct Datapoint: Shape {
    var timestamp: Timestamp
    var sampleCount: Double?
    var average: Double?
    var sum: Double?
    var minimum: Double?
    var maximum: Double?
    var unit: String
    var extendedStatistics: [String: Double]?
  }
  static let xml = XMLHints(maps: ["ExtendedStatistics"])

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let (plain, extended) = try statistics(input, call)
    guard input.startTime < input.endTime else {
      throw Fault.invalidCombination("The parameter StartTime must be less than the parameter EndTime.")
    }
    try Period.check(input.period, "Period")
    let window = TimeWindow(
      start: input.startTime.seconds,
      end: input.endTime.microseconds > input.endTime.seconds &* 1_000_000 ? input.endTime.seconds + 1 : input.endTime.seconds)
    let most: Int64 = call.enforcesQuotas ? 1_440 : 100_800
    let wanted = (window.end - window.start) / Int64(input.period)
    guard wanted <= most else {
      throw Fault.invalidCombination(
        "You have requested up to \(wanted) datapoints, which exceeds the limit of \(most). You may reduce the datapoints requested by increasing Period, or decreasing the time range."
      )
    }
    let key = MetricKey(call.partition, input.namespace, input.metricName, input.dimensions)
    let buckets: [MetricBucket]
    do {
      buckets = try MetricReader(call.room, call.partition, now: call.now).buckets(key, in: window, period: input.period, unit: input.unit)
    } catch { throw Fault.unavailable(error.message) }
    return Output(label: input.metricName, datapoints: buckets.map { point($0, plain, extended) })
  }

  private static func statistics(
    _ input: Input, _ call: AsyncCall<CloudWatch>
  ) throws(Fault) -> (plain: [MetricStatistic], extended: [(name: String, statistic: MetricStatistic)]) {
    guard input.statistics != nil || input.extendedStatistics != nil else {
      throw .missingParameter("Must specify either Statistics or ExtendedStatistics")
    }
    if call.enforcesQuotas, input.statistics != nil, input.extendedStatistics != nil {
      throw .invalidCombination("Must specify either Statistics or ExtendedStatistics, but not both")
    }
    var plain: [MetricStatistic] = []
    for (position, name) in (input.statistics ?? []).enumerated() {
      guard let statistic = MetricStatistic(name), !statistic.isExtended else {
        throw .invalidValue("The value \(name.prefix(255)) for parameter Statistics.member.\(position + 1) is not supported.")
      }
      plain.append(statistic)
    }
    var extended: [(String, MetricStatistic)] = []
    for (position, name) in (input.extendedStatistics ?? []).enumerated() {
      guard let statistic = MetricStatistic(name), statistic.isExtended else {
        throw .invalidValue("The value \(name.prefix(255)) for parameter ExtendedStatistics.member.\(position + 1) is not supported.")
      }
      extended.append((name, statistic))
    }
    return (plain, extended)
  }

  private static func point(
    _ bucket: MetricBucket, _ plain: [MetricStatistic], _ extended: [(name: String, statistic: MetricStatistic)]
  ) -> Datapoint {
    var point = Datapoint(timestamp: bucket.start, unit: bucket.unit ?? "None")
    let values = BucketDistribution(bucket: bucket)
    for statistic in plain {
      let value = statistic.compute(values)
      switch statistic {
      case .average: point.average = value
      case .sum: point.sum = value
      case .minimum: point.minimum = value
      case .maximum: point.maximum = value
      case .sampleCount: point.sampleCount = value
      default: break
      }
    }
    if !extended.isEmpty {
      let known = extended.compactMap { name, statistic in statistic.compute(values).map { (name, $0) } }
      point.extendedStatistics = Dictionary(known, uniquingKeysWith: { $1 })
    }
    return point
  }
}
