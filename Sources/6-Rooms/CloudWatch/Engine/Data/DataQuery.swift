import MetricMath
import Series
import ServiceKit
import Time

/// One query for metric data, checked: GetMetricData's, a widget's or a dashboard's.
struct DataQuery: Sendable {
  struct Metric: Sendable {
    var key: MetricKey
    var statistic: MetricStatistic
    var period: Int
    var unit: String?
  }
  enum Source: Sendable {
    case metric(Metric)
    case expression(String)
    /// A metric of an account that is not linked to the caller's.
    case foreign(account: String, period: Int)
  }
  var id: String
  var source: Source
  var label: DynamicLabel?
  var returnsData = true
  /// Of an expression, where given.
  var period: Int?

  var math: MathQuery {
    switch source {
    case .metric(let metric): MathQuery(id: id, .metric(period: metric.period), returnsData: returnsData)
    case .foreign(_, let period): MathQuery(id: id, .metric(period: period), returnsData: returnsData)
    case .expression(let text): MathQuery(id: id, .expression(text), period: period, returnsData: returnsData)
    }
  }

  /// Whether it is an anomaly detection band and nothing else.
  var isBand: Bool {
    guard case .expression(let text) = source else { return false }
    return text.drop(while: \.isWhitespace).uppercased().hasPrefix("ANOMALY_DETECTION_BAND")
  }

  var metric: Metric? { if case .metric(let metric) = source { metric } else { nil } }
}

/// What came of a query: one series, or each of several.
struct DataResult: Sendable {
  enum Status: String, Sendable {
    case complete = "Complete"
    case internalError = "InternalError"
    case partialData = "PartialData"
    case forbidden = "Forbidden"
  }
  struct Message: Shape {
    var code: String
    var value: String
  }
  var id: String
  var label: String
  var series: TimeSeries
  var status = Status.complete
  var messages: [Message] = []
}

extension Fault {
  /// Queries that AWS refuses before it reads anything.
  static func refused(_ fault: PlanFault) -> Fault { .broken(fault.description) }
}
