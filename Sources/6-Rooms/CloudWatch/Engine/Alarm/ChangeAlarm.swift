import JSON
import ServiceKit
import Store
import Time

extension Call where Home == CloudWatch {
  /// Puts the alarm into another state: history, event, actions and the composite alarms that follow, all in this transaction.
  ///
  /// - Parameter acts: whether the new state's actions are done; not where those of its contributors are.
  func change<Record: AlarmRecord>(_ alarm: inout Record, to state: AlarmState, reason: String, data: JSONValue?, acts: Bool = true) throws
  {
    try changeAlone(&alarm, to: state, reason: reason, data: data, acts: acts)
    try cascade(from: alarm.name)
  }

  /// The same without the composite alarms that follow.
  func changeAlone<Record: AlarmRecord>(
    _ alarm: inout Record, to state: AlarmState, reason: String, data: JSONValue?, acts: Bool = true
  ) throws {
    guard state != alarm.state else { return }
    let old = alarm
    alarm.state = state
    alarm.stateReason = String(reason.prefix(1_023))
    alarm.stateReasonData = data
    alarm.stateUpdated = now
    alarm.transitioned = now
    if var composite = alarm as? CompositeAlarm {
      try suppress(&composite, was: old.state)
      if let again = composite as? Record { alarm = again }
    }
    let mute = try mute(of: alarm.name)
    // What ended with this change was kept back for a state that is over.
    let isActing = acts && alarm.actionsEnabled && alarm.suppressedBy == nil && old.suppressedBy == nil
    if mute != nil {
      // Back where it was when it last acted, there is nothing to be told later.
      let from = alarm.held?.from ?? old.state
      alarm.held = from == state ? nil : HeldActions(from: from)
    }
    try store(alarm)
    try record(
      alarm, "StateUpdate", "Alarm updated from \(old.state.rawValue) to \(state.rawValue)",
      ["version": "1.0", "oldState": AlarmJSON.state(old), "newState": AlarmJSON.state(alarm)])
    try emitState(alarm, old, mute)
    guard isActing else { return }
    if let mute {
      try noteMuted(alarm, mute)
    } else {
      try act(alarm, from: old.state)
    }
  }

  /// Writes the alarm, and tells the board of it once that is on disk.
  func store<Record: AlarmRecord>(_ alarm: Record, forced: Bool = false) throws {
    try put(alarm)
    guard let metric = alarm as? Alarm else { return }
    let (room, partition) = (room, partition)
    transaction.afterCommit { room.watch(metric, partition, forced: forced) }
  }

  /// The event of a state, on the default bus. Source: Amazon CloudWatch User Guide, "Alarm events and EventBridge".
  func emitState<Record: AlarmRecord>(_ alarm: Record, _ old: Record, _ mute: ActiveMute?) throws {
    var detail: JSONObject = [
      "alarmName": .string(alarm.name), "state": AlarmJSON.eventState(alarm), "previousState": AlarmJSON.eventState(old),
      "configuration": .object(alarm.eventConfiguration),
    ]
    detail["muteDetail"] = mute.map { $0.detail(partition) }
    for (name, value) in alarm.toldTags(false) { detail[name] = value }
    try emit(
      event(
        source: "aws.cloudwatch", detailType: "CloudWatch Alarm State Change", resources: [alarm.arn(partition).description],
        detail: .object(detail)))
  }

  /// The history line and the event of a configuration that was made, changed or deleted.
  func noteConfiguration<Record: AlarmRecord>(_ alarm: Record, was old: Record?, deleted: Bool = false) throws {
    let (operation, done) = deleted ? ("delete", "deleted") : old == nil ? ("create", "created") : ("update", "updated")
    let shown = AlarmJSON.configuration(alarm)
    let type = deleted ? "Delete" : old == nil ? "Create" : "Update"
    let member = AlarmJSON.historyConfiguration(alarm, partition)
    try record(
      alarm, "ConfigurationUpdate", "Alarm \"\(alarm.name)\" \(done)",
      ["version": "1.0", "type": .string(type), "\(done)Alarm": .object(member)])
    var state: JSONObject = [
      "value": .string(alarm.state.rawValue), "timestamp": AlarmJSON.date(alarm.stateUpdated),
    ]
    state["actionsSuppressedBy"] = alarm.suppressedBy.map { .string($0) }
    var detail: JSONObject = [
      "alarmName": .string(alarm.name), "operation": .string(operation), "state": .object(state), "configuration": .object(shown),
    ]
    if !deleted { detail["previousConfiguration"] = old.map { .object(AlarmJSON.configuration($0)) } }
    try emit(
      event(
        source: "aws.cloudwatch", detailType: "CloudWatch Alarm Configuration Change", resources: [alarm.arn(partition).description],
        detail: .object(detail)))
  }

  /// An alarm of either kind: what it is called by, not what it is, is known.
  func state(of name: String) throws -> (state: AlarmState, updated: Timestamp)? {
    if let alarm = try get(Alarm.self, name) { return (alarm.state, alarm.stateUpdated) }
    return try get(CompositeAlarm.self, name).map { ($0.state, $0.stateUpdated) }
  }
}
