import Series
import ServiceKit
import Store

/// The alarms on one metric; not those on expressions. Source: Amazon CloudWatch API Reference, DescribeAlarmsForMetric.
struct DescribeAlarmsForMetric: Operation {
  struct Input: Shape {
    var metricName: String
    var namespace: String
    var statistic: String?
    var extendedStatistic: String?
    var dimensions: [DimensionShape]?
    var period: Int?
    var unit: String?
    static var limits: [Limit<Self>] {
      [
        .length("metricName", \.metricName, 1...255), .length("namespace", \.namespace, 1...255),
        .oneOf("statistic", \.statistic, Alarm.plainStatistics), .count("dimensions", \.dimensions, 0...30),
        .range("period", \.period, 1...604_800), .oneOf("unit", \.unit, StandardUnit.names),
      ]
    }
  }
  struct Output: Shape { var metricAlarms: [MetricAlarmShape] }

  static func run(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let key = MetricKey(call.partition, input.namespace, input.metricName, input.dimensions)
    var found: [MetricAlarmShape] = []
    func look(_ alarm: Alarm) {
      let same =
        alarm.metricName == input.metricName && alarm.namespace == input.namespace
        && Set(alarm.dimensions ?? []) == Set(input.dimensions ?? []) && (input.period.map { $0 == alarm.period } ?? true)
        && ((input.statistic ?? input.extendedStatistic).map { $0 == alarm.statistic } ?? true)
        && (input.unit.map { $0 == alarm.unit } ?? true)
      if same { found.append(call.shape(alarm)) }
    }
    if let names = call.room.board.names(watching: key, in: call.partition) {
      for name in names.sorted() { if let alarm = try call.get(Alarm.self, name) { look(alarm) } }
    } else {
      try call.transaction.forEach(Alarm.self, in: call.partition) { alarm in
        look(alarm)
        return true
      }
    }
    return Output(metricAlarms: found)
  }
}
