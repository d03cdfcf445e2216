import JSON
import Series
import ServiceKit
import Time
import Wire

/// Statistics of one metric over time. Source: Amazon CloudWatch API Reference, GetMetricStatistics.
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
  private static let most: Int64 = 1_440

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let plain = input.statistics ?? []
    let extended = input.extendedStatistics ?? []
    guard !plain.isEmpty || !extended.isEmpty else {
      throw Fault.missingParameter("Must specify either Statistics or ExtendedStatistics")
    }
    guard input.startTime < input.endTime else {
      throw Fault.invalidCombination("The parameter StartTime must be less than the parameter EndTime.")
    }
    try Period.check(input.period, "Period")
    let wanted = (input.endTime.seconds - input.startTime.seconds) / Int64(input.period)
    guard wanted <= most else {
      throw Fault.invalidCombination(
        "You have requested up to \(wanted) datapoints, which exceeds the limit of \(most). You may reduce the datapoints requested by increasing Period, or decreasing the time range."
      )
    }
    let statistics = try plain.map { ($0, try Statistic($0)) }
    let percentiles = try extended.map { ($0, try Statistic($0)) }
    let buckets = try call.room.buckets(
      MetricKey(call.partition, input.namespace, input.metricName, input.dimensions),
      from: GetMetricData.aligned(input.startTime, input.period), to: input.endTime, period: input.period,
      unit: input.unit == "None" ? nil : input.unit)
    let points = buckets.map { bucket in
      var point = Datapoint(timestamp: bucket.start, unit: bucket.unit ?? "None")
      for (_, statistic) in statistics {
        switch statistic {
        case .average: point.average = statistic.value(bucket)
        case .sum: point.sum = statistic.value(bucket)
        case .minimum: point.minimum = statistic.value(bucket)
        case .maximum: point.maximum = statistic.value(bucket)
        case .sampleCount: point.sampleCount = statistic.value(bucket)
        case .percentile: break
        }
      }
      if !percentiles.isEmpty {
        point.extendedStatistics = Dictionary(
          percentiles.compactMap { name, statistic in statistic.value(bucket).map { (name, $0) } }, uniquingKeysWith: { $1 })
      }
      return point
    }
    return Output(label: input.metricName, datapoints: points)
  }
}
