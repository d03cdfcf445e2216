import JSON
import ServiceKit
import Store

/// Describes alarms. Source: Amazon CloudWatch API Reference, DescribeAlarms.
struct DescribeAlarms: Operation {
  struct Input: Shape {
    var alarmNames: [String]?
    var alarmNamePrefix: String?
    var alarmTypes: [String]?
    var childrenOfAlarmName: String?
    var parentsOfAlarmName: String?
    var stateValue: String?
    var actionPrefix: String?
    var maxRecords: Int?
    var nextToken: String?
    static var limits: [Limit<Self>] {
      [
        .count("alarmNames", \.alarmNames, 0...100), .oneOf("stateValue", \.stateValue, ["OK", "ALARM", "INSUFFICIENT_DATA"]),
        .range("maxRecords", \.maxRecords, 1...100),
      ]
    }
  }
  struct Output: Shape {
    var compositeAlarms: [JSONValue] = []
    var metricAlarms: [MetricAlarmShape]
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    if input.alarmNames != nil, input.alarmNamePrefix != nil {
      throw Fault.invalidCombination("The parameters AlarmNames and AlarmNamePrefix are mutually exclusive.")
    }
    let none = input.alarmTypes.map { !$0.contains("MetricAlarm") } ?? false
    if none || input.childrenOfAlarmName != nil || input.parentsOfAlarmName != nil { return Output(metricAlarms: [], nextToken: nil) }
    let passes = { (alarm: Alarm) in
      (input.stateValue.map { alarm.state.rawValue == $0 } ?? true)
        && (input.actionPrefix.map { prefix in
          (alarm.okActions + alarm.alarmActions + alarm.insufficientDataActions).contains { $0.hasPrefix(prefix) }
        } ?? true)
    }
    if let names = input.alarmNames {
      let found = try Set(names).sorted().compactMap { try call.get(Alarm.self, $0) }.filter(passes)
      return Output(metricAlarms: found.map { MetricAlarmShape($0, call.partition) }, nextToken: nil)
    }
    let limit = input.maxRecords ?? 50
    var after = try call.cursor(input.nextToken)
    var found: [MetricAlarmShape] = []
    while true {
      let page = try call.transaction.page(
        Alarm.self, in: call.partition, prefix: input.alarmNamePrefix ?? "", after: after, limit: limit)
      for alarm in page.items where passes(alarm) {
        if found.count == limit { return Output(metricAlarms: found, nextToken: call.token(after)) }
        found.append(MetricAlarmShape(alarm, call.partition))
        after = CatalogCursor(key: alarm.key)
      }
      guard let next = page.next else { return Output(metricAlarms: found, nextToken: nil) }
      after = next
    }
  }
}
