import JSON
import MetricMath
import ServiceKit
import Store
import Time

extension PutMetricAlarm.Input {
  /// The alarm that is asked for, as a new one. Throws a fault for what contradicts itself.
  func alarm(_ call: Call<CloudWatch>) throws(Fault) -> Alarm {
    if evaluationCriteria != nil || evaluationInterval != nil {
      throw .broken("PromQL alarms are not served by Martlet: EvaluationCriteria and EvaluationInterval must not be specified.")
    }
    guard let periods = evaluationPeriods else { throw .missingParameter("The parameter EvaluationPeriods is required.") }
    guard let text = comparisonOperator, let comparison = Alarm.Comparison(rawValue: text) else {
      throw .missingParameter("The parameter ComparisonOperator is required.")
    }
    if let needed = datapointsToAlarm, needed > periods {
      throw .broken("DatapointsToAlarm must be less than or equal to EvaluationPeriods, not \(needed) of \(periods).")
    }
    try checkThreshold(comparison)
    try actionConfiguration?.check()
    if let window = evaluationWindow, (window.slidingWindow == nil) == (window.wallClockWindow == nil) {
      throw .broken("EvaluationWindow must have exactly one of SlidingWindow and WallClockWindow.")
    }
    try metrics == nil ? checkMetric() : checkMetrics()
    return Alarm(
      name: alarmName, description: alarmDescription, actionsEnabled: actionsEnabled ?? true, okActions: oKActions ?? [],
      alarmActions: alarmActions ?? [], insufficientDataActions: insufficientDataActions ?? [], namespace: namespace,
      metricName: metricName, dimensions: metrics == nil ? dimensions ?? [] : nil, statistic: statistic ?? extendedStatistic,
      unit: unit == "None" ? nil : unit, period: period, metrics: metrics, thresholdMetricId: thresholdMetricId,
      evaluationPeriods: periods, datapointsToAlarm: datapointsToAlarm, threshold: threshold, comparison: comparison,
      treatMissingData: try missing(), evaluateLowSampleCountPercentile: try lowSamples(),
      wallClock: evaluationWindow?.wallClockWindow, warmUp: warmUpConfiguration, actionConfiguration: actionConfiguration,
      queryId: metrics == nil ? call.room.context.identifiers.uuid() : nil, tags: Tag.map(tags), configured: call.now,
      state: .insufficientData, stateReason: "Unchecked: Initial alarm creation", stateUpdated: call.now, transitioned: call.now)
  }

  private func checkThreshold(_ comparison: Alarm.Comparison) throws(Fault) {
    switch (comparison.needsBand, thresholdMetricId) {
    case (true, nil):
      throw .broken("ThresholdMetricId must be specified for the comparison operator \(comparison.rawValue).")
    case (false, .some):
      throw .broken("The comparison operator \(comparison.rawValue) cannot be used with ThresholdMetricId.")
    case (true, .some):
      if threshold != nil { throw .broken("Threshold and ThresholdMetricId cannot both be specified.") }
    case (false, nil):
      guard let threshold else { throw .missingParameter("The parameter Threshold is required.") }
      guard threshold.isFinite else { throw .broken("Threshold must be a number.") }
    }
  }

  private func checkMetric() throws(Fault) {
    if thresholdMetricId != nil { throw .broken("ThresholdMetricId can only be specified with a Metrics list.") }
    guard namespace != nil else { throw .missingParameter("The parameter Namespace is required.") }
    guard metricName != nil else { throw .missingParameter("The parameter MetricName is required.") }
    guard let period else { throw .missingParameter("The parameter Period is required.") }
    guard [10, 20, 30].contains(period) || period % 60 == 0 else {
      throw .broken("Period must be 10, 20, 30 or a multiple of 60")
    }
    guard (statistic == nil) != (extendedStatistic == nil) else {
      throw .broken("Exactly one of Statistic and ExtendedStatistic must be specified.")
    }
    if let extendedStatistic, Alarm.plainStatistics.contains(extendedStatistic) {
      throw .broken("The value \(extendedStatistic) for parameter ExtendedStatistic is not supported.")
    }
  }

  private func checkMetrics() throws(Fault) {
    guard metrics?.isEmpty == false else { throw .broken("Metrics list must contain at least one element.") }
    let single: [(String, Bool)] = [
      ("MetricName", metricName != nil), ("Namespace", namespace != nil), ("Dimensions", !(dimensions ?? []).isEmpty),
      ("Period", period != nil), ("Unit", unit != nil), ("Statistic", statistic != nil), ("ExtendedStatistic", extendedStatistic != nil),
    ]
    if let given = single.first(where: \.1) {
      throw .broken("\(given.0) cannot be specified together with a Metrics list.")
    }
    if evaluateLowSampleCountPercentile != nil {
      throw .broken("EvaluateLowSampleCountPercentile cannot be specified together with a Metrics list.")
    }
  }

  private func missing() throws(Fault) -> Alarm.MissingData? {
    guard let text = treatMissingData else { return nil }
    guard let missing = Alarm.MissingData(rawValue: text) else {
      throw .broken("Option \(text) for parameter TreatMissingData is not known: use breaching, notBreaching, ignore or missing.")
    }
    return missing
  }

  private func lowSamples() throws(Fault) -> String? {
    guard let text = evaluateLowSampleCountPercentile else { return nil }
    guard ["evaluate", "ignore"].contains(text) else {
      throw .broken("Option \(text) for parameter EvaluateLowSampleCountPercentile is not known: use evaluate or ignore.")
    }
    return text
  }

  /// How long a time an alarm may look at. Source: Amazon CloudWatch API Reference, PutMetricAlarm, EvaluationPeriods.
  func check(_ definition: AlarmDefinition) throws(Fault) {
    let whole = definition.period.multipliedReportingOverflow(by: definition.condition.evaluationPeriods)
    if definition.period < 3_600, whole.overflow || whole.partialValue > 86_400 {
      throw .broken("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
    }
    if whole.overflow || whole.partialValue > 604_800 {
      throw .broken("Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800).")
    }
    guard case .math(let math) = definition.source, !math.plan.insights.isEmpty else { return }
    if definition.period < 60 {
      throw .broken("Metrics Insights queries do not support high-resolution periods: Period must be a multiple of 60.")
    }
    if whole.partialValue > 10_800 {
      throw .broken("Metrics Insights queries can only look at the last three hours (EvaluationPeriods * Period must be <= 10800).")
    }
  }
}
