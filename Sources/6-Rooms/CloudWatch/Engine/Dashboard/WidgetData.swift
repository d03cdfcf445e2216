import JSON
import Logging
import MetricMath
import ServiceKit
import Store
import Time

/// What one widget shows: metric data, states of alarms, rows of a log query, a text. Or why it can not.
struct WidgetData: Shape {
  /// Its place in the dashboard.
  var index: Int
  var type: String
  var title: String?
  var status = "Complete"
  /// Why there is nothing to show, or not all of it.
  var message: String?
  var startTime: Timestamp
  var endTime: Timestamp
  var period: Int?
  var metricData: [Series]?
  var alarms: [JSONValue]?
  var rows: [JSONValue]?
  var statistics: JSONValue?
  var markdown: String?

  struct Series: Shape {
    var id: String
    var label: String
    var color: String?
    var yAxis: String
    var timestamps: [Timestamp]
    var values: [Double]
    var statusCode: String
    var messages: [DataResult.Message]
  }
}

/// Gathers what the widgets of a dashboard show.
struct WidgetReading: Sendable {
  let room: CloudWatch
  let context: CallContext
  let window: TimeWindow
  /// Seconds for widgets whose period is to follow the time range; nil where each keeps its own.
  var period: Int?
  /// Points that may still be answered.
  private static let mostPoints = 20_000

  private var partition: Partition { context.caller.partition }

  /// Never throws: what goes wrong is told in the widget.
  func read(_ widget: JSONValue, _ index: Int) async -> WidgetData {
    let properties = widget["properties"]?.object ?? JSONObject()
    var data = WidgetData(
      index: index, type: widget["type"]?.string ?? "", title: properties["title"]?.string, startTime: Timestamp(seconds: window.start),
      endTime: Timestamp(seconds: window.end))
    do {
      switch data.type {
      case "metric": try await metric(properties, &data)
      case "text": data.markdown = properties["markdown"]?.string
      case "alarm": data.alarms = try await alarms(properties["alarms"]?.array?.compactMap(\.string) ?? [])
      case "log": try await LogWidget(room: room, context: context, window: window).read(properties, &data)
      case "custom": throw Fault("NotServed", "Custom widgets call a Lambda function, which Martlet does not serve.")
      case "explorer": throw Fault("NotServed", "Metrics explorer finds resources by tags of EC2 and Lambda, which Martlet does not serve.")
      default: throw Fault("NotServed", "Widgets of type \(data.type) are not served by Martlet.")
      }
    } catch let fault as Fault {
      (data.status, data.message) = (fault.code, fault.message)
    } catch {
      (data.status, data.message) = ("InternalError", "The widget's data could not be read; the server's log says why.")
      room.context.log.error("a widget's data could not be read", metadata: ["widget": "\(index)", "error": "\(error)"])
    }
    return data
  }

  private func metric(_ properties: JSONObject, _ data: inout WidgetData) async throws {
    let own = properties["period"]?.int.flatMap { Int(exactly: $0) } ?? 300
    data.period = period.map { max($0, own) } ?? own
    if let arn = properties["annotations"]?["alarms"]?[0]?.string { data.alarms = try await alarms([arn]) }
    guard let metrics = properties["metrics"]?.array, !metrics.isEmpty else { return }
    let reading = try WidgetMetrics(
      properties, partition, period: data.period ?? 300, isStrict: room.context.limits == .aws, overrides: period != nil)
    let reader = MetricReader(room, partition, now: context.now)
    var run = try DataRun(
      reading.queries, in: window, reader, room, offset: properties["timezone"]?.string.flatMap(DynamicLabel.offset) ?? 0)
    run.isWhole = properties["setPeriodToTimeRange"]?.bool ?? false
    let answer = try await run.answer()
    var left = Self.mostPoints
    data.metricData = answer.results.map { result in
      // The latest are shown where there are too many.
      let kept = result.series.times.indices.suffix(left)
      left -= kept.count
      let style = reading.styles[result.id]
      return WidgetData.Series(
        id: result.id, label: result.label, color: style?.color, yAxis: style?.isRight == true ? "right" : "left",
        timestamps: kept.map { Timestamp(seconds: result.series.times[$0]) }, values: kept.map { result.series.values[$0] },
        statusCode: kept.count < result.series.count ? "PartialData" : result.status.rawValue, messages: result.messages)
    }
    data.message = answer.messages.first?.value
  }

  private func alarms(_ arns: [String]) async throws -> [JSONValue] {
    let names = arns.compactMap { ARN($0)?.resourceName }
    let answer = try await room.context.invoker.call(
      "cloudwatch", "DescribeAlarms",
      ["AlarmNames": .array(names.prefix(100).map { .string($0) }), "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100],
      context.inside)
    let found = (answer["MetricAlarms"]?.array ?? []) + (answer["CompositeAlarms"]?.array ?? [])
    return arns.map { arn in
      guard let alarm = found.first(where: { $0["AlarmArn"]?.string == arn }) else {
        return ["AlarmArn": .string(arn), "StateValue": "NOT_FOUND"]
      }
      var shown = JSONObject()
      for name in ["AlarmName", "AlarmArn", "StateValue", "StateReason", "StateUpdatedTimestamp"] { shown[name] = alarm[name] }
      return .object(shown)
    }
  }
}

extension CallContext {
  /// For a call that a room makes on the way, in the caller's name: plain JSON, whatever came from outside.
  var inside: CallContext {
    var context = self
    (context.memberCase, context.inputDialect, context.dialect) = (nil, .json, .json)
    return context
  }
}
