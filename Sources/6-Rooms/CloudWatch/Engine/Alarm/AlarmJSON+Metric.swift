import JSON
import ServiceKit
import Time

extension Alarm {
  /// Its metrics as events have them; one metric has an id that was made with the alarm.
  private var eventMetrics: JSONValue {
    if let metrics { return .array(metrics.map(\.event)) }
    let metric = AlarmQuery.event(MetricShape(namespace: namespace, metricName: metricName, dimensions: dimensions))
    var stat: JSONObject = ["metric": metric, "period": .int(Int64(period ?? 60)), "stat": .string(statistic ?? "")]
    stat["unit"] = unit.map { .string($0) }
    return [["id": .string(queryId ?? "m1"), "metricStat": .object(stat), "returnData": true]]
  }

  var eventConfiguration: JSONObject {
    var object: JSONObject = ["metrics": eventMetrics]
    object["description"] = description.map { .string($0) }
    return object
  }

  var ownConfiguration: JSONObject {
    var object: JSONObject = ["evaluationPeriods": .int(Int64(evaluationPeriods))]
    object["datapointsToAlarm"] = datapointsToAlarm.map { .int(Int64($0)) }
    object["threshold"] = threshold.map { .double($0) }
    object["thresholdMetricId"] = thresholdMetricId.map { .string($0) }
    object["comparisonOperator"] = .string(comparison.rawValue)
    object["treatMissingData"] = treatMissingData.map { .string($0.rawValue) }
    object["evaluateLowSampleCountPercentile"] = evaluateLowSampleCountPercentile.map { .string($0) }
    object["metrics"] = eventMetrics
    return object
  }

  func notification() -> JSONObject {
    var trigger = JSONObject()
    if let metrics {
      trigger["Period"] = .int(Int64(metrics.compactMap { $0.metricStat?.period ?? $0.period }.max() ?? 0))
    } else {
      trigger["MetricName"] = .string(metricName ?? "")
      trigger["Namespace"] = .string(namespace ?? "")
      trigger["StatisticType"] = .string(isExtended ? "ExtendedStatistic" : "Statistic")
      trigger[isExtended ? "ExtendedStatistic" : "Statistic"] = .string(isExtended ? statistic ?? "" : (statistic ?? "").uppercased())
      trigger["Unit"] = unit.map { .string($0) } ?? .null
      trigger["Dimensions"] = .array((dimensions ?? []).map { ["value": .string($0.value), "name": .string($0.name)] })
      trigger["Period"] = .int(Int64(period ?? 0))
    }
    trigger["EvaluationPeriods"] = .int(Int64(evaluationPeriods))
    trigger["DatapointsToAlarm"] = datapointsToAlarm.map { .int(Int64($0)) }
    trigger["ComparisonOperator"] = .string(comparison.rawValue)
    if let thresholdMetricId {
      trigger["ThresholdMetricId"] = .string(thresholdMetricId)
    } else {
      trigger["Threshold"] = .double(threshold ?? 0)
    }
    trigger["TreatMissingData"] = .string((treatMissingData ?? .missing).rawValue)
    trigger["EvaluateLowSampleCountPercentile"] = .string(evaluateLowSampleCountPercentile ?? "")
    if let metrics { trigger["Metrics"] = .array(metrics.map(\.notification)) }
    return ["Trigger": .object(trigger)]
  }
}
