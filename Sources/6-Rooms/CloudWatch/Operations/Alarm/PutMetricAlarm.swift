import JSON
import Series
import ServiceKit
import Store
import Time

/// Makes or replaces an alarm on one metric. Source: Amazon CloudWatch API Reference, PutMetricAlarm.
///
/// Differs: alarms on metric math and anomaly detection are refused by name; actions go to SNS topics.
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
    var metrics: [JSONValue]?
    var tags: [Tag]?
    var thresholdMetricId: String?
    static var limits: [Limit<Self>] {
      [
        .length("alarmName", \.alarmName, 1...255), .length("alarmDescription", \.alarmDescription, 0...1_024),
        .count("oKActions", \.oKActions, 0...5), .count("alarmActions", \.alarmActions, 0...5),
        .count("insufficientDataActions", \.insufficientDataActions, 0...5),
        .oneOf("statistic", \.statistic, ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]),
        .oneOf("unit", \.unit, StandardUnit.names), .count("dimensions", \.dimensions, 0...30),
        .range("evaluationPeriods", \.evaluationPeriods, 1...10_000), .range("datapointsToAlarm", \.datapointsToAlarm, 1...10_000),
        .range("period", \.period, 1...604_800),
      ]
    }
  }

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Empty {
    if input.metrics != nil || input.thresholdMetricId != nil {
      throw Fault.broken(
        "Alarms on metric math or anomaly detection are not served by Martlet yet: give MetricName, Namespace and Statistic.")
    }
    let known = try call.get(Alarm.self, input.alarmName)
    var alarm = try alarm(input, call)
    if let known {
      alarm.tags = known.tags
      alarm.state = known.state
      alarm.stateReason = known.stateReason
      alarm.stateReasonData = known.stateReasonData
      alarm.stateUpdated = known.stateUpdated
      alarm.transitioned = known.transitioned
    }
    try call.put(alarm)
    try call.record(
      alarm, "ConfigurationUpdate", "Alarm \"\(alarm.name)\" \(known == nil ? "created" : "updated")",
      [
        "version": "1.0", "type": known == nil ? "Create" : "Update",
        "\(known == nil ? "created" : "updated")Alarm": alarm.shape(call.partition),
      ])
    // Judged at once by what is already known, then at the turn of each period.
    try call.schedule(alarm.name, for: EvaluateAlarm.queue, key: alarm.name)
    return Empty()
  }

  private static func alarm(_ input: Input, _ call: Call<CloudWatch>) throws -> Alarm {
    func required<Value>(_ value: Value?, _ name: String) throws -> Value {
      guard let value else { throw Fault.missingParameter("The parameter \(name) is required.") }
      return value
    }
    let period = try required(input.period, "Period")
    guard [10, 20, 30].contains(period) || (period > 0 && period % 60 == 0) else {
      throw Fault.broken("Period must be 10, 20, 30 or a multiple of 60, not \(period).")
    }
    let periods = try required(input.evaluationPeriods, "EvaluationPeriods")
    guard period * periods <= 604_800 else {
      throw Fault.broken("Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800).")
    }
    if let needed = input.datapointsToAlarm, needed > periods {
      throw Fault.broken("DatapointsToAlarm must be less than or equal to EvaluationPeriods, not \(needed) of \(periods).")
    }
    let comparison = try required(input.comparisonOperator, "ComparisonOperator")
    guard let comparison = Alarm.Comparison(rawValue: comparison) else {
      throw Fault.broken(
        comparison.contains("UpperThreshold") || comparison.contains("LowerThreshold")
          ? "Anomaly detection alarms are not served by Martlet yet: \(comparison) needs one."
          : "1 validation error detected: Value '\(comparison)' at 'comparisonOperator' failed to satisfy constraint: Member must satisfy enum value set: [\(Alarm.Comparison.allCases.map(\.rawValue).joined(separator: ", "))]"
      )
    }
    guard (input.statistic == nil) != (input.extendedStatistic == nil) else {
      throw Fault.broken("Exactly one of Statistic and ExtendedStatistic must be given.")
    }
    let statistic = input.statistic ?? input.extendedStatistic ?? ""
    _ = try Statistic(statistic)
    let missing = try input.treatMissingData.map { text in
      guard let missing = Alarm.MissingData(rawValue: text) else {
        throw Fault.broken("Option \(text) for parameter TreatMissingData is not known: use breaching, notBreaching, ignore or missing.")
      }
      return missing
    }
    for action in (input.oKActions ?? []) + (input.alarmActions ?? []) + (input.insufficientDataActions ?? []) {
      guard let arn = ARN(action) else { throw Fault.broken("Invalid arn syntax: \(action)") }
      guard arn.service == "sns" else { throw Fault.broken("The action \(action) is not served by Martlet: alarm actions are SNS topics.") }
    }
    return Alarm(
      name: input.alarmName, description: input.alarmDescription, actionsEnabled: input.actionsEnabled ?? true,
      okActions: input.oKActions ?? [], alarmActions: input.alarmActions ?? [],
      insufficientDataActions: input.insufficientDataActions ?? [],
      namespace: try required(input.namespace, "Namespace"), metricName: try required(input.metricName, "MetricName"),
      dimensions: input.dimensions ?? [], statistic: statistic, unit: input.unit == "None" ? nil : input.unit, period: period,
      evaluationPeriods: periods, datapointsToAlarm: input.datapointsToAlarm, threshold: try required(input.threshold, "Threshold"),
      comparison: comparison, treatMissingData: missing, evaluateLowSampleCountPercentile: input.evaluateLowSampleCountPercentile,
      tags: Tag.map(input.tags), configured: call.now, state: .insufficientData, stateReason: "Unchecked: Initial alarm creation",
      stateUpdated: call.now, transitioned: call.now)
  }
}
