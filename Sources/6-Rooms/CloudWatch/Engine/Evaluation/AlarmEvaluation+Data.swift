import JSON
import Time

extension AlarmEvaluation {
  /// Data points that are kept at most, so that what is kept of a state stays small.
  private static let kept = 24

  /// Why an alarm is in its state, for programs. Source: Amazon CloudWatch User Guide, "Alarm events and EventBridge".
  func reasonData(_ definition: AlarmDefinition, now: Timestamp) -> JSONValue {
    var object: JSONObject = ["version": "1.0", "queryDate": AlarmJSON.date(now)]
    if let first = evaluated.last { object["startDate"] = AlarmJSON.date(first.start) }
    if case .metric(let metric) = definition.source {
      object[Alarm.plainStatistics.contains(metric.name) ? "statistic" : "extendedStatistic"] = .string(metric.name)
      object["unit"] = metric.unit.map { .string($0) }
    }
    object["period"] = .int(Int64(definition.period))
    let points = evaluated.prefix(Self.kept)
    let numbers = { (values: [Double?]) in JSONValue.array(values.reversed().compactMap { $0.map { .double($0) } }) }
    object["recentDatapoints"] = numbers(points.map(\.value))
    if let threshold = definition.condition.threshold {
      object["threshold"] = .double(threshold)
    } else {
      object["recentLowerThresholds"] = numbers(points.map(\.lower))
      object["recentUpperThresholds"] = numbers(points.map(\.upper))
    }
    object["evaluatedDatapoints"] = .array(
      points.map { point in
        var one: JSONObject = ["timestamp": AlarmJSON.date(point.start)]
        if point.count > 0 { one["sampleCount"] = .double(point.count) }
        one["value"] = point.value.map { .double($0) }
        if let lower = point.lower, let upper = point.upper {
          one["threshold"] = .array([.double(lower), .double(upper)])
        }
        return .object(one)
      })
    return .object(object)
  }
}
