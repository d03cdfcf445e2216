import JSON
import MetricMath
import ServiceKit
import Store
import Time

/// What an alarm would have done over the stored past, before it is made or after.
///
/// Beyond AWS. The alarm is one that exists, or a definition as PutMetricAlarm or PutCompositeAlarm take it. It begins in INSUFFICIENT_DATA,
/// as a new alarm does; nothing is stored and no action is done.
struct BacktestAlarm: AsyncOperation {
  struct Input: Shape {
    var alarmName: String?
    var metricAlarm: PutMetricAlarm.Input?
    var compositeAlarm: PutCompositeAlarm.Input?
    var startTime: Timestamp
    var endTime: Timestamp?
  }
  struct Change: Shape {
    var timestamp: Timestamp
    var oldStateValue: String
    var newStateValue: String
    var stateReason: String
    var stateReasonData: String?
  }
  struct Output: Shape {
    var alarmName: String
    var alarmType: String
    var startTime: Timestamp
    var endTime: Timestamp
    /// In the order of time; the first 10,000.
    var stateChanges: [Change]
    /// How often it went into each state.
    var counts: [String: Int]
    /// Seconds in each state.
    var secondsInState: [String: Double]
    var evaluations: Int
  }
  static let access = Access.read
  private static let mostChanges = 10_000
  private static let deepest = 8

  static func run(_ input: Input, _ call: AsyncCall<CloudWatch>) async throws -> Output {
    let end = min(input.endTime ?? call.now, call.now)
    guard input.startTime < end else { throw Fault.broken("StartTime must be before EndTime, and before now.") }
    let given = [input.alarmName != nil, input.metricAlarm != nil, input.compositeAlarm != nil].count { $0 }
    guard given == 1 else { throw Fault.broken("Exactly one of AlarmName, MetricAlarm and CompositeAlarm must be specified.") }
    let backtest = AlarmBacktest(room: call.room, partition: call.partition, start: input.startTime, end: end)
    if let metric = input.metricAlarm {
      let alarm = try await call.read { try metric.alarm($0) }
      let definition = try AlarmDefinition(alarm, call.partition)
      try metric.check(definition)
      return output(alarm.name, .metric, try backtest.play(definition))
    }
    let name = input.alarmName ?? input.compositeAlarm?.alarmName ?? ""
    if let composite = input.compositeAlarm {
      return output(name, .composite, try await play(composite.alarmRule, backtest, call, [name]))
    }
    let found = try await call.read { inner in (try inner.get(Alarm.self, name), try inner.get(CompositeAlarm.self, name)) }
    if let alarm = found.0 { return output(name, .metric, try backtest.play(try AlarmDefinition(alarm, call.partition))) }
    guard let alarm = found.1 else { throw Fault("ResourceNotFound", "Alarm \(name) does not exist.", status: 404) }
    return output(name, .composite, try await play(alarm.rule, backtest, call, [name]))
  }

  /// A rule over the alarms it names, which must exist.
  private static func play(
    _ text: String, _ backtest: AlarmBacktest, _ call: AsyncCall<CloudWatch>, _ path: [String]
  ) async throws -> AlarmTimeline {
    let rule: AlarmRule
    do { rule = try AlarmRule(text) } catch { throw Fault.broken(error.message) }
    var children: [String: AlarmTimeline] = [:]
    for name in rule.references.map(\.name) where children[name] == nil {
      guard !path.contains(name), path.count <= deepest else {
        throw Fault.broken("The alarm \(name) needs itself, or too many alarms need one another: \(path.joined(separator: " needs ")).")
      }
      let found = try await call.read { inner in (try inner.get(Alarm.self, name), try inner.get(CompositeAlarm.self, name)) }
      if let alarm = found.0 {
        children[name] = try backtest.play(try AlarmDefinition(alarm, call.partition))
      } else if let alarm = found.1 {
        children[name] = try await play(alarm.rule, backtest, call, path + [name])
      } else {
        throw Fault("ResourceNotFound", "Alarm \(name) does not exist.", status: 404)
      }
    }
    return backtest.play(rule, children)
  }

  private static func output(_ name: String, _ type: AlarmType, _ timeline: AlarmTimeline) -> Output {
    let changes = timeline.changes.prefix(mostChanges).map {
      Change(
        timestamp: $0.at, oldStateValue: $0.from.rawValue, newStateValue: $0.to.rawValue, stateReason: $0.reason,
        stateReasonData: $0.data?.text)
    }
    var counts: [String: Int] = [:]
    for state in AlarmState.allCases { counts[state.rawValue] = timeline.changes.count { $0.to == state } }
    let spent = Dictionary(uniqueKeysWithValues: AlarmState.allCases.map { ($0.rawValue, timeline.spent[$0] ?? 0) })
    return Output(
      alarmName: name, alarmType: type.rawValue, startTime: timeline.start, endTime: timeline.end, stateChanges: Array(changes),
      counts: counts, secondsInState: spent, evaluations: timeline.evaluations)
  }
}
