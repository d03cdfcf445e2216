import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Plays an alarm over what is stored of the past, with the same evaluation as the present.
///
/// Data counts as if it had come when it was measured. Bands are those of models trained on what came before the time that is played.
struct AlarmBacktest: Sendable {
  let room: CloudWatch
  let partition: Partition
  let start: Timestamp
  let end: Timestamp
  /// Evaluations of one alarm at most.
  static let mostEvaluations: Int64 = 2_000_000

  func play(_ definition: AlarmDefinition) throws -> AlarmTimeline {
    var definition = definition
    // It warms up as if it had been made then.
    if let warmUp = definition.warmUp { definition.warmUp?.until = start + warmUp.length }
    let first = definition.end(start)
    let step = max(definition.end(after: first) - first, 1)
    guard (end.seconds - first) / step <= Self.mostEvaluations else {
      throw Fault.broken("The time range has more than \(Self.mostEvaluations) evaluations, one in \(step) seconds.")
    }
    let past = try AlarmPast(definition, AlarmReading(room, partition, models: try models(definition)), from: first, to: end.seconds)
    var timeline = AlarmTimeline(from: start, to: end)
    var turn = first < start.seconds ? definition.end(after: first) : first
    while turn <= end.seconds {
      let judgement = try past.judge(end: turn)
      timeline.evaluations += 1
      let at = Timestamp(seconds: turn)
      if case .state(let state) = judgement.verdict {
        let old = timeline.state
        timeline.change(to: state, at: at) {
          (judgement.reason(definition, from: old, to: state), judgement.reasonData(definition, now: at))
        }
      }
      turn = definition.end(after: turn)
    }
    return timeline
  }

  private func models(_ definition: AlarmDefinition) throws -> [String: AnomalyModel]? {
    guard case .math(let math) = definition.source else { return nil }
    var models: [String: AnomalyModel] = [:]
    for id in math.plan.bands {
      guard let target = AnomalyTarget(of: id, plan: math.plan, among: math.queries) else { continue }
      let known = room.anomalies.find(target.key, period: math.period, partition)?.detector
      models[id] = try AnomalyTraining(room, partition).train(known ?? AnomalyDetector(target), period: math.period, until: start)
    }
    return models
  }

  /// A composite alarm over the timelines of the alarms that it needs.
  func play(_ rule: AlarmRule, _ children: [String: AlarmTimeline]) -> AlarmTimeline {
    var states: [String: AlarmState] = children.mapValues { _ in .insufficientData }
    var changes = children.flatMap { name, timeline in timeline.changes.map { (name, $0) } }
    changes.sort { ($0.1.at, $0.0) < ($1.1.at, $1.0) }
    var timeline = AlarmTimeline(from: start, to: end)
    func judge(_ at: Timestamp, because child: (String, AlarmTimeline.Change)?) {
      timeline.evaluations += 1
      let holds = rule.evaluate { reference in states[reference.name].flatMap { AlarmRule.State(rawValue: $0.rawValue) } }
      timeline.change(to: holds ? .alarm : .ok, at: at) {
        guard let (name, change) = child else { return ("The alarm rule evaluates to \(holds ? "ALARM" : "OK")", nil) }
        return ("\(Alarm.arn(name, partition)) transitioned to \(change.to.rawValue) at \(AlarmJSON.longDate(change.at))", nil)
      }
    }
    var at = 0
    if changes.first?.1.at != start { judge(start, because: nil) }
    while at < changes.count {
      // Alarms that change at one instant are seen together.
      let instant = changes[at].1.at
      var last = changes[at]
      while at < changes.count, changes[at].1.at == instant {
        last = changes[at]
        states[last.0] = last.1.to
        at += 1
      }
      judge(instant, because: last)
    }
    return timeline
  }
}
