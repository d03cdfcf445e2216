import JSON
import ServiceKit
import Store
import Time
import Wire

/// What happened to an alarm, or to all alarms of a type; deleted ones too. Source: Amazon CloudWatch API Reference, DescribeAlarmHistory.
struct DescribeAlarmHistory: Operation {
  struct Input: Shape {
    var alarmName: String?
    var alarmContributorId: String?
    var alarmTypes: [String]?
    var historyItemType: String?
    var startDate: Timestamp?
    var endDate: Timestamp?
    var maxRecords: Int?
    var nextToken: String?
    var scanBy: String?
    static var limits: [Limit<Self>] {
      [
        .length("alarmName", \.alarmName, 1...255), .length("alarmContributorId", \.alarmContributorId, 1...16),
        .oneOf(
          "historyItemType", \.historyItemType,
          ["ConfigurationUpdate", "StateUpdate", "Action", "AlarmContributorStateUpdate", "AlarmContributorAction"]),
        .range("maxRecords", \.maxRecords, 1...100), .oneOf("scanBy", \.scanBy, ["TimestampDescending", "TimestampAscending"]),
      ]
    }
  }
  struct Output: Shape {
    var alarmHistoryItems: [Item]
    var nextToken: String?
  }
  struct Item: Shape {
    var alarmName: String
    var alarmContributorId: String?
    var alarmType: String
    var timestamp: Timestamp
    var historyItemType: String
    var historySummary: String
    var historyData: String
    var alarmContributorAttributes: [String: String]?
  }
  static var xml: XMLHints { XMLHints(maps: ["AlarmContributorAttributes"]) }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    try AlarmType.check(input.alarmTypes)
    let limit = input.maxRecords ?? 100
    let descending = input.scanBy != "TimestampAscending"
    let stream = input.alarmName.map { AlarmHistory.stream($0, in: call.partition) } ?? AlarmHistory.all(in: call.partition)
    var sequence = try call.place(input.nextToken).flatMap { Int64($0.key) } ?? (descending ? Int64.max : 1)
    let oldest = call.now - AlarmHistory.kept
    var items: [Item] = []
    while true {
      let records = try call.transaction.records(of: stream, from: sequence, limit: 200, descending: descending)
      for record in records {
        if items.count == limit {
          return Output(alarmHistoryItems: items, nextToken: call.token(CatalogCursor(key: String(record.sequence))))
        }
        let one = try JSONValue(parsing: record.body).decode(AlarmHistoryRecord.self)
        // In the order of time: what follows is older still.
        if descending, one.at < max(oldest, input.startDate ?? oldest) { return Output(alarmHistoryItems: items, nextToken: nil) }
        if one.at >= oldest, passes(one, input) { items.append(item(one, input)) }
      }
      guard records.count == 200, let last = records.last else { return Output(alarmHistoryItems: items, nextToken: nil) }
      sequence = last.sequence + (descending ? -1 : 1)
      if sequence < 1 { return Output(alarmHistoryItems: items, nextToken: nil) }
    }
  }

  private static func item(_ one: AlarmHistoryRecord, _ input: Input) -> Item {
    Item(
      alarmName: one.alarm ?? input.alarmName ?? "", alarmContributorId: one.contributor?.id,
      alarmType: (one.alarmType ?? .metric).rawValue, timestamp: one.at, historyItemType: one.type, historySummary: one.summary,
      historyData: one.data, alarmContributorAttributes: one.contributor?.attributes)
  }

  /// Contributors' history is told when it is asked for; without a name, that of metric alarms where no type is said.
  private static func passes(_ record: AlarmHistoryRecord, _ input: Input) -> Bool {
    let type = (record.alarmType ?? .metric).rawValue
    if let types = input.alarmTypes {
      guard types.contains(type) else { return false }
    } else if input.alarmName == nil, type != AlarmType.metric.rawValue {
      return false
    }
    if let contributor = input.alarmContributorId {
      guard record.contributor?.id == contributor else { return false }
    } else if input.historyItemType == nil, record.contributor != nil {
      return false
    }
    return (input.historyItemType.map { $0 == record.type } ?? true) && (input.startDate.map { record.at >= $0 } ?? true)
      && (input.endDate.map { record.at <= $0 } ?? true)
  }
}
