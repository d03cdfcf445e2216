import JSON
import ServiceKit
import Store
import Time

/// Makes or replaces an alarm on a metric, metric math, an anomaly detection band or a Metrics Insights query.
///
/// An alarm that is replaced keeps its state and tags; one that is put again as it is stays as it is.
/// Source: Amazon CloudWatch API Reference, PutMetricAlarm.
/// Differs: PromQL alarms (EvaluationCriteria) and actions of EC2, Auto Scaling and Systems Manager are refused by name; actions may also be
/// other targets, webhooks and jobs.
struct PutMetricAlarm: Operation {
  struct Input: Shape {
    var alarmName: String
    var alarmDescription: String?
    var actionsEnabled: Bool?
    var oKActions: [String]?
    var alarmActions: [String]?
    var insufficientDataActions: [String]?
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
    var tags: [Tag]?
    var thresholdMetricId: String?
    var evaluationWindow: EvaluationWindow?
    var warmUpConfiguration: WarmUpConfiguration?
    var actionConfiguration: ActionConfiguration?
    var evaluationCriteria: JSONValue?
    var evaluationInterval: Int?
    static var limits: [Limit<Self>] {
      AlarmLimits.common(
        name: \.alarmName, description: \.alarmDescription, ok: \.oKActions, alarm: \.alarmActions, insufficient: \.insufficientDataActions)
        + [
          .length("metricName", \.metricName, 1...255), .length("namespace", \.namespace, 1...255),
          .oneOf("statistic", \.statistic, Alarm.plainStatistics), .oneOf("unit", \.unit, StandardUnit.names),
          .count("dimensions", \.dimensions, 0...30), .range("evaluationPeriods", \.evaluationPeriods, 1...604_800),
          .range("datapointsToAlarm", \.datapointsToAlarm, 1...604_800), .range("period", \.period, 1...604_800),
          .oneOf("comparisonOperator", \.comparisonOperator, Alarm.Comparison.allCases.map(\.rawValue)),
          .count("metrics", \.metrics, 0...20), .count("tags", \.tags, 0...50), .length("thresholdMetricId", \.thresholdMetricId, 1...255),
        ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    try call.checkName(input.alarmName, isOther: CompositeAlarm.self)
    var alarm = try input.alarm(call)
    alarm.continueWarmUp(of: nil, now: call.now)
    let definition = try AlarmDefinition(alarm, call.partition)
    try input.check(definition)
    for action in alarm.allActions { try ActionForm.check(action, call.room.context.invoker, in: call.partition) }
    let known = try call.get(Alarm.self, alarm.name)
    if let known {
      (alarm.tags, alarm.queryId, alarm.held) = (known.tags, known.queryId, known.held)
      (alarm.state, alarm.stateReason, alarm.stateReasonData) = (known.state, known.stateReason, known.stateReasonData)
      (alarm.stateUpdated, alarm.transitioned) = (known.stateUpdated, known.transitioned)
      alarm.continueWarmUp(of: known, now: call.now)
      if alarm.isConfigured(as: known) { return Empty() }
      // Two changes within one instant are two versions all the same.
      if alarm.configured <= known.configured { alarm.configured = known.configured + .microseconds(1) }
    }
    try call.ensureDetectors(of: definition)
    if known?.metrics != nil { try call.delete(AlarmContributors.self, alarm.name) }
    try call.store(alarm)
    try call.noteConfiguration(alarm, was: known)
    // Judged at once by what is already known, then at the turn of each period.
    try call.schedule(alarm.name, for: EvaluateAlarm.queue, key: alarm.name)
    try JudgeAlarms.begin(definition, call)
    return Empty()
  }
}

/// Limits that both kinds of alarms have.
enum AlarmLimits {
  static func common<Value>(
    name: any KeyPath<Value, String> & Sendable, description: any KeyPath<Value, String?> & Sendable,
    ok: any KeyPath<Value, [String]?> & Sendable, alarm: any KeyPath<Value, [String]?> & Sendable,
    insufficient: any KeyPath<Value, [String]?> & Sendable
  ) -> [Limit<Value>] {
    [
      .length("alarmName", name, 1...255), .length("alarmDescription", description, 0...1_024), .count("oKActions", ok, 0...5),
      .count("alarmActions", alarm, 0...5), .count("insufficientDataActions", insufficient, 0...5),
    ]
  }
}

extension Call where Home == CloudWatch {
  /// Names of alarms are unique over both kinds.
  func checkName<Other: AlarmRecord>(_ name: String, isOther: Other.Type) throws {
    guard !name.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      throw Fault.broken("AlarmName must not contain control characters.")
    }
    guard try get(Other.self, name) == nil else {
      throw Fault.broken("An alarm of type \(Other.type.rawValue) with the name \(name) already exists.")
    }
  }
}
