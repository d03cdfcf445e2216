import ServiceKit
import Store

/// Lists alarms with their states, by name. Source: Amazon CloudWatch API Reference, DescribeAlarms.
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
        .count("alarmNames", \.alarmNames, 0...100), .length("alarmNamePrefix", \.alarmNamePrefix, 1...255),
        .oneOf("stateValue", \.stateValue, AlarmState.allCases.map(\.rawValue)), .length("actionPrefix", \.actionPrefix, 1...1_024),
        .range("maxRecords", \.maxRecords, 1...100), .length("childrenOfAlarmName", \.childrenOfAlarmName, 1...255),
        .length("parentsOfAlarmName", \.parentsOfAlarmName, 1...255),
      ]
    }

    /// Only metric alarms where nothing is said.
    func wants(_ type: AlarmType) -> Bool { alarmTypes.map { $0.contains(type.rawValue) } ?? (type == .metric) }

    func passes<Record: AlarmRecord>(_ alarm: Record) -> Bool {
      (stateValue.map { alarm.state.rawValue == $0 } ?? true)
        && (actionPrefix.map { prefix in alarm.allActions.contains { $0.hasPrefix(prefix) } } ?? true)
    }
  }
  struct Output: Shape {
    var compositeAlarms: [CompositeAlarmShape] = []
    var metricAlarms: [MetricAlarmShape] = []
    var nextToken: String?
  }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    if input.alarmNames != nil, input.alarmNamePrefix != nil {
      throw Fault.invalidCombination("The parameters AlarmNames and AlarmNamePrefix are mutually exclusive.")
    }
    try AlarmType.check(input.alarmTypes)
    if input.childrenOfAlarmName != nil || input.parentsOfAlarmName != nil { return try related(input, call) }
    if let names = input.alarmNames {
      var output = Output()
      for name in Set(names).sorted() {
        if input.wants(.metric), let alarm = try call.get(Alarm.self, name), input.passes(alarm) {
          output.metricAlarms.append(call.shape(alarm))
        }
        if input.wants(.composite), let alarm = try call.get(CompositeAlarm.self, name), input.passes(alarm) {
          output.compositeAlarms.append(CompositeAlarmShape(alarm, call.partition))
        }
      }
      return output
    }
    return try page(input, call)
  }

  /// A page of both kinds together, in the order of their names.
  private static func page(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let limit = input.maxRecords ?? 50
    var after = try call.place(input.nextToken)
    var output = Output()
    while true {
      let metric = input.wants(.metric) ? try page(Alarm.self, input, after, limit, call) : Page(items: [], next: nil)
      let composite = input.wants(.composite) ? try page(CompositeAlarm.self, input, after, limit, call) : Page(items: [], next: nil)
      // What either has behind its page comes after the last of the page.
      let end = [metric.next?.key, composite.next?.key].compactMap { $0 }.min()
      var (left, right) = (metric.items[...], composite.items[...])
      while let name = [left.first?.name, right.first?.name].compactMap({ $0 }).min(), end.map({ name <= $0 }) ?? true {
        if output.metricAlarms.count + output.compositeAlarms.count == limit {
          output.nextToken = call.token(after)
          return output
        }
        if left.first?.name == name, let alarm = left.popFirst() {
          if input.passes(alarm) { output.metricAlarms.append(call.shape(alarm)) }
        } else if let alarm = right.popFirst(), input.passes(alarm) {
          output.compositeAlarms.append(CompositeAlarmShape(alarm, call.partition))
        }
        after = CatalogCursor(key: name)
      }
      guard end != nil else { return output }
    }
  }

  private static func page<Record: AlarmRecord>(
    _ type: Record.Type, _ input: Input, _ after: CatalogCursor?, _ limit: Int, _ call: Call<CloudWatch>
  ) throws -> Page<Record> {
    if let state = input.stateValue, input.alarmNamePrefix == nil {
      // Few of many alarms are in a state that somebody asks for.
      return try call.transaction.page(
        Record.self, in: call.partition, index: "state", equals: state, after: after.map { CatalogCursor(value: state, key: $0.key) },
        limit: limit)
    }
    return try call.transaction.page(Record.self, in: call.partition, prefix: input.alarmNamePrefix ?? "", after: after, limit: limit)
  }
}
