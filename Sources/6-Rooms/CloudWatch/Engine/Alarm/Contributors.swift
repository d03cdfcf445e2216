import JSON
import ServiceKit
import Store
import Time

/// The series of a Metrics Insights alarm, each of which has a state, an event and actions of its own.
///
/// Source: Amazon CloudWatch User Guide, "Alarms on Metrics Insights queries", "Missing data in CloudWatch Metrics Insights alarms" and
/// "Alarm events and EventBridge".
extension Call where Home == CloudWatch {
  /// Compares those in ALARM with those that were, and tells of each that has changed. One that the query does not yield any longer is OK,
  /// however missing data is treated. Answers how many are in ALARM.
  func settle(_ found: [AlarmJudgement.Contributor], _ alarm: Alarm, _ definition: AlarmDefinition) throws -> Int {
    let known = try get(AlarmContributors.self, alarm.name)?.inAlarm ?? []
    let byID = Dictionary(found.map { ($0.identity.id, $0) }, uniquingKeysWith: { first, _ in first })
    var still: [AlarmContributors.Contributor] = []
    for one in known {
      // One whose data says nothing stays as it is.
      switch byID[one.identity.id]?.evaluation.verdict {
      case .state(.alarm), .keep: still.append(one)
      case .state, nil:
        let evaluation = byID[one.identity.id]?.evaluation
        try contributorChanged(
          one.identity, .ok,
          evaluation?.contributorReason(definition.condition, to: .ok) ?? "No data was returned for this contributor",
          alarm)
      }
    }
    let before = Set(known.map(\.identity.id))
    for one in found where one.evaluation.verdict == .state(.alarm) && !before.contains(one.identity.id) {
      let reason = one.evaluation.contributorReason(definition.condition, to: .alarm)
      still.append(.init(identity: one.identity, reason: reason, transitioned: now))
      try contributorChanged(one.identity, .alarm, reason, alarm)
    }
    still.sort { $0.identity.id < $1.identity.id }
    if still.map(\.identity.id) != known.map(\.identity.id) { try put(AlarmContributors(alarm: alarm.name, inAlarm: still)) }
    return still.count
  }

  private func contributorChanged(_ one: ContributorIdentity, _ state: AlarmState, _ reason: String, _ alarm: Alarm) throws {
    let mute = try mute(of: alarm.name)
    try record(
      alarm.name, .metric, "AlarmContributorStateUpdate", "Contributor state updated to \(state.rawValue)",
      ["version": "1.0", "newState": ["stateValue": .string(state.rawValue), "stateReason": .string(reason)]], contributor: one)
    var attributes = JSONObject()
    for (name, value) in one.attributes.sorted(by: { $0.key < $1.key }) { attributes[name] = .string(value) }
    var detail: JSONObject = [
      "alarmName": .string(alarm.name), "alarmContributor": ["id": .string(one.id), "attributes": .object(attributes)],
      "state": ["value": .string(state.rawValue), "reason": .string(reason), "timestamp": AlarmJSON.date(now)],
      "configuration": .object(alarm.eventConfiguration),
    ]
    detail["muteDetail"] = mute.map { $0.detail(partition) }
    try emit(
      event(
        source: "aws.cloudwatch", detailType: "CloudWatch Alarm Contributor State Change",
        resources: [alarm.arn(partition).description], detail: .object(detail)))
    guard alarm.actionsEnabled else { return }
    var shown = alarm
    (shown.state, shown.stateReason, shown.stateReasonData, shown.stateUpdated) = (state, reason, nil, now)
    if let mute { return try noteMuted(shown, mute) }
    try act(shown, from: state == .alarm ? .ok : .alarm, contributor: one)
  }
}
