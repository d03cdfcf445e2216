import MetricMath
import ServiceKit
import Store

extension Call where Home == CloudWatch {
  func shape(_ alarm: Alarm) -> MetricAlarmShape {
    MetricAlarmShape(alarm, partition, isFailing: room.board.isFailing(.init(partition: partition, name: alarm.name)))
  }
}

/// Alarms that one needs, or that need it.
extension DescribeAlarms {
  static func related(_ input: Input, _ call: Call<CloudWatch>) throws -> Output {
    let others =
      input.alarmNames != nil || input.alarmNamePrefix != nil || input.alarmTypes != nil || input.stateValue != nil
      || input.actionPrefix != nil
    guard !others, input.childrenOfAlarmName == nil || input.parentsOfAlarmName == nil else {
      throw Fault.broken(
        "ChildrenOfAlarmName and ParentsOfAlarmName can only be specified together with MaxRecords and NextToken.")
    }
    let names: [String]
    if let parent = input.childrenOfAlarmName {
      guard let alarm = try call.get(CompositeAlarm.self, parent) else { return Output() }
      names = ((try? AlarmRule(alarm.rule))?.references.map(\.name) ?? []).sorted()
    } else {
      let child = input.parentsOfAlarmName ?? ""
      names = try call.links(to: child).filter { $0.role == .child }.map(\.parent).sorted()
    }
    let after = try call.place(input.nextToken)?.key ?? ""
    let limit = input.maxRecords ?? 50
    let rest = names.filter { $0 > after }
    var output = Output()
    for name in rest.prefix(limit) {
      if input.childrenOfAlarmName == nil {
        output.compositeAlarms.append(CompositeAlarmShape(parent: name, call.partition))
      } else if let alarm = try call.get(Alarm.self, name) {
        output.metricAlarms.append(MetricAlarmShape(childOf: alarm, call.partition))
      } else if let alarm = try call.get(CompositeAlarm.self, name) {
        output.compositeAlarms.append(CompositeAlarmShape(childOf: alarm, call.partition))
      }
    }
    if rest.count > limit { output.nextToken = call.token(CatalogCursor(key: rest[limit - 1])) }
    return output
  }
}
