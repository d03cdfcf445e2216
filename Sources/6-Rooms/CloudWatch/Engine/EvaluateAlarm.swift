import JSON
import Logging
import Series
import ServiceKit
import Store
import Time

/// Judges one alarm at the turn of each of its periods, at most once a minute for periods of a minute and more.
struct EvaluateAlarm: Worker {
  static let queue = "cloudwatch.evaluate"
  static let concurrency = 32

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let name = try work.payload(String.self)
    let now = work.now
    guard let alarm = try await work.read({ try $0.get(Alarm.self, name) }) else { return }
    let evaluation = try evaluate(alarm, work.room, work.partition, now)
    try await work.finish { call in
      guard var current = try call.get(Alarm.self, name) else { return }
      // Changed while its data was read: the change has made an evaluation of its own due.
      guard current.configured == alarm.configured, current.stateUpdated == alarm.stateUpdated else { return try call.judgeAgain(current) }
      if case .state(let state) = evaluation.verdict, state != current.state {
        try call.change(
          &current, to: state, reason: evaluation.reason(current, from: current.state, to: state),
          data: evaluation.reasonData(current, now: now))
      }
      try call.judgeAgain(current)
    }
  }

  /// The evaluation of the periods that have ended by now.
  static func evaluate(_ alarm: Alarm, _ room: CloudWatch, _ partition: Partition, _ now: Timestamp) throws -> AlarmEvaluation {
    let range = alarm.evaluationPeriods + AlarmEvaluation.reserve
    let length = Int64(alarm.period)
    // Periods begin at multiples of their length; the one that runs is not judged.
    let end = now.seconds - ((now.seconds % length) + length) % length
    let points = try room.points(
      alarm.metric(partition), Statistic(alarm.statistic), from: Timestamp(seconds: end - Int64(range) * length),
      to: Timestamp(seconds: end), period: alarm.period, unit: alarm.unit)
    let byStart = Dictionary(points.map { ($0.start, $0) }, uniquingKeysWith: { $1 })
    let periods = (1...range).map { back -> AlarmEvaluation.Point in
      let start = Timestamp(seconds: end - Int64(back) * length)
      return AlarmEvaluation.Point(start: start, value: byStart[start]?.value, count: byStart[start]?.count ?? 0)
    }
    return AlarmEvaluation(
      periods, evaluationPeriods: alarm.evaluationPeriods, datapointsToAlarm: alarm.datapointsToAlarm ?? alarm.evaluationPeriods,
      comparison: alarm.comparison, threshold: alarm.threshold, missing: alarm.treatMissingData ?? .missing)
  }
}

extension Call where Home == CloudWatch {
  /// Makes the next evaluation due: a moment after the next turn of a period, so that samples of its last instant are in.
  func judgeAgain(_ alarm: Alarm) throws {
    let cadence = Int64(alarm.cadence)
    let next = (now.seconds / cadence + 1) * cadence
    try schedule(alarm.name, for: EvaluateAlarm.queue, key: alarm.name, at: Timestamp(seconds: next) + .milliseconds(500))
  }

  /// Puts the alarm into a state: history, event, and the actions of the new state, all in this transaction.
  func change(_ alarm: inout Alarm, to state: AlarmState, reason: String, data: JSONValue?) throws {
    let old = alarm
    alarm.state = state
    alarm.stateReason = reason
    alarm.stateReasonData = data
    alarm.stateUpdated = now
    if state != old.state { alarm.transitioned = now }
    try put(alarm)
    guard state != old.state else { return }
    let states: JSONValue = [
      "version": "1.0", "oldState": AlarmJSON.state(old), "newState": AlarmJSON.state(alarm),
    ]
    try record(alarm, "StateUpdate", "Alarm updated from \(old.state.rawValue) to \(state.rawValue)", states)
    try emit(
      event(
        source: "aws.cloudwatch", detailType: "CloudWatch Alarm State Change", resources: [alarm.arn(partition).description],
        detail: [
          "alarmName": .string(alarm.name), "state": AlarmJSON.eventState(alarm), "previousState": AlarmJSON.eventState(old),
          "configuration": AlarmJSON.configuration(alarm),
        ]))
    guard alarm.actionsEnabled else { return }
    for action in alarm.actions(for: state) {
      let message = AlarmJSON.notification(alarm, old: old.state, now: now, partition)
      try schedule(
        AlarmAction(
          alarm: alarm.name, action: action, subject: "\(state.rawValue): \"\(alarm.name)\" in \(partition.region)", message: message,
          state: state.rawValue, id: room.context.identifiers.uuid(), attempt: 0, first: now), for: ActOnAlarm.queue)
    }
  }
}

/// An action of an alarm on its way.
struct AlarmAction: Codable, Sendable {
  var alarm: String
  var action: String
  var subject: String
  var message: JSONValue
  var state: String
  var id: String
  var attempt: Int
  var first: Timestamp
}

/// Does what an alarm's new state asks for, again and again for an hour, and writes down how it went.
struct ActOnAlarm: Worker {
  static let queue = "cloudwatch.act"
  private static let policy = RetryPolicy(attempts: 50, ageInSeconds: 3_600)

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let action = try work.payload(AlarmAction.self)
    guard let target = ARN(action.action) else { return }
    let delivery = Delivery(
      target: target, payload: action.message, text: action.message.text,
      parameters: ["Subject": .string(String(action.subject.prefix(100)))],
      id: action.id)
    do {
      let invoker = work.room.context.invoker
      let call = try invoker.resolve(delivery)
      let context = work.context()
      let refusal = try await work.settle { inner in
        do throws(Fault) {
          _ = try invoker.call(call.service, call.operation, call.input, context, in: inner.transaction)
        } catch { return error }
        try note(action, "Successfully executed action \(action.action)", error: nil, inner)
        return nil
      }
      if let refusal { throw refusal }
    } catch let fault as Fault {
      var again = action
      again.attempt += 1
      switch policy.verdict(fault, failures: again.attempt, first: action.first, now: work.now, id: action.id) {
      case .again(let due): try await work.release(until: due, payload: again)
      case .exhausted:
        work.room.context.log.error(
          "an alarm's action failed", metadata: ["alarm": "\(action.alarm)", "action": "\(action.action)", "fault": "\(fault)"])
        try await work.finish {
          try note(action, "Failed to execute action \(action.action). Received error: \"\(fault.message)\"", error: fault, $0)
        }
      }
    }
  }

  private static func note(_ action: AlarmAction, _ summary: String, error: Fault?, _ call: Call<CloudWatch>) throws {
    guard let alarm = try call.get(Alarm.self, action.alarm) else { return }
    var data: JSONObject = [
      "actionState": .string(error == nil ? "Succeeded" : "Failed"), "stateUpdateTimestamp": .int(action.first.milliseconds),
      "notificationResource": .string(action.action), "publishedMessage": .string(action.message.text),
    ]
    data["error"] = error.map { .string($0.message) } ?? .null
    try call.record(alarm, "Action", summary, .object(data))
  }
}

/// Once an hour, lets samples go that nobody keeps any longer, and makes older ones coarser.
struct ForgetSamples: Worker {
  static let queue = "cloudwatch.forget"
  private static let hourly = Duration.seconds(3_600)
  /// Source: Amazon CloudWatch User Guide, "Metrics retention".
  private static let retention = Duration.seconds(455 * 86_400)

  static func run(_ task: AgendaTask, _ work: Work<CloudWatch>) async throws {
    let now = work.now
    try await work.room.engine.expire(before: now - retention)
    try await work.finish { try $0.transaction.schedule(entry($0.partition, now + hourly)) }
  }

  static func begin(_ context: RoomContext) async throws {
    let (home, due) = (context.home, context.clock.now() + hourly)
    try await context.store.write { transaction in
      if try transaction.entry(queue, key: "hourly", in: home) == nil { try transaction.schedule(entry(home, due)) }
    }
  }

  private static func entry(_ partition: Partition, _ due: Timestamp) -> AgendaEntry {
    AgendaEntry(queue: queue, partition: partition, key: "hourly", due: due, payload: [])
  }
}
