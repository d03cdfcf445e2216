import ServiceKit
import Store
import Telemetry

/// CloudWatch's statistics as suffixes of Prometheus's names.
enum PrometheusStatistic: String, CaseIterable, Sendable {
  case average = "Average"
  case sum = "Sum"
  case minimum = "Minimum"
  case maximum = "Maximum"
  case sampleCount = "SampleCount"

  var suffix: String { self == .sampleCount ? "sample_count" : rawValue.lowercased() }

  func value(_ point: MeasuredSeries.Point) -> Double {
    switch self {
    case .average: point.count > 0 ? point.sum / point.count : 0
    case .sum: point.sum
    case .minimum: point.min
    case .maximum: point.max
    case .sampleCount: point.count
    }
  }
}

enum PrometheusSeries {
  static func name(_ series: MeasuredSeries, _ statistic: PrometheusStatistic) -> String {
    PrometheusName.metric(series.place.namespace, series.place.name, statistic.suffix)
  }

  /// `account_id`, `region`, `unit` where there is one, and the dimensions.
  static func labels(_ series: MeasuredSeries, _ partition: Partition) -> PrometheusLabels {
    var labels = PrometheusLabels()
    labels.add("account_id", partition.account)
    labels.add("region", partition.region)
    if let unit = series.unit { labels.add("unit", unit) }
    for dimension in series.place.dimensions { labels.add(PrometheusName.label(dimension.name), dimension.value) }
    return labels
  }
}
