/// A function of metric math. Source: CloudWatch User Guide, "Functions supported for metric math".
enum MathFunction: String, CaseIterable, Hashable, Sendable {
  case abs = "ABS"
  case anomalyDetectionBand = "ANOMALY_DETECTION_BAND"
  case avg = "AVG"
  case ceil = "CEIL"
  case datapointCount = "DATAPOINT_COUNT"
  case date = "DATE"
  case day = "DAY"
  case diff = "DIFF"
  case diffTime = "DIFF_TIME"
  case epoch = "EPOCH"
  case fill = "FILL"
  case first = "FIRST"
  case floor = "FLOOR"
  case hour = "HOUR"
  case `if` = "IF"
  case last = "LAST"
  case log = "LOG"
  case log10 = "LOG10"
  case max = "MAX"
  case metricCount = "METRIC_COUNT"
  case metrics = "METRICS"
  case min = "MIN"
  case minute = "MINUTE"
  case month = "MONTH"
  case period = "PERIOD"
  case rate = "RATE"
  case removeEmpty = "REMOVE_EMPTY"
  case runningSum = "RUNNING_SUM"
  case search = "SEARCH"
  case slice = "SLICE"
  case sort = "SORT"
  case stddev = "STDDEV"
  case sum = "SUM"
  case timeSeries = "TIME_SERIES"
  case year = "YEAR"

  /// Functions of AWS's whose data comes from services that Martlet does not have, and which.
  static let refused: [String: String] = [
    "DB_PERF_INSIGHTS": "it reads RDS Performance Insights",
    "INSIGHT_RULE_METRIC": "it reads Contributor Insights rules",
    "LAMBDA": "it asks a Lambda function of a connected data source",
    "SERVICE_QUOTA": "it reads the quotas of AWS services",
  ]

  static func named(_ name: String) throws(MetricMathError) -> MathFunction {
    if let function = MathFunction(rawValue: name) { return function }
    if let why = refused[name] { throw MetricMathError("Function '\(name)' is not supported", detail: why) }
    throw MetricMathError("Function '\(name)' not found")
  }

  /// How many arguments it takes.
  var arity: ClosedRange<Int> {
    switch self {
    case .metrics: 0...1
    case .anomalyDetectionBand: 1...2
    case .fill: 2...2
    case .if: 2...3
    case .search: 2...3
    case .slice: 2...3
    case .sort: 3...4
    default: 1...1
    }
  }
}
