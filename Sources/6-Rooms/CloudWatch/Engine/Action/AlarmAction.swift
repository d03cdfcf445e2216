import JSON
import ServiceKit
import Store
import Time

/// An action of an alarm on its way.
struct AlarmAction: Codable, Sendable {
  var alarm: String
  /// Nil in what older versions queued: a metric alarm.
  var type: AlarmType?
  /// As the alarm names it.
  var action: String
  var subject: String
  /// What is handed over.
  var message: JSONValue
  /// For people; where the target sends mail.
  var words: String?
  var state: String
  var id: String
  var attempt: Int
  var first: Timestamp
  var contributor: ContributorIdentity?
}

extension Call where Home == CloudWatch {
  /// Makes the actions of the alarm's state due.
  func act<Record: AlarmRecord>(_ alarm: Record, from old: AlarmState, contributor: ContributorIdentity? = nil) throws {
    let region = RegionNames.name(partition.region)
    for action in alarm.actions(for: alarm.state) {
      let form = ActionForm(action)
      var message = AlarmJSON.notification(alarm, old: old, partition)
      if let contributor {
        message["AlarmContributorId"] = .string(contributor.id)
        message["AlarmContributorAttributes"] = .object(Self.object(contributor.attributes))
      }
      let words = AlarmWords.mail(alarm, old: old, partition)
      if form?.takesEvent == true { message = invocation(alarm, old: old, contributor) }
      if case .job? = form { message["Parameters"] = .object(jobParameters(alarm, old: old)) }
      try schedule(
        AlarmAction(
          alarm: alarm.name, type: Record.type, action: action, subject: "\(alarm.state.rawValue): \"\(alarm.name)\" in \(region)",
          message: .object(message), words: words, state: alarm.state.rawValue, id: room.context.identifiers.uuid(), attempt: 0, first: now,
          contributor: contributor),
        for: AgendaEntry.lane(String(action.prefix(200)), of: ActOnAlarm.queue))
    }
  }

  private static func object(_ texts: [String: String]) -> JSONObject {
    var object = JSONObject()
    for (name, value) in texts.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
    return object
  }

  /// What functions and workflows are invoked with.
  /// Source: Amazon CloudWatch User Guide, "Invoke a Lambda function from an alarm".
  private func invocation<Record: AlarmRecord>(_ alarm: Record, old: AlarmState, _ contributor: ContributorIdentity?) -> JSONObject {
    var data: JSONObject = ["alarmName": .string(alarm.name), "state": AlarmJSON.eventState(alarm)]
    if let contributor {
      data["alarmContributor"] = ["id": .string(contributor.id), "attributes": .object(Self.object(contributor.attributes))]
    } else {
      data["previousState"] = ["value": .string(old.rawValue)]
    }
    data["configuration"] = .object(alarm.eventConfiguration)
    for (name, value) in alarm.toldTags(false) { data[name] = value }
    return [
      "source": "aws.cloudwatch", "alarmArn": .string(alarm.arn(partition).description), "accountId": .string(partition.account),
      "time": AlarmJSON.date(now), "region": .string(partition.region), "alarmData": .object(data),
    ]
  }

  private func jobParameters<Record: AlarmRecord>(_ alarm: Record, old: AlarmState) -> JSONObject {
    [
      "AlarmName": .string(alarm.name), "AlarmArn": .string(alarm.arn(partition).description),
      "NewStateValue": .string(alarm.state.rawValue), "OldStateValue": .string(old.rawValue),
      "NewStateReason": .string(alarm.stateReason), "StateChangeTime": .string(alarm.stateUpdated.iso8601()),
    ]
  }
}

/// An alarm's change in words, as a mail tells it.
enum AlarmWords {
  static func mail<Record: AlarmRecord>(_ alarm: Record, old: AlarmState, _ partition: Partition) -> String {
    let region = RegionNames.name(partition.region)
    return """
      You are receiving this email because your Amazon CloudWatch Alarm "\(alarm.name)" in the \(region) region has entered the \
      \(alarm.state.rawValue) state, because "\(alarm.stateReason)" at "\(AlarmJSON.longDate(alarm.stateUpdated))".

      Alarm Details:
      - Name:                       \(alarm.name)
      - Description:                \(alarm.description ?? "")
      - State Change:               \(old.rawValue) -> \(alarm.state.rawValue)
      - Reason for State Change:    \(alarm.stateReason)
      - Timestamp:                  \(AlarmJSON.longDate(alarm.stateUpdated))
      - AWS Account:                \(partition.account)
      - Alarm Arn:                  \(alarm.arn(partition))
      """
  }
}
