import MetricMath
import ServiceKit
import Store
import Time

/// Makes or changes a model of what a metric or an expression normally is; it is trained in the background.
///
/// Source: Amazon CloudWatch API Reference, PutAnomalyDetector.
struct PutAnomalyDetector: Operation {
  struct Input: DetectorInput {
    var namespace: String?
    var metricName: String?
    var dimensions: [DimensionShape]?
    var stat: String?
    var configuration: Configuration?
    var metricCharacteristics: Characteristics?
    var singleMetricAnomalyDetector: SingleMetricDetector?
    var metricMathAnomalyDetector: MetricMathDetector?
    static var limits: [Limit<Self>] {
      [
        .length("namespace", \.namespace, 1...255), .length("metricName", \.metricName, 1...255),
        .count("dimensions", \.dimensions, 0...30), .length("stat", \.stat, 1...50),
      ]
    }
  }
  struct Configuration: Shape {
    var excludedTimeRanges: [Range]?
    var metricTimezone: String?
    static var limits: [Limit<Self>] {
      [.count("excludedTimeRanges", \.excludedTimeRanges, 0...10), .length("metricTimezone", \.metricTimezone, 0...50)]
    }
  }
  struct Range: Shape {
    var startTime: Timestamp
    var endTime: Timestamp
  }
  struct Characteristics: Shape {
    var periodicSpikes: Bool?
  }

  struct Output: Shape { var anomalyDetectorId: String }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let target = try input.target(call.partition)
    if let zone = input.configuration?.metricTimezone, !zone.isEmpty, (try? Zone(identifier: zone)) == nil {
      throw Fault.invalidValue("The value \(zone) for parameter Configuration.MetricTimezone is not a known time zone.")
    }
    let ranges = input.configuration?.excludedTimeRanges ?? []
    for range in ranges where range.startTime >= range.endTime {
      throw Fault.invalidValue("The StartTime of an excluded time range must be before its EndTime.")
    }
    let known = try call.get(AnomalyDetector.self, target.key)
    var detector = AnomalyDetector(target)
    // Periods that alarms need stay wanted.
    if let known { detector.periods = known.periods }
    detector.excluded = ranges.map { .init(start: $0.startTime, end: $0.endTime) }
    detector.timezone = input.configuration?.metricTimezone.flatMap { $0.isEmpty ? nil : $0 }
    detector.periodicSpikes = input.metricCharacteristics?.periodicSpikes
    detector.state = known?.state ?? .pendingTraining
    detector.trained = known?.trained
    try call.train(detector, forget: false)
    return Output(anomalyDetectorId: detector.id)
  }
}
