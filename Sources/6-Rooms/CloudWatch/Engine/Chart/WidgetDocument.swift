import JSON
import MetricMath
import ServiceKit
import Store
import Time

/// A MetricWidget document, checked. Source: Amazon CloudWatch API Reference, "GetMetricWidgetImage: Metric Widget Structure and Syntax".
///
/// Differs: numbers, gauges and tables are drawn as well.
struct WidgetDocument: Sendable {
  let properties: JSONObject
  private static let longest = 100 << 10
  private static let mostMetrics = 500

  /// Throws ValidationError with every finding.
  init(_ text: String, _ partition: Partition, isStrict: Bool) throws(Fault) {
    guard text.utf8.count <= Self.longest else { throw .broken("The field MetricWidget must not be longer than \(Self.longest) bytes") }
    guard case .object(let document)? = try? JSONValue(parsing: text, limits: JSONLimits(depth: 32)) else {
      throw .broken("The field MetricWidget must be a valid JSON object")
    }
    var check = DashboardCheck()
    let text = DashboardRule.text
    let more: [DashboardRule.Member] = [
      .init("width", .integer(1...2_000)), .init("height", .integer(1...2_000)), .init("theme", .choice(["light", "dark"])),
      .init("start", text), .init("end", text),
    ]
    let known = Set(more.map(\.name))
    check.check(.object(document), .object(DashboardRule.metricWidget.filter { !known.contains($0.name) } + more), "")
    let most = isStrict ? 100 : Self.mostMetrics
    if let count = document["metrics"]?.array?.count, count > most { check.error("/metrics", "Should NOT have more than \(most) items") }
    let hasAlarm = document["annotations"]?["alarms"]?.array?.isEmpty == false
    if document["metrics"]?.array?.isEmpty ?? true, !hasAlarm { check.error("", "Should have required property 'metrics'") }
    if isStrict, let region = document["region"]?.string, region != partition.region {
      check.error("/region", "Should be the local Region, \(partition.region)")
    }
    if !check.errors.isEmpty {
      let listed = JSONValue.array(check.errors.map { ["dataPath": .string($0.path), "message": .string($0.message)] })
      throw .broken("The metric widget is invalid, there are \(check.errors.count) validation errors:\n\(listed.pretty)")
    }
    properties = document
  }

  /// The time shown. Throws ValidationError.
  func window(now: Timestamp) throws(Fault) -> TimeWindow {
    func instant(_ name: String, _ base: Timestamp, _ other: Timestamp) throws(Fault) -> Timestamp {
      guard let text = properties[name]?.string else { return other }
      guard let instant = DashboardTime.instant(text, now: base) else {
        throw .broken("The value \(text.prefix(64)) for field \(name) is neither an ISO 8601 time nor a duration such as -PT3H.")
      }
      return instant
    }
    let end = try instant("end", now, now)
    let start = try instant("start", now, end - .seconds(3 * 3_600))
    guard start < end else { throw .broken("The start of the widget must be before its end.") }
    return TimeWindow(start: start.seconds, end: end.seconds)
  }

  var offset: Int { properties["timezone"]?.string.flatMap(DynamicLabel.offset) ?? 0 }
  var period: Int { properties["period"]?.int.flatMap { Int(exactly: $0) } ?? 300 }

  // MARK: The chart

  /// The chart without its series.
  func chart(_ window: TimeWindow) -> Chart {
    var chart = Chart(window: window)
    chart.title = properties["title"]?.string ?? ""
    chart.width = properties["width"]?.int.flatMap { Int(exactly: $0) } ?? 600
    chart.height = properties["height"]?.int.flatMap { Int(exactly: $0) } ?? 400
    chart.view = properties["view"]?.string.flatMap(Chart.View.init) ?? .timeSeries
    chart.isStacked = properties["stacked"]?.bool ?? false
    chart.isDark = properties["theme"] == "dark"
    chart.legend = properties["legend"]?["position"]?.string.flatMap(Chart.LegendPlace.init) ?? .bottom
    chart.offset = offset
    chart.hasSparkline = properties["sparkline"]?.bool ?? false
    chart.left = axis(properties["yAxis"]?["left"])
    chart.right = axis(properties["yAxis"]?["right"])
    for (position, mark) in (properties["annotations"]?["horizontal"]?.array ?? []).enumerated() {
      if let mark = Self.mark(mark, position, value: { $0.double }) { chart.horizontal.append(mark) }
    }
    for (position, mark) in (properties["annotations"]?["vertical"]?.array ?? []).enumerated() {
      let instant: (JSONValue) -> Double? = { $0.string.flatMap { Timestamp(iso8601: $0) }.map { $0.epochSeconds } }
      if let mark = Self.mark(mark, position, value: instant) { chart.vertical.append(mark) }
    }
    return chart
  }

  private func axis(_ value: JSONValue?) -> Chart.Axis {
    Chart.Axis(min: value?["min"]?.double, max: value?["max"]?.double, label: value?["label"]?.string)
  }

  /// Nil for a mark that is hidden, or has no place.
  private static func mark(_ mark: JSONValue, _ position: Int, value: (JSONValue) -> Double?) -> Chart.Mark? {
    let (first, second) = mark.array.map { ($0.first, $0.dropFirst().first) } ?? (mark, nil)
    guard let first, first["visible"]?.bool ?? true, let place = first["value"].flatMap(value) else { return nil }
    return Chart.Mark(
      value: place, other: second?["value"].flatMap(value), label: first["label"]?.string ?? "", otherLabel: second?["label"]?.string ?? "",
      color: first["color"]?.string.flatMap { Color($0) } ?? Chart.palette[(position + 3) % 10], fill: first["fill"]?.string,
      isRight: first["yAxis"] == "right")
  }
}
