extension MetricDataPlan {
  /// Why an alarm can not watch these queries; nil when it can.
  ///
  /// Source: CloudWatch API Reference, PutMetricAlarm and MetricDataQuery: up to 10 metrics and 10 expressions, one of which returns
  /// data; two where a threshold id names an anomaly detection band; a result of one time series, unless it is a Metrics Insights
  /// query with ORDER BY.
  public func alarmError(thresholdMetricId: String? = nil) -> PlanFault? {
    let returning = queries.filter(\.returnsData)
    if metrics.count > 10 { return PlanFault(message: "Too many metrics in alarm, maximum is 10") }
    if order.count > 10 { return PlanFault(message: "Too many expressions in alarm, maximum is 10") }
    if !searches.isEmpty { return PlanFault(message: "SEARCH is not supported on Metric Alarms.") }
    if let thresholdMetricId {
      guard returning.count == 2 else { return PlanFault(message: "Exactly two elements of the metrics list should return data.") }
      guard returning.contains(where: { $0.id == thresholdMetricId }), isBand(thresholdMetricId) else {
        return PlanFault(
          message: "ThresholdMetricId \(thresholdMetricId.prefix(255)) must be the id of an ANOMALY_DETECTION_BAND that returns data.")
      }
    } else if returning.count != 1 {
      return PlanFault(message: "Exactly one element of the metrics list should return data.")
    }
    for query in returning where query.id != thresholdMetricId && types[query.id] == .array {
      if case .insights(let insights)? = steps[query.id], insights.order != nil { continue }
      return PlanFault(
        message: "Metrics expression that return multi time series are only allowed for MetricsInsights expression with an ORDER BY clause")
    }
    return nil
  }

  /// Why no anomaly detector can be trained on these queries; nil when one can.
  ///
  /// Source: CloudWatch User Guide, "Anomaly detection on metric math".
  public var anomalyDetectorError: PlanFault? {
    if queries.count == 1, order.isEmpty {
      return PlanFault(
        message:
          "The MetricDataQueries list in MetricMathAnomalyDetector contains a single metric, please use SingleMetricAnomalyDetector instead"
      )
    }
    if queries.count > 10 { return PlanFault(message: "Anomaly detection supports up to 10 metrics and expressions.") }
    let returning = queries.filter(\.returnsData)
    guard returning.count == 1, let result = returning.first else {
      return PlanFault(message: "Exactly one element of the metrics list should return data.")
    }
    if types[result.id] == .array { return PlanFault(message: "Anomaly detection needs an expression that returns a single time series.") }
    for id in order {
      guard let references = references(id) else { continue }
      if !references.searches.isEmpty { return PlanFault(message: "SEARCH is not supported on anomaly detectors.") }
      if !references.metrics.isEmpty { return PlanFault(message: "METRICS is not supported on anomaly detectors.") }
      if references.bandCalls > 1 { return PlanFault(message: "An expression can have one ANOMALY_DETECTION_BAND.") }
    }
    let different = Set(metrics.compactMap { periods[$0] })
    if different.count > 1 { return PlanFault(message: "Anomaly detection needs metrics of one period.") }
    if different.contains(where: { $0 < 60 }) { return PlanFault(message: "Anomaly detection does not support high-resolution metrics.") }
    return nil
  }

  /// Whether an expression is the band of a metric.
  private func isBand(_ id: String) -> Bool {
    if case .math(let expression)? = steps[id], case .call(.anomalyDetectionBand, _) = expression.root { true } else { false }
  }
}
