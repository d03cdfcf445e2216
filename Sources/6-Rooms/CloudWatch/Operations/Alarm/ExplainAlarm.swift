import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Why an alarm is in its state, what it would be judged now, and what keeps its actions back. Beyond AWS.
struct ExplainAlarm: AsyncOperation {
  struct Input: Shape {
    var alarmName: String
    static var limits: [Limit<Self>] { [.length("alarmName", \.alarmName, 1...255)] }
  }
  struct DataPoint: Shape {
    var timestamp: Timestamp
    /// Nil for a period without data.
    var value: Double?
    var lowerThreshold: Double?
    var upperThreshold: Double?
    var isBreaching: Bool
  }
  struct Child: Shape {
    var alarmName: String
    /// Nil for an alarm that does not exist.
    var stateValue: String?
    /// Whether its state decides that of the composite alarm.
    var isDecisive: Bool
  }
  struct Output: Shape {
    var alarmName: String
    var alarmType: String
    var stateValue: String
    var stateReason: String
    var stateTransitionedTimestamp: Timestamp
    /// By what it is judged, in words.
    var rule: String
    /// What an evaluation finds now; nil where it would keep the state.
    var currentEvaluation: String?
    /// Of its evaluation range, the latest first.
    var dataPoints: [DataPoint] = []
    var children: [Child] = []
    /// Why its actions would not be done, one sentence for each reason.
    var keptBack: [String] = []
  }
  static let access = Access.read

  static func resource(_ input: Input, _ caller: Caller) -> ARN { caller.arn("cloudwatch", "alarm:\(input.alarmName)") }

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let name = input.alarmName
    let output = try await call.read { inner -> (Output, Alarm?)? in
      if let alarm = try inner.get(Alarm.self, name) { return (try outline(alarm, "", inner), alarm) }
      guard let alarm = try inner.get(CompositeAlarm.self, name) else { return nil }
      return (try explain(alarm, inner), nil)
    }
    guard let output else { throw Fault("ResourceNotFound", "Alarm \(name) does not exist.", status: 404) }
    guard let alarm = output.1 else { return output.0 }
    var found = output.0
    let definition = try AlarmDefinition(alarm, call.partition)
    found.rule = definition.words
    if let warmUp = definition.warmUp, call.now < warmUp.until {
      found.keptBack.append("The alarm warms up until \(warmUp.until.iso8601())\(warmUp.isWhole ? "" : ", or until its data is complete").")
    }
    let judgement = try definition.judge(AlarmReading(call.room, call.partition), now: call.now)
    found.dataPoints = judgement.evaluation.evaluated.map {
      DataPoint(
        timestamp: $0.start, value: $0.value, lowerThreshold: $0.lower, upperThreshold: $0.upper,
        isBreaching: definition.condition.isBreached($0))
    }
    if case .state(let state) = judgement.verdict {
      found.currentEvaluation = "\(state.rawValue): \(judgement.reason(definition, from: alarm.state, to: state))"
    }
    return found
  }

  private static func outline<Record: AlarmRecord>(_ alarm: Record, _ rule: String, _ call: Call<CloudWatch>) throws -> Output {
    var output = Output(
      alarmName: alarm.name, alarmType: Record.type.rawValue, stateValue: alarm.state.rawValue, stateReason: alarm.stateReason,
      stateTransitionedTimestamp: alarm.transitioned, rule: rule)
    if !alarm.actionsEnabled { output.keptBack.append("The actions of the alarm are disabled.") }
    if let mute = try call.mute(of: alarm.name) {
      output.keptBack.append("The mute rule \(mute.rule) mutes the alarm until \(mute.end.iso8601()).")
    }
    if let reason = alarm.suppressedReason { output.keptBack.append("\(reason).") }
    return output
  }

  private static func explain(_ alarm: CompositeAlarm, _ call: Call<CloudWatch>) throws -> Output {
    var output = try outline(alarm, alarm.rule, call)
    let rule: AlarmRule
    do { rule = try AlarmRule(alarm.rule) } catch { throw Fault.broken(error.message) }
    var states: [AlarmRule.Reference: AlarmState] = [:]
    for reference in rule.references { states[reference] = try call.state(of: reference.name)?.state }
    let decisive = Set(rule.decisive { states[$0].flatMap { AlarmRule.State(rawValue: $0.rawValue) } })
    output.children = rule.references.map {
      Child(alarmName: $0.name, stateValue: states[$0]?.rawValue, isDecisive: decisive.contains($0))
    }
    let (state, _) = try call.verdict(alarm)
    output.currentEvaluation = "\(state.rawValue): the rule \(state == .alarm ? "holds" : "does not hold")"
    return output
  }
}

extension AlarmDefinition {
  /// `3 of 5 data points of 60 seconds greater than 10.0; missing data is missing`
  var words: String {
    let what: String
    switch source {
    case .metric(let metric): what = "\(metric.name) of \(metric.key.namespace) \(metric.key.name)"
    case .math(let math): what = math.queries.first { $0.id == math.returning }?.expression ?? math.returning
    }
    let limit = condition.threshold.map { "\(condition.comparison.words) \(JSONValue.double($0).text)" } ?? "outside of the band"
    let clock = if case .wallClock(let zone) = window { " by the clock of \(zone.words)" } else { "" }
    return
      "\(condition.needed) of \(condition.evaluationPeriods) data points of \(period) seconds\(clock) of \(what) \(limit); missing data is \(condition.missing.rawValue)"
  }
}
