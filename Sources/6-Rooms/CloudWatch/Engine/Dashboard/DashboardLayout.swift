import JSON
import ServiceKit

/// A dashboard being written: widgets in rows of two.
struct DashboardLayout: Sendable {
  private var widgets: [JSONValue] = []
  private let region: String
  private var y: Int64 = 0
  private var isLeft = true

  private init(_ region: String) { self.region = region }

  var document: JSONValue { ["start": "-PT3H", "periodOverride": "auto", "widgets": .array(widgets)] }

  private mutating func text(_ markdown: String) {
    if !isLeft { y += 6 }
    isLeft = true
    widgets.append(["type": "text", "x": 0, "y": .int(y), "width": 24, "height": 2, "properties": ["markdown": .string(markdown)]])
    y += 2
  }

  private mutating func place(_ type: String, _ properties: JSONObject, isWide: Bool = false) {
    if isWide, !isLeft {
      y += 6
      isLeft = true
    }
    widgets.append([
      "type": .string(type), "x": isLeft ? 0 : 12, "y": .int(y), "width": isWide ? 24 : 12, "height": 6, "properties": .object(properties),
    ])
    if isWide || !isLeft { y += 6 }
    isLeft = isWide || !isLeft
  }

  private mutating func metrics(_ title: String, _ rows: [JSONValue], stat: String, _ more: JSONObject = JSONObject()) {
    var properties: JSONObject = [
      "title": .string(title), "region": .string(region), "view": "timeSeries", "stat": .string(stat), "period": 60,
      "metrics": .array(rows),
    ]
    for (name, value) in more { properties[name] = value }
    place("metric", properties)
  }

  private static func quoted(_ text: String) -> String { text.filter { $0 != "\"" && $0 != "'" && $0 != "\\" } }

  private static let zero: JSONObject = ["yAxis": ["left": ["min": 0]]]

  /// Jobs of a queue: how they end, how long they take, what they use.
  static func queue(_ name: String, _ region: String) -> DashboardLayout {
    var layout = DashboardLayout(region)
    func search(_ metric: String, _ stat: String, _ label: String, each: Bool = false) -> JSONValue {
      let found = "SEARCH('{Martlet/Batch,JobDefinition,JobQueue} MetricName=\"\(metric)\" JobQueue=\"\(quoted(name))\"', '\(stat)')"
      return [["expression": .string(each ? found : "SUM(\(found))"), "label": .string(label)]]
    }
    layout.text("## Job queue \(name)")
    layout.metrics(
      "Jobs ended", [search("JobsSucceeded", "Sum", "Succeeded"), search("JobsFailed", "Sum", "Failed")], stat: "Sum", ["stacked": true])
    layout.metrics("Duration by definition", [search("Duration", "Average", "", each: true)], stat: "Average", zero)
    layout.metrics("CPU by definition", [search("CPUUtilization", "Average", "", each: true)], stat: "Average", zero)
    layout.metrics("Memory by definition", [search("MemoryUtilized", "Maximum", "", each: true)], stat: "Maximum", zero)
    layout.metrics("Disk", [search("DiskReadBytes", "Sum", "Read"), search("DiskWriteBytes", "Sum", "Written")], stat: "Sum", zero)
    layout.metrics("Network", [search("NetworkRxBytes", "Sum", "Received"), search("NetworkTxBytes", "Sum", "Sent")], stat: "Sum", zero)
    layout.logs("Latest lines of jobs", "/aws/batch/job")
    return layout
  }

  /// Executions of a state machine.
  static func workflow(_ name: String, _ arn: String, _ region: String) -> DashboardLayout {
    var layout = DashboardLayout(region)
    layout.text("## State machine \(name)")
    layout.workflow(arn)
    return layout
  }

  private mutating func workflow(_ arn: String) {
    func row(_ metric: String, _ color: String? = nil, stat: String? = nil) -> JSONValue {
      var options = JSONObject()
      if let color { options["color"] = .string(color) }
      if let stat {
        options["stat"] = .string(stat)
        options["label"] = .string(stat)
      }
      return ["AWS/States", .string(metric), "StateMachineArn", .string(arn), .object(options)]
    }
    metrics(
      "Executions",
      [
        row("ExecutionsStarted", "#1f77b4"), row("ExecutionsSucceeded", "#2ca02c"), row("ExecutionsFailed", "#d62728"),
        row("ExecutionsTimedOut", "#ff7f0e"), row("ExecutionsAborted", "#7f7f7f"),
      ], stat: "Sum", Self.zero)
    metrics(
      "Execution time (ms)", [row("ExecutionTime", stat: "p50"), row("ExecutionTime", stat: "p99"), row("ExecutionTime", stat: "Maximum")],
      stat: "p50", Self.zero)
  }

  /// What a schedule does, how its group fares, and its target where that has metrics.
  static func schedule(_ name: String, _ schedule: JSONValue, _ region: String) -> DashboardLayout {
    var layout = DashboardLayout(region)
    let target = schedule["Target"]?["Arn"]?.string ?? ""
    let zone = schedule["ScheduleExpressionTimezone"]?.string ?? "UTC"
    layout.text(
      "## Schedule \(name)\n`\(schedule["ScheduleExpression"]?.string ?? "")` (\(zone)), \(schedule["State"]?.string ?? ""), calls `\(target)`"
    )
    let group = name.split(separator: "/").first.map(String.init) ?? name
    func row(_ metric: String) -> JSONValue { ["AWS/Scheduler", .string(metric), "ScheduleGroup", .string(group)] }
    layout.metrics("Invocations of the group \(group)", [row("InvocationAttemptCount")], stat: "Sum", zero)
    layout.metrics(
      "Trouble in the group \(group)",
      [
        row("TargetErrorCount"), row("TargetErrorThrottledCount"), row("InvocationDroppedCount"),
        row("InvocationsSentToDeadLetterCount"),
      ], stat: "Sum", zero)
    if let arn = ARN(target), arn.service == "states", arn.resourceType == "stateMachine" { layout.workflow(target) }
    return layout
  }

  private mutating func logs(_ title: String, _ group: String) {
    place(
      "log",
      [
        "title": .string(title), "region": .string(region), "view": "table",
        "query": .string("SOURCE '\(group)' | fields @timestamp, @logStream, @message\n| sort @timestamp desc\n| limit 50"),
      ], isWide: true)
  }
}
