import JSON
import ServiceKit
import Store
import Time

/// An alarm as DescribeAlarms answers it.
struct MetricAlarmShape: Shape {
  var alarmName: String
  var alarmArn: String
  var alarmDescription: String?
  var alarmConfigurationUpdatedTimestamp: Timestamp?
  var actionsEnabled: Bool?
  var oKActions: [String]?
  var alarmActions: [String]?
  var insufficientDataActions: [String]?
  var stateValue: String?
  var stateReason: String?
  var stateReasonData: String?
  var stateUpdatedTimestamp: Timestamp?
  var metricName: String?
  var namespace: String?
  var statistic: String?
  var extendedStatistic: String?
  var dimensions: [DimensionShape]?
  var period: Int?
  var unit: String?
  var evaluationPeriods: Int?
  var datapointsToAlarm: Int?
  var threshold: Double?
  var comparisonOperator: String?
  var treatMissingData: String?
  var evaluateLowSampleCountPercentile: String?
  var metrics: [AlarmQuery]?
  var thresholdMetricId: String?
  var stateTransitionedTimestamp: Timestamp?
  var evaluationState: String?
  var evaluationWindow: EvaluationWindow?
  var warmUpConfiguration: WarmUpConfiguration?
  var actionConfiguration: ActionConfiguration?

  /// - Parameter isFailing: whether it can not be evaluated at present.
  init(_ alarm: Alarm, _ partition: Partition, isFailing: Bool) {
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
    statistic = alarm.isExtended ? nil : alarm.statistic
    extendedStatistic = alarm.isExtended ? alarm.statistic : nil
    dimensions = alarm.dimensions ?? []
    period = alarm.period
    unit = alarm.unit
    evaluationPeriods = alarm.evaluationPeriods
    datapointsToAlarm = alarm.datapointsToAlarm
    threshold = alarm.threshold
    comparisonOperator = alarm.comparison.rawValue
    treatMissingData = alarm.treatMissingData?.rawValue
    evaluateLowSampleCountPercentile = alarm.evaluateLowSampleCountPercentile
    metrics = alarm.metrics
    thresholdMetricId = alarm.thresholdMetricId
    stateTransitionedTimestamp = alarm.transitioned
    evaluationState = isFailing ? "EVALUATION_FAILURE" : nil
    evaluationWindow = alarm.wallClock.map { EvaluationWindow(wallClockWindow: $0) }
    warmUpConfiguration = alarm.warmUp
    actionConfiguration = alarm.actionConfiguration
  }

  /// Name, ARN and state: all that is told of another alarm's child.
  init(childOf alarm: Alarm, _ partition: Partition) {
    alarmName = alarm.name
    alarmArn = alarm.arn(partition).description
    stateValue = alarm.state.rawValue
    stateUpdatedTimestamp = alarm.stateUpdated
  }
}

extension Alarm {
  static let plainStatistics = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
  /// Whether its statistic is what the API calls an extended one.
  var isExtended: Bool { statistic.map { !Self.plainStatistics.contains($0) } ?? false }
}
