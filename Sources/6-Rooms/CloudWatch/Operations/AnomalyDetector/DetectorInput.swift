import JSON
import ServiceKit
import Store
import Time

/// A metric and its statistic, as detectors name it. Source: Amazon CloudWatch API Reference, SingleMetricAnomalyDetector.
struct SingleMetricDetector: Shape {
  var accountId: String?
  var namespace: String?
  var metricName: String?
  var dimensions: [DimensionShape]?
  var stat: String?
  static var limits: [Limit<Self>] {
    [
      .length("accountId", \.accountId, 1...255), .length("namespace", \.namespace, 1...255), .length("metricName", \.metricName, 1...255),
      .count("dimensions", \.dimensions, 0...30), .length("stat", \.stat, 1...50),
    ]
  }
}

struct MetricMathDetector: Shape {
  var metricDataQueries: [AlarmQuery]?
}

/// What names a detector in PutAnomalyDetector and DeleteAnomalyDetector.
protocol DetectorInput: Shape {
  var namespace: String? { get }
  var metricName: String? { get }
  var dimensions: [DimensionShape]? { get }
  var stat: String? { get }
  var singleMetricAnomalyDetector: SingleMetricDetector? { get }
  var metricMathAnomalyDetector: MetricMathDetector? { get }
}

extension DetectorInput {
  private var isPlain: Bool { namespace != nil || metricName != nil || !(dimensions ?? []).isEmpty || stat != nil }
  var namesTarget: Bool { isPlain || singleMetricAnomalyDetector != nil || metricMathAnomalyDetector != nil }

  /// Throws a fault for what names no detector, or more than one.
  func target(_ partition: Partition) throws(Fault) -> AnomalyTarget {
    let given = [isPlain, singleMetricAnomalyDetector != nil, metricMathAnomalyDetector != nil].count { $0 }
    guard given <= 1 else {
      throw .invalidCombination(
        "Only one of SingleMetricAnomalyDetector, MetricMathAnomalyDetector and the parameters Namespace, MetricName, Dimensions and Stat can be specified."
      )
    }
    if let math = metricMathAnomalyDetector {
      guard let queries = math.metricDataQueries, !queries.isEmpty else {
        throw .missingParameter("The parameter MetricMathAnomalyDetector.MetricDataQueries is required.")
      }
      do { _ = try AlarmMath(detecting: queries, partition) } catch { throw .invalidValue(error.message) }
      return .math(queries)
    }
    let single =
      singleMetricAnomalyDetector ?? SingleMetricDetector(namespace: namespace, metricName: metricName, dimensions: dimensions, stat: stat)
    if let account = single.accountId, account != partition.account {
      throw .invalidValue("Metrics of other accounts are not served by Martlet: AccountId \(account) is not \(partition.account).")
    }
    guard let namespace = single.namespace else { throw .missingParameter("The parameter Namespace is required.") }
    guard let name = single.metricName else { throw .missingParameter("The parameter MetricName is required.") }
    guard let statistic = single.stat else { throw .missingParameter("The parameter Stat is required.") }
    do { _ = try AlarmDefinition.statistic(statistic) } catch { throw .invalidValue(error.message) }
    return .metric(namespace: namespace, name: name, dimensions: single.dimensions ?? [], statistic: statistic)
  }
}
