import Foundation
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct WidgetImageTests {
  func picture(_ room: MetricRoom, _ widget: JSONValue, keep name: String? = nil) async throws -> Picture {
    let answer = try await room.call("GetMetricWidgetImage", ["MetricWidget": .string(widget.text)])
    let blob = try #require(answer["MetricWidgetImage"]?.string.flatMap { Data(base64Encoded: $0) })
    if let name, let folder = ProcessInfo.processInfo.environment["MARTLET_PICTURES"] {
      try blob.write(to: URL(filePath: "\(folder)/\(name).png"))
    }
    return try #require(Picture(Array(blob)))
  }

  func filled() async throws -> MetricRoom {
    let room = try await MetricRoom()
    func wave(_ base: Double, _ size: Double) -> [Double] {
      (0..<170).map { base + size * sin(Double($0) / 12) + Double($0 % 7) / 7 * size / 4 }
    }
    try await room.put("Duration", wave(40, 12), [("Model", "resnet")], unit: "Seconds")
    try await room.put("Duration", wave(70, 20), [("Model", "bert")], unit: "Seconds")
    try await room.put("Jobs", wave(300, 100), [], unit: "Count")
    return room
  }

  static let rows: JSONValue = [
    ["N", "Duration", "Model", "resnet", ["label": "resnet ${MAX}"]], ["...", "bert"], [".", "Jobs", ["yAxis": "right", "stat": "Sum"]],
  ]

  @Test func linesStandWhereTheirValuesAre() async throws {
    let room = try await MetricRoom()
    try await room.put("flat", Array(repeating: 50, count: 180))
    let picture = try await picture(
      room,
      [
        "metrics": [["N", "flat", ["color": "#ff0000"]]], "width": 400, "height": 300, "period": 60, "legend": ["position": "hidden"],
        "yAxis": ["left": ["min": 0, "max": 100]],
      ])
    #expect(picture.width == 400 && picture.height == 300)
    #expect(picture.color(0, 0) == 0xFFFFFF)
    let red = picture.places(0xFF0000)
    #expect(red.count > 300)
    // In the middle of the plot, from one side to the other.
    #expect(red.allSatisfy { abs($0.y - 140) < 8 } && (red.map(\.x).min() ?? 999) < 60 && (red.map(\.x).max() ?? 0) > 370)
  }

  @Test func marksAreDrawnAtTheirPlaces() async throws {
    let room = try await MetricRoom()
    try await room.put("flat", Array(repeating: 20, count: 180))
    let middle = Timestamp(seconds: room.now - 5_400).iso8601()
    let picture = try await picture(
      room,
      [
        "metrics": [["N", "flat"]], "width": 400, "height": 300, "theme": "dark", "legend": ["position": "hidden"], "period": 60,
        "yAxis": ["left": ["min": 0, "max": 100]],
        "annotations": [
          "horizontal": [["value": 75, "color": "#00ff00", "fill": "above", "label": "too much"]],
          "vertical": [["value": .string(middle), "color": "#0000ff"]],
        ],
      ], keep: "marks")
    #expect(picture.color(0, 0) == 0x161D26)
    let green = picture.places(0x00FF00)
    #expect(green.isEmpty || green.allSatisfy { abs($0.y - 75) < 20 })
    // The shade above the line is neither background nor line.
    #expect(picture.color(370, 30) != 0x161D26 && picture.color(370, 200) == 0x161D26)
    let blue = picture.places(0x0000FF).map(\.x)
    #expect(blue.allSatisfy { abs($0 - 215) < 10 })
  }

  @Test(arguments: ["timeSeries", "bar", "pie", "singleValue", "gauge", "table"])
  func everyViewIsDrawnInEverySize(_ view: String) async throws {
    let room = try await filled()
    for (width, height) in [(1, 1), (40, 30), (2_000, 40), (30, 2_000), (600, 400)] as [(Int64, Int64)] {
      var widget: JSONObject = [
        "metrics": Self.rows, "view": .string(view), "width": .int(width), "height": .int(height), "title": "Training", "period": 60,
        "sparkline": true,
      ]
      if view == "gauge" { widget["yAxis"] = ["left": ["min": 0, "max": 500]] }
      let picture = try await picture(room, .object(widget), keep: width == 600 ? view : nil)
      #expect(picture.width == Int(width) && picture.height == Int(height))
      if width == 600, view != "table" { #expect(!picture.places(0x1F77B4).isEmpty, "\(view)") }
    }
  }

  @Test func stackedAreasAndAlarms() async throws {
    let room = try await filled()
    let stacked = try await picture(
      room,
      [
        "metrics": Self.rows, "stacked": true, "title": "Stacked", "period": 300, "timezone": "+0130", "legend": ["position": "right"],
        "annotations": ["horizontal": [[["value": 60, "label": "top", "color": "#9467bd"], ["value": 30, "label": "bottom"]]]],
      ], keep: "stacked")
    #expect(stacked.width == 600)
    try await room.call(
      "PutMetricAlarm",
      [
        "AlarmName": "slow", "Namespace": "N", "MetricName": "Duration", "Dimensions": [["Name": "Model", "Value": "bert"]],
        "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1, "Threshold": 80, "ComparisonOperator": "GreaterThanThreshold",
      ])
    let alarm = try await picture(
      room, ["annotations": ["alarms": ["arn:aws:cloudwatch:eu-central-1:000000000000:alarm:slow"]]], keep: "alarm")
    #expect(!alarm.places(0x1F77B4).isEmpty)
    let band = try await picture(
      room,
      [
        "metrics": [
          ["N", "Duration", "Model", "bert", ["id": "m"]], [["expression": "ANOMALY_DETECTION_BAND(m, 2)", "label": "expected"]],
        ],
        "period": 60,
      ], keep: "band")
    #expect(band.height == 400)
    let empty = try await picture(room, ["metrics": [["N", "nothing"]]], keep: "empty")
    #expect(empty.width == 600)
  }

  @Test(arguments: [
    ("{", "The field MetricWidget must be a valid JSON object"), ("{}", "Should have required property 'metrics'"),
    (#"{"metrics":[["N","M"]],"width":2001}"#, "Should be <= 2000"), (#"{"metrics":[["N"]]}"#, "Should NOT have less than 2 items"),
    (#"{"metrics":[["N","M"]],"start":"yesterday"}"#, "neither an ISO 8601 time nor a duration"),
    (#"{"metrics":[["N","M"]],"theme":"pink"}"#, "Should be equal to one of the allowed values"),
    (#"{"metrics":[[{"expression":"SUM("}]]}"#, "Invalid syntax"),
    (#"{"metrics":[["N","M",{"stat":"p101"}]]}"#, "Should be a valid statistic"),
  ])
  func wrongDocumentsAreRefused(_ widget: String, _ sentence: String) async throws {
    let room = try await MetricRoom()
    let fault = await room.fault("GetMetricWidgetImage", ["MetricWidget": .string(widget)])
    #expect(fault?.code == "ValidationError" && fault?.message.contains(sentence) == true, "\(fault?.message ?? "")")
    #expect(await room.fault("GetMetricWidgetImage", ["MetricWidget": "{}", "OutputFormat": "gif"])?.code == "ValidationError")
  }
}
