import JSON
import ServiceKit
import Store
import Time

/// What happened to alarms, the latest first. Source: Amazon CloudWatch API Reference, DescribeAlarmHistory.
struct DescribeAlarmHistory: Operation {
  struct Input: Shape {
    var alarmName: String?
    var alarmTypes: [String]?
    var historyItemType: String?
    var startDate: Timestamp?
    var endDate: Timestamp?
    var maxRecords: Int?
    var nextToken: String?
    var scanBy: String?
    static var limits: [Limit<Self>] {
      [
        .oneOf("historyItemType", \.historyItemType, ["ConfigurationUpdate", "StateUpdate", "Action"]),
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
    var alarmType: String
    var timestamp: Timestamp
    var historyItemType: String
    var historySummary: String
    var historyData: String
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let limit = input.maxRecords ?? 50
    let descending = input.scanBy != "TimestampAscending"
    guard let name = input.alarmName else {
      throw Fault.missingParameter("The parameter AlarmName is required: Martlet keeps each alarm's history by itself.")
    }
    guard let alarm = try call.get(Alarm.self, name) else { return Output(alarmHistoryItems: [], nextToken: nil) }
    var sequence = try call.cursor(input.nextToken).flatMap { Int64($0.key) } ?? (descending ? Int64.max : 1)
    var items: [Item] = []
    while true {
      let records = try call.transaction.records(of: alarm.history(call.partition), from: sequence, limit: 200, descending: descending)
      for record in records {
        if items.count == limit {
          return Output(alarmHistoryItems: items, nextToken: call.token(CatalogCursor(key: String(record.sequence))))
        }
        let one = try JSONValue(parsing: record.body).decode(AlarmHistoryRecord.self)
        if passes(one, input) {
          items.append(
            Item(
              alarmName: name, alarmType: "MetricAlarm", timestamp: one.at, historyItemType: one.type, historySummary: one.summary,
              historyData: one.data))
        }
      }
      guard records.count == 200, let last = records.last else { return Output(alarmHistoryItems: items, nextToken: nil) }
      sequence = last.sequence + (descending ? -1 : 1)
      if sequence < 1 { return Output(alarmHistoryItems: items, nextToken: nil) }
    }
  }

  private static func passes(_ record: AlarmHistoryRecord, _ input: Input) -> Bool {
    (input.historyItemType.map { $0 == record.type } ?? true) && (input.startDate.map { record.at >= $0 } ?? true)
      && (input.endDate.map { record.at <= $0 } ?? true)
  }
}
