import JSON
import ServiceKit
import Store
import Time

/// An alarm as DescribeAlarms answers it.
struct MetricAlarmShape: Shape {
  var alarmName: String
  var alarmArn: String
  var alarmDescription: String?
  var alarmConfigurationUpdatedTimestamp: Timestamp
  var actionsEnabled: Bool
  var oKActions: [String]
  var alarmActions: [String]
  var insufficientDataActions: [String]
  var stateValue: String
  var stateReason: String
  var stateReasonData: String?
  var stateUpdatedTimestamp: Timestamp
  var metricName: String
  var namespace: String
  var statistic: String?
  var extendedStatistic: String?
  var dimensions: [DimensionShape]
  var period: Int
  var unit: String?
  var evaluationPeriods: Int
  var datapointsToAlarm: Int?
  var threshold: Double
  var comparisonOperator: String
  var treatMissingData: String?
  var evaluateLowSampleCountPercentile: String?
  var stateTransitionedTimestamp: Timestamp

  init(_ alarm: Alarm, _ partition: Partition) {
    let isPercentile = alarm.statistic.hasPrefix("p")
    alarmName = alarm.name
    alarmArn = alarm.arn(partition).description
    alarmDescription = alarm.description
    alarmConfigurationUpdatedTimestamp = alarm.configured
    actionsEnabled = alarm.actionsEnabled
    oKActions = alarm.okActions
    alarmActions = alarm.alarmActions
    insufficientDataActions = alarm.insufficientDataActions
    stateValue = alarm.state.rawValue
    stateReason = alarm.stateReason
    stateReasonData = alarm.stateReasonData?.text
    stateUpdatedTimestamp = alarm.stateUpdated
    metricName = alarm.metricName
    namespace = alarm.namespace
    statistic = isPercentile ? nil : alarm.statistic
    extendedStatistic = isPercentile ? alarm.statistic : nil
    dimensions = alarm.dimensions
    period = alarm.period
    unit = alarm.unit
    evaluationPeriods = alarm.evaluationPeriods
    datapointsToAlarm = alarm.datapointsToAlarm
    threshold = alarm.threshold
    comparisonOperator = alarm.comparison.rawValue
    treatMissingData = alarm.treatMissingData?.rawValue
    evaluateLowSampleCountPercentile = alarm.evaluateLowSampleCountPercentile
    stateTransitionedTimestamp = alarm.transitioned
  }
}

extension Alarm {
  /// Its configuration as history shows it.
  func shape(_ partition: Partition) -> JSONValue {
    var configuration: JSONObject = [
      "alarmName": .string(name), "alarmArn": .string(arn(partition).description), "namespace": .string(namespace),
      "metricName": .string(metricName), "statistic": .string(statistic), "period": .int(Int64(period)),
      "evaluationPeriods": .int(Int64(evaluationPeriods)), "threshold": .double(threshold),
      "comparisonOperator": .string(comparison.rawValue),
      "actionsEnabled": .bool(actionsEnabled),
    ]
    configuration["dimensions"] = .array(dimensions.map { ["name": .string($0.name), "value": .string($0.value)] })
    configuration["alarmActions"] = .array(alarmActions.map { .string($0) })
    configuration["okActions"] = .array(okActions.map { .string($0) })
    configuration["insufficientDataActions"] = .array(insufficientDataActions.map { .string($0) })
    if let description { configuration["alarmDescription"] = .string(description) }
    if let datapointsToAlarm { configuration["datapointsToAlarm"] = .int(Int64(datapointsToAlarm)) }
    if let treatMissingData { configuration["treatMissingData"] = .string(treatMissingData.rawValue) }
    return .object(configuration)
  }
}
