import MetricMath
import ServiceKit
import Store
import Time

/// Lists anomaly detectors with the state of their training. Source: Amazon CloudWatch API Reference, DescribeAnomalyDetectors.
struct DescribeAnomalyDetectors: Operation {
  struct Input: Shape {
    var nextToken: String?
    var maxResults: Int?
    var namespace: String?
    var metricName: String?
    var dimensions: [DimensionShape]?
    var anomalyDetectorTypes: [String]?
    var anomalyDetectorIds: [String]?
    static var limits: [Limit<Self>] {
      [
        .range("maxResults", \.maxResults, 1...100), .length("namespace", \.namespace, 1...255),
        .length("metricName", \.metricName, 1...255), .count("dimensions", \.dimensions, 0...30),
        .count("anomalyDetectorTypes", \.anomalyDetectorTypes, 0...2),
      ]
    }
  }
  struct Detector: Shape {
    var anomalyDetectorId: String
    var namespace: String?
    var metricName: String?
    var dimensions: [DimensionShape]?
    var stat: String?
    var configuration: PutAnomalyDetector.Configuration
    var stateValue: String
    var metricCharacteristics: PutAnomalyDetector.Characteristics?
    var singleMetricAnomalyDetector: SingleMetricDetector?
    var metricMathAnomalyDetector: MetricMathDetector?
  }
  struct Output: Shape {
    var anomalyDetectors: [Detector]
    var nextToken: String?
  }
  private static let types = ["SINGLE_METRIC", "METRIC_MATH"]

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    for type in input.anomalyDetectorTypes ?? [] where !types.contains(type) {
      throw Fault.invalidValue("The value \(type) for parameter AnomalyDetectorTypes is invalid: use SINGLE_METRIC or METRIC_MATH.")
    }
    let limit = input.maxResults ?? 50
    var after = try call.place(input.nextToken)
    var found: [Detector] = []
    while true {
      let page = try call.transaction.page(AnomalyDetector.self, in: call.partition, after: after, limit: limit)
      for detector in page.items {
        let fits = fits(detector, input)
        if fits, found.count == limit { return Output(anomalyDetectors: found, nextToken: call.token(after)) }
        after = CatalogCursor(key: detector.key)
        if fits { found.append(shape(detector)) }
      }
      guard page.next != nil else { return Output(anomalyDetectors: found, nextToken: nil) }
    }
  }

  /// Of single metrics where no type is said; those of expressions by the metrics that they use.
  private static func fits(_ detector: AnomalyDetector, _ input: Input) -> Bool {
    if let ids = input.anomalyDetectorIds, !ids.isEmpty { return ids.contains(detector.id) }
    let wanted = input.anomalyDetectorTypes.flatMap { $0.isEmpty ? nil : $0 } ?? ["SINGLE_METRIC"]
    guard wanted.contains(detector.queries == nil ? "SINGLE_METRIC" : "METRIC_MATH") else { return false }
    let metrics =
      detector.queries?.compactMap { $0.metricStat?.metric }
      ?? [MetricShape(namespace: detector.namespace, metricName: detector.metricName, dimensions: detector.dimensions)]
    return metrics.contains { metric in
      (input.namespace.map { $0 == metric.namespace } ?? true) && (input.metricName.map { $0 == metric.metricName } ?? true)
        && (input.dimensions.map { Set($0) == Set(metric.dimensions ?? []) } ?? true)
    }
  }

  private static func shape(_ detector: AnomalyDetector) -> Detector {
    var shape = Detector(
      anomalyDetectorId: detector.id,
      configuration: .init(
        excludedTimeRanges: detector.excluded.map { .init(startTime: $0.start, endTime: $0.end) }, metricTimezone: detector.timezone),
      stateValue: detector.state.rawValue,
      metricCharacteristics: detector.periodicSpikes.map { .init(periodicSpikes: $0) })
    if let queries = detector.queries {
      shape.metricMathAnomalyDetector = MetricMathDetector(metricDataQueries: queries)
    } else {
      (shape.namespace, shape.metricName) = (detector.namespace, detector.metricName)
      (shape.dimensions, shape.stat) = (detector.dimensions ?? [], detector.statistic)
      shape.singleMetricAnomalyDetector = SingleMetricDetector(
        namespace: detector.namespace, metricName: detector.metricName, dimensions: detector.dimensions ?? [], stat: detector.statistic)
    }
    return shape
  }
}
