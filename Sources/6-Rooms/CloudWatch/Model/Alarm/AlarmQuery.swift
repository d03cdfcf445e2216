import JSON
import MetricMath
import Series
import ServiceKit
import Store

/// A metric or an expression that an alarm or an anomaly detector uses. Source: Amazon CloudWatch API Reference, MetricDataQuery.
struct AlarmQuery: Shape, Hashable {
  struct Stat: Shape, Hashable {
    var metric: MetricShape
    var period: Int
    var stat: String
    var unit: String?
    static var limits: [Limit<Self>] { [.range("period", \.period, 1...86_400), .oneOf("unit", \.unit, StandardUnit.names)] }
  }
  var id: String
  var metricStat: Stat?
  var expression: String?
  var label: String?
  var returnData: Bool?
  var period: Int?
  var accountId: String?
  static var limits: [Limit<Self>] {
    [
      .length("id", \.id, 1...255), .length("expression", \.expression, 1...2_048), .range("period", \.period, 1...86_400),
      .length("accountId", \.accountId, 1...255),
    ]
  }

  var returnsData: Bool { returnData ?? true }

  /// Throws ValidationError when it is neither a metric nor an expression.
  func mathQuery() throws(Fault) -> MathQuery {
    switch (metricStat, expression) {
    case (let stat?, nil): return MathQuery(id: id, .metric(period: stat.period), period: nil, returnsData: returnsData)
    case (nil, let text?): return MathQuery(id: id, .expression(text), period: period, returnsData: returnsData)
    case (nil, nil): throw .broken("Either MetricStat or Expression must be specified for MetricDataQuery with id: \(id).")
    case (.some, .some): throw .broken("MetricStat and Expression cannot both be specified for MetricDataQuery with id: \(id).")
    }
  }

  /// As events of EventBridge have it.
  var event: JSONValue {
    var object: JSONObject = ["id": .string(id)]
    object["expression"] = expression.map { .string($0) }
    object["label"] = label.map { .string($0) }
    if let stat = metricStat {
      var own = JSONObject()
      own["metric"] = Self.event(stat.metric)
      own["period"] = .int(Int64(stat.period))
      own["stat"] = .string(stat.stat)
      own["unit"] = stat.unit.map { .string($0) }
      object["metricStat"] = .object(own)
    }
    object["period"] = period.map { .int(Int64($0)) }
    object["accountId"] = accountId.map { .string($0) }
    object["returnData"] = .bool(returnsData)
    return .object(object)
  }

  static func event(_ metric: MetricShape) -> JSONValue {
    var dimensions = JSONObject()
    for dimension in metric.dimensions ?? [] { dimensions[dimension.name] = .string(dimension.value) }
    return [
      "namespace": .string(metric.namespace ?? ""), "name": .string(metric.metricName ?? ""), "dimensions": .object(dimensions),
    ]
  }

  /// As the message of a topic has it.
  var notification: JSONValue {
    var object = JSONObject()
    object["Expression"] = expression.map { .string($0) }
    object["Id"] = .string(id)
    object["Label"] = label.map { .string($0) }
    if let stat = metricStat {
      var own: JSONObject = [
        "Metric": [
          "Dimensions": .array((stat.metric.dimensions ?? []).map { ["value": .string($0.value), "name": .string($0.name)] }),
          "MetricName": .string(stat.metric.metricName ?? ""), "Namespace": .string(stat.metric.namespace ?? ""),
        ], "Period": .int(Int64(stat.period)), "Stat": .string(stat.stat),
      ]
      own["Unit"] = stat.unit.map { .string($0) }
      object["MetricStat"] = .object(own)
    }
    object["Period"] = period.map { .int(Int64($0)) }
    object["AccountId"] = accountId.map { .string($0) }
    object["ReturnData"] = .bool(returnsData)
    return .object(object)
  }
}
