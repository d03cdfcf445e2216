import JSON
import ServiceKit
import Store
import Time

/// A composite alarm as DescribeAlarms answers it.
struct CompositeAlarmShape: Shape {
  var actionsEnabled: Bool?
  var alarmActions: [String]?
  var alarmArn: String
  var alarmConfigurationUpdatedTimestamp: Timestamp?
  var alarmDescription: String?
  var alarmName: String
  var alarmRule: String?
  var insufficientDataActions: [String]?
  var oKActions: [String]?
  var stateReason: String?
  var stateReasonData: String?
  var stateUpdatedTimestamp: Timestamp?
  var stateValue: String?
  var stateTransitionedTimestamp: Timestamp?
  var actionsSuppressedBy: String?
  var actionsSuppressedReason: String?
  var actionsSuppressor: String?
  var actionsSuppressorWaitPeriod: Int?
  var actionsSuppressorExtensionPeriod: Int?
  var actionConfiguration: ActionConfiguration?

  init(_ alarm: CompositeAlarm, _ partition: Partition) {
    actionsEnabled = alarm.actionsEnabled
    alarmActions = alarm.alarmActions
    alarmArn = alarm.arn(partition).description
    alarmConfigurationUpdatedTimestamp = alarm.configured
    alarmDescription = alarm.description
    alarmName = alarm.name
    alarmRule = alarm.rule
    insufficientDataActions = alarm.insufficientDataActions
    oKActions = alarm.okActions
    stateReason = alarm.stateReason
    stateReasonData = alarm.stateReasonData?.text
    stateUpdatedTimestamp = alarm.stateUpdated
    stateValue = alarm.state.rawValue
    stateTransitionedTimestamp = alarm.transitioned
    actionsSuppressedBy = alarm.suppressedBy
    actionsSuppressedReason = alarm.suppressedReason
    actionsSuppressor = alarm.suppressor
    actionsSuppressorWaitPeriod = alarm.waitPeriod
    actionsSuppressorExtensionPeriod = alarm.extensionPeriod
    actionConfiguration = alarm.actionConfiguration
  }

  /// Name, ARN and state: all that is told of another alarm's child.
  init(childOf alarm: CompositeAlarm, _ partition: Partition) {
    alarmArn = alarm.arn(partition).description
    alarmName = alarm.name
    stateValue = alarm.state.rawValue
    stateUpdatedTimestamp = alarm.stateUpdated
  }

  /// Name and ARN: all that is told of another alarm's parent.
  init(parent name: String, _ partition: Partition) {
    alarmArn = CompositeAlarm.arn(name, partition).description
    alarmName = name
  }
}

extension AlarmRecord {
  var suppressedReason: String? { suppressedBy.map { "Actions suppressed by \($0)" } }
}
