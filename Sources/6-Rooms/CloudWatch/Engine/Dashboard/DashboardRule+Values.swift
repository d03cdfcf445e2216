import JSON
import MetricMath

extension DashboardRule {
  static func isColor(_ value: JSONValue) -> Bool {
    guard let text = value.string, text.first == "#", text.utf8.count == 4 || text.utf8.count == 7 else { return false }
    return text.utf8.dropFirst().allSatisfy { (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0) }
  }

  static func isPeriod(_ value: JSONValue) -> Bool { value.int.flatMap { Int(exactly: $0) }.map(MathQuery.isPeriod) ?? false }
  static func isStatistic(_ value: JSONValue) -> Bool { value.string.flatMap { MetricStatistic($0) } != nil }
  static func isOffset(_ value: JSONValue) -> Bool { value.string.flatMap(DynamicLabel.offset) != nil }

  static let text = DashboardRule.string(0...2_048)
  private static let side = DashboardRule.choice(["left", "right"])
  private static let position = DashboardRule.object([Member("position", .choice(["right", "bottom", "hidden"]))])
  private static let axis = DashboardRule.object([
    Member("label", text), Member("min", .number), Member("max", .number), Member("showUnits", .bool),
  ])
  static let axes = DashboardRule.object([Member("left", axis), Member("right", axis)])

  /// What a metric or expression of a widget may say of itself.
  static let rendering: [Member] = [
    Member("color", .color), Member("label", .string(0...16_384)), Member("period", .period), Member("stat", .statistic),
    Member("visible", .bool), Member("yAxis", side), Member("id", .string(1...255)), Member("expression", .string(1...16_384)),
    Member("region", .string(1...64)), Member("accountId", .string(1...255)),
  ]

  private static let line: [Member] = [
    Member("value", .number, required: true), Member("label", text), Member("color", .color),
    Member("fill", .choice(["above", "below", "none"])), Member("yAxis", side), Member("visible", .bool),
  ]
  private static let moment: [Member] = [
    Member("value", text, required: true), Member("label", text), Member("color", .color),
    Member("fill", .choice(["before", "after", "none"])), Member("visible", .bool),
  ]
  static let annotations = DashboardRule.object([
    Member("alarms", .list(text, 0...1)),
    Member("horizontal", .list(.either(list: .list(.object(line), 2...2), other: .object(line)), 0...100)),
    Member("vertical", .list(.either(list: .list(.object(moment), 2...2), other: .object(moment)), 0...100)),
  ])
  private static let table = DashboardRule.object([
    Member("layout", .choice(["vertical", "horizontal"])), Member("stickySummary", .bool), Member("showTimeSeriesData", .bool),
    Member("summaryColumns", .list(.choice(["MIN", "MAX", "SUM", "AVG"]), 0...4)),
  ])

  static let metricWidget: [Member] = [
    Member("metrics", .metricRows), Member("annotations", annotations), Member("region", .string(1...64)), Member("title", text),
    Member("view", .choice(["timeSeries", "singleValue", "gauge", "bar", "pie", "table"])), Member("stacked", .bool),
    Member("stat", .statistic), Member("period", .period), Member("legend", position), Member("yAxis", axes), Member("liveData", .bool),
    Member("sparkline", .bool), Member("timezone", .offset), Member("table", table), Member("accountId", .string(1...255)),
    Member("setPeriodToTimeRange", .bool), Member("singleValueFullPrecision", .bool), Member("trend", .bool), Member("start", text),
    Member("end", text), Member("labels", .any),
  ]

  /// The properties of each type of widget but metrics.
  static let widgets: [String: [Member]] = [
    "text": [Member("markdown", .string(0...100_000), required: true), Member("background", .choice(["transparent", "solid"]))],
    "alarm": [
      Member("alarms", .list(text, 1...100), required: true), Member("title", text),
      Member("sortBy", .choice(["default", "stateUpdatedTimestamp", "timestamp"])),
      Member("states", .list(.choice(["OK", "ALARM", "INSUFFICIENT_DATA"]), 0...3)),
    ],
    "log": [
      Member("query", .string(1...100_000), required: true), Member("region", .string(1...64), required: true), Member("title", text),
      Member("view", .choice(["table", "timeSeries", "bar", "pie"])), Member("stacked", .bool), Member("accountId", .string(1...255)),
      Member("queryLanguage", .choice(["CWLI", "LogsQL", "SQL", "PPL"])), Member("queryBy", text), Member("start", text),
      Member("end", text),
    ],
    "explorer": [
      Member(
        "metrics",
        .list(
          .object([
            Member("metricName", text, required: true), Member("resourceType", text, required: true), Member("stat", .statistic),
          ]), 1...100), required: true),
      Member("labels", .list(.object([Member("key", text, required: true), Member("value", text)]), 0...100), required: true),
      Member(
        "aggregateBy",
        .object([
          Member("key", text, required: true), Member("func", .choice(["AVG", "MIN", "MAX", "STDDEV", "SUM"]), required: true),
        ])),
      Member("period", .period), Member("splitBy", text), Member("title", text), Member("region", text), Member("widgetOptions", .any),
    ],
    "custom": [
      Member("endpoint", text, required: true), Member("params", .any), Member("updateOn", .any), Member("title", text),
    ],
    "chart": [Member("data", .any, required: true), Member("title", text), Member("region", text), Member("view", text)],
  ]
}
