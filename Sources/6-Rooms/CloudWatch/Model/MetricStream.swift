import ServiceKit
import Store
import Time

/// What of the metrics flows to somebody else, minute by minute. Source: Amazon CloudWatch API Reference, PutMetricStream.
struct MetricStream: Resource {
  static let kind = "cloudwatch.metric-stream"
  enum State: String, Codable, Sendable {
    case running, stopped
  }
  var name: String
  var includeFilters: [MetricStreamFilter]
  var excludeFilters: [MetricStreamFilter]
  /// An event bus, an API destination, a queue or a URL, in the place of a Firehose stream.
  var target: String
  var roleArn: String
  var outputFormat: String
  var statistics: [StatisticsConfiguration]
  var includesLinkedAccounts: Bool
  var state: State
  var created: Timestamp
  var updated: Timestamp
  var tags: [String: String]
  /// Seconds since 1970: minutes before this have been handed on.
  var through: Int64

  var key: String { name }

  func arn(_ partition: Partition) -> ARN {
    ARN(service: "cloudwatch", region: partition.region, account: partition.account, resource: "metric-stream/\(name)")
  }

  /// Nil for `json`.
  var openTelemetry: OpenTelemetryRecord? {
    outputFormat == "json" ? nil : OpenTelemetryRecord(isOld: outputFormat == "opentelemetry0.7")
  }

  func takes(_ namespace: String, _ metric: String) -> Bool {
    func fits(_ filter: MetricStreamFilter) -> Bool {
      (filter.namespace ?? namespace) == namespace && (filter.metricNames.map { $0.isEmpty || $0.contains(metric) } ?? true)
    }
    if !includeFilters.isEmpty { return includeFilters.contains(where: fits) }
    return !excludeFilters.contains(where: fits)
  }

  /// The statistics told of a metric besides the four that always are.
  func additional(_ namespace: String, _ metric: String) -> [String] {
    statistics.filter { $0.includeMetrics.contains { $0.namespace == namespace && $0.metricName == metric } }
      .flatMap(\.additionalStatistics)
  }
}

struct MetricStreamFilter: Shape, Hashable {
  var namespace: String?
  var metricNames: [String]?
  static var limits: [Limit<Self>] { [.length("namespace", \.namespace, 1...255), .count("metricNames", \.metricNames, 0...999)] }
}

struct StatisticsConfiguration: Shape, Hashable {
  struct Metric: Shape, Hashable {
    var namespace: String
    var metricName: String
  }
  var includeMetrics: [Metric]
  var additionalStatistics: [String]
  static var limits: [Limit<Self>] {
    [.count("includeMetrics", \.includeMetrics, 1...100), .count("additionalStatistics", \.additionalStatistics, 1...20)]
  }
}
