import JSON
import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Makes the chart of a widget document: reads its data, chooses colors, names the axes.
struct WidgetChart: Sendable {
  let room: CloudWatch
  let context: CallContext

  func chart(_ document: WidgetDocument) async throws -> Chart {
    let partition = context.caller.partition
    let window = try document.window(now: context.now)
    var chart = document.chart(window)
    var properties = document.properties
    if let arn = properties["annotations"]?["alarms"]?[0]?.string, properties["metrics"]?.array?.isEmpty ?? true {
      try await alarm(arn, &properties, &chart)
    }
    let metrics = try WidgetMetrics(
      properties, partition, period: document.period, isStrict: room.context.limits == .aws)
    let reader = MetricReader(room, partition, now: context.now)
    var run = try DataRun(metrics.queries, in: window, reader, room, offset: document.offset)
    run.isWhole = properties["setPeriodToTimeRange"]?.bool ?? false
    let answer = try await run.answer()
    chart.lines = lines(Array(answer.results.prefix(500)), metrics)
    chart.left.label = chart.left.label ?? unit(metrics, isRight: false, reader, properties["yAxis"]?["left"])
    chart.right.label = chart.right.label ?? unit(metrics, isRight: true, reader, properties["yAxis"]?["right"])
    return chart
  }

  private func lines(_ results: [DataResult], _ metrics: WidgetMetrics) -> [Chart.Line] {
    let bands = Set(metrics.queries.filter(\.isBand).map(\.id))
    var lines: [Chart.Line] = []
    var above: String?
    for result in results {
      // The lower edge of a band follows its upper one.
      if bands.contains(result.id), above == result.id, let last = lines.indices.last {
        lines[last].band = result.series
        above = nil
        continue
      }
      above = result.id
      let style = metrics.styles[result.id]
      let own = bands.contains(result.id) ? Color(0x7F7F7F) : Chart.palette[lines.count % Chart.palette.count]
      lines.append(
        Chart.Line(
          label: result.label, color: style?.color.flatMap { Color($0) } ?? own, isRight: style?.isRight ?? false, series: result.series,
          isComplete: result.status == .complete))
    }
    return lines
  }

  /// The unit that all metrics of a side have.
  private func unit(_ metrics: WidgetMetrics, isRight: Bool, _ reader: MetricReader, _ axis: JSONValue?) -> String? {
    guard axis?["showUnits"] != false else { return nil }
    var found: Set<String> = []
    for query in metrics.queries where query.returnsData && metrics.styles[query.id]?.isRight == isRight {
      guard let metric = query.metric else { continue }
      switch metric.statistic {
      case .sampleCount, .trimmedCount: found.insert("Count")
      case .percentileRank: found.insert("Percent")
      default: found.formUnion(reader.units(metric.key))
      }
    }
    return found.count == 1 ? found.first : nil
  }

  /// A widget of an alarm: its metric and its threshold.
  private func alarm(_ arn: String, _ properties: inout JSONObject, _ chart: inout Chart) async throws {
    let name = ARN(arn)?.resourceName ?? arn
    let answer = try await room.context.invoker.call(
      "cloudwatch", "DescribeAlarms", ["AlarmNames": [.string(name)], "AlarmTypes": ["MetricAlarm"]], context.inside)
    guard let alarm = answer["MetricAlarms"]?[0] else { throw Fault.broken("The alarm \(name) does not exist, or has no metric.") }
    if chart.title.isEmpty { chart.title = name }
    if let queries = alarm["Metrics"]?.array, !queries.isEmpty {
      properties["metrics"] = .array(queries.map(Self.row))
    } else {
      var row: [JSONValue] = [alarm["Namespace"] ?? "", alarm["MetricName"] ?? ""]
      for dimension in alarm["Dimensions"]?.array ?? [] { row += [dimension["Name"] ?? "", dimension["Value"] ?? ""] }
      var options: JSONObject = ["stat": alarm["ExtendedStatistic"] ?? alarm["Statistic"] ?? "Average"]
      options["period"] = alarm["Period"]
      row.append(.object(options))
      properties["metrics"] = [.array(row)]
    }
    guard let threshold = alarm["Threshold"]?.double else { return }
    let comparison = alarm["ComparisonOperator"]?.string ?? ""
    let sign = comparison.hasPrefix("Greater") ? ">" : "<"
    chart.horizontal.append(
      Chart.Mark(
        value: threshold, label: "\(name) \(sign)\(comparison.contains("OrEqual") ? "=" : "") \(Scale.text(threshold))",
        color: Color(0xD13212),
        fill: comparison.hasPrefix("Greater") ? "above" : "below"))
  }

  private static func row(_ query: JSONValue) -> JSONValue {
    var options: JSONObject = ["visible": query["ReturnData"] ?? true]
    options["id"] = query["Id"]
    options["label"] = query["Label"]
    options["expression"] = query["Expression"]
    guard let stat = query["MetricStat"] else { return [.object(options)] }
    options["stat"] = stat["Stat"]
    options["period"] = stat["Period"]
    var row: [JSONValue] = [stat["Metric"]?["Namespace"] ?? "", stat["Metric"]?["MetricName"] ?? ""]
    for dimension in stat["Metric"]?["Dimensions"]?.array ?? [] { row += [dimension["Name"] ?? "", dimension["Value"] ?? ""] }
    return .array(row + [.object(options)])
  }
}
