import Foundation
import JSON
import MetricMath

/// The content of a file of Tests/Fixtures/metric-math.
func fixture(_ file: String) throws -> JSONValue {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/metric-math")
  return try JSONValue(parsing: Array(Data(contentsOf: folder.appending(path: file))))
}

/// A metric as the cases have it: namespace, name, dimensions.
func metric(_ json: JSONValue) -> MetricIdentity {
  let dimensions = (json[2]?.object ?? [:]).map { MetricIdentity.Dimension(name: $0.key, value: $0.value.string ?? "") }
  return MetricIdentity(
    namespace: json[0]?.string ?? "", metricName: json[1]?.string ?? "", dimensions: dimensions, accountId: json[3]?.string)
}

/// What expressions ask for, from tables.
struct Tables: MetricMathSource {
  var metrics: [TimeSeries] = []
  var measured: [InsightsQuery.Measured] = []
  var bands: [String: AnomalyModel] = [:]

  func series(found search: MathSearch, period: Int, in window: TimeWindow) -> [TimeSeries] {
    metrics.filter { series in series.metric.map { search.search.matches($0) } ?? false }
  }

  func series(selected query: InsightsQuery, period: Int, in window: TimeWindow) -> [TimeSeries] {
    query.evaluate(measured, period: period)
  }

  func band(of id: String, _ series: TimeSeries, width: Double, in window: TimeWindow) -> AnomalyBand? {
    bands[id]?.band(width: width, in: window, period: series.period)
  }
}
