import JSON
import ServiceKit
import Store
import Time

/// One line of an alarm's history.
struct AlarmHistoryRecord: Codable, Sendable {
  var at: Timestamp
  /// `ConfigurationUpdate`, `StateUpdate`, `Action`, `AlarmContributorStateUpdate` or `AlarmContributorAction`.
  var type: String
  var summary: String
  var data: String
  /// Nil in what older versions wrote: of metric alarms only.
  var alarm: String?
  var alarmType: AlarmType?
  var contributor: ContributorIdentity?
  /// In the account's history: the record's sequence in the alarm's own.
  var own: Int64?
}

/// Which series of a Metrics Insights query is meant.
struct ContributorIdentity: Codable, Sendable, Hashable {
  /// 16 hexadecimal digits, the same for the same attributes.
  var id: String
  var attributes: [String: String]
}

/// An alarm's history is kept twice: by itself, and with that of all alarms of the account. Both outlive the alarm.
enum AlarmHistory {
  /// Source: Amazon CloudWatch User Guide, "Alarms": history is kept for 30 days.
  static let kept = Duration.seconds(30 * 86_400)

  static func stream(_ name: String, in partition: Partition) -> LedgerStream {
    LedgerStream("cloudwatch.alarm-history/\(name)", in: partition)
  }
  static func all(in partition: Partition) -> LedgerStream { LedgerStream("cloudwatch.alarms-history", in: partition) }
}

extension Call where Home == CloudWatch {
  func record(
    _ name: String, _ alarmType: AlarmType, _ type: String, _ summary: String, _ data: JSONValue, contributor: ContributorIdentity? = nil
  ) throws {
    var record = AlarmHistoryRecord(
      at: now, type: type, summary: String(summary.prefix(255)), data: data.text, alarm: name, alarmType: alarmType,
      contributor: contributor)
    record.own = try transaction.append(
      [try JSONValue(encoding: record).bytes], to: AlarmHistory.stream(name, in: partition), expected: nil)
    try transaction.append([try JSONValue(encoding: record).bytes], to: AlarmHistory.all(in: partition), expected: nil)
    try room.keepTrimming(self)
  }

  func record<Record: AlarmRecord>(_ alarm: Record, _ type: String, _ summary: String, _ data: JSONValue) throws {
    try record(alarm.name, Record.type, type, summary, data)
  }
}
