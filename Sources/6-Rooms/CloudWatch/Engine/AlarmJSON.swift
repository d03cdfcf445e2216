import JSON
import ServiceKit
import Store
import Time

/// An alarm as others are told of it.
enum AlarmJSON {
  private static func date(_ instant: Timestamp) -> JSONValue { .string("\(instant.iso8601(.milliseconds).dropLast())+0000") }

  /// In its history.
  static func state(_ alarm: Alarm) -> JSONValue {
    var object: JSONObject = ["stateValue": .string(alarm.state.rawValue), "stateReason": .string(alarm.stateReason)]
    if let data = alarm.stateReasonData { object["stateReasonData"] = data }
    return .object(object)
  }

  /// In events. Source: Amazon CloudWatch User Guide, "Alarm events and EventBridge".
  static func eventState(_ alarm: Alarm) -> JSONValue {
    var object: JSONObject = ["value": .string(alarm.state.rawValue), "reason": .string(alarm.stateReason)]
    if let data = alarm.stateReasonData { object["reasonData"] = .string(data.text) }
    object["timestamp"] = date(alarm.stateUpdated)
    return .object(object)
  }

  static func configuration(_ alarm: Alarm) -> JSONValue {
    var dimensions = JSONObject()
    for dimension in alarm.dimensions { dimensions[dimension.name] = .string(dimension.value) }
    let metric: JSONValue = [
      "namespace": .string(alarm.namespace), "name": .string(alarm.metricName), "dimensions": .object(dimensions),
    ]
    var object = JSONObject()
    if let description = alarm.description { object["description"] = .string(description) }
    object["metrics"] = [
      [
        "id": "m1", "metricStat": ["metric": metric, "period": .int(Int64(alarm.period)), "stat": .string(alarm.statistic)],
        "returnData": true,
      ]
    ]
    return .object(object)
  }

  /// What a topic's subscribers read. Source: Amazon CloudWatch User Guide, "Notifying users on alarm changes".
  static func notification(_ alarm: Alarm, old: AlarmState, now: Timestamp, _ partition: Partition) -> JSONValue {
    let list = { (texts: [String]) in JSONValue.array(texts.map { .string($0) }) }
    let isPercentile = alarm.statistic.hasPrefix("p")
    var trigger: JSONObject = [
      "MetricName": .string(alarm.metricName), "Namespace": .string(alarm.namespace),
      "StatisticType": .string(isPercentile ? "ExtendedStatistic" : "Statistic"),
    ]
    trigger[isPercentile ? "ExtendedStatistic" : "Statistic"] = .string(isPercentile ? alarm.statistic : alarm.statistic.uppercased())
    trigger["Unit"] = alarm.unit.map { .string($0) } ?? .null
    trigger["Dimensions"] = .array(alarm.dimensions.map { ["value": .string($0.value), "name": .string($0.name)] })
    trigger["Period"] = .int(Int64(alarm.period))
    trigger["EvaluationPeriods"] = .int(Int64(alarm.evaluationPeriods))
    if let needed = alarm.datapointsToAlarm { trigger["DatapointsToAlarm"] = .int(Int64(needed)) }
    trigger["ComparisonOperator"] = .string(alarm.comparison.rawValue)
    trigger["Threshold"] = .double(alarm.threshold)
    trigger["TreatMissingData"] = .string((alarm.treatMissingData ?? .missing).rawValue)
    trigger["EvaluateLowSampleCountPercentile"] = .string(alarm.evaluateLowSampleCountPercentile ?? "")
    return [
      "AlarmName": .string(alarm.name), "AlarmDescription": alarm.description.map { .string($0) } ?? .null,
      "AWSAccountId": .string(partition.account), "AlarmConfigurationUpdatedTimestamp": date(alarm.configured),
      "NewStateValue": .string(alarm.state.rawValue), "NewStateReason": .string(alarm.stateReason), "StateChangeTime": date(now),
      "Region": .string(partition.region), "AlarmArn": .string(alarm.arn(partition).description), "OldStateValue": .string(old.rawValue),
      "OKActions": list(alarm.okActions), "AlarmActions": list(alarm.alarmActions),
      "InsufficientDataActions": list(alarm.insufficientDataActions), "Trigger": .object(trigger),
    ]
  }
}
