import JSON
import ServiceKit
import TestKit
import Testing
import Time

/// A wrong document and what AWS's validation says of it.
struct WrongDashboard: Sendable, CustomStringConvertible {
  var document: JSONValue
  var findings: [String]
  var description: String { findings.joined(separator: "; ") }

  static func metric(_ properties: JSONValue) -> JSONValue { ["widgets": [["type": "metric", "properties": properties]]] }

  static let all = [
    WrongDashboard(document: [:], findings: [": Should have required property 'widgets'"]),
    WrongDashboard(
      document: metric(["title": "x"]),
      findings: [
        "/widgets/0/properties: Should have required property 'metrics'",
        "/widgets/0/properties: The metric widget should have specified a region and a data source or an alarm annotation",
        "/widgets/0/properties: Should have required property 'annotations'",
      ]),
    WrongDashboard(
      document: metric(["region": "r", "metrics": [["N", "M", ["FunctionName": "f"]]]]),
      findings: ["/widgets/0/properties/metrics/0: Should NOT have more than 2 items"]),
    WrongDashboard(
      document: metric(["region": "r", "metrics": [["N", "M", ["stat": "Sum"], ["label": "x"]]]]),
      findings: [
        "/widgets/0/properties/metrics/0/2: Invalid metric field type, only \"String\" type is allowed",
        "/widgets/0/properties/metrics/0: Should NOT have more than 2 items",
      ]),
    WrongDashboard(
      document: metric(["region": "r", "metrics": [["N", "M", ["color": "red"]]]]),
      findings: [
        "/widgets/0/properties/metrics/0/2/color: Should match pattern \"^#(([0-9a-fA-F]{3}){1,2})$\"",
        "/widgets/0/properties/metrics/0: Should NOT have more than 2 items",
      ]),
    WrongDashboard(
      document: metric(["region": "r", "view": "gauge", "metrics": [["N", "M"]], "yAxis": ["left": ["min": 0]]]),
      findings: ["/widgets/0/properties/yAxis/left: Should have required property 'max'"]),
    WrongDashboard(
      document: ["widgets": [["type": "alarm", "properties": ["alarms": []]]]],
      findings: ["/widgets/0/properties/alarms: Should NOT have less than 1 items"]),
    WrongDashboard(
      document: ["widgets": [["type": "text", "x": 24, "y": 0, "width": 25, "properties": ["markdown": 1]]]],
      findings: [
        "/widgets/0/x: Should be <= 23", "/widgets/0/width: Should be <= 24", "/widgets/0/properties/markdown: Should be string",
      ]),
    WrongDashboard(
      document: ["widgets": [], "end": "2026-01-01T00:00:00Z"], findings: [": Should have property start when property end is present"]),
  ]
}

@Suite struct DashboardTests {
  @Test(arguments: WrongDashboard.all)
  func wrongDocumentsAreRefusedWithEveryFinding(_ wrong: WrongDashboard) async throws {
    let room = try await MetricRoom()
    let fault = await room.fault("PutDashboard", ["DashboardName": "d", "DashboardBody": .string(wrong.document.text)])
    #expect(fault?.code == "DashboardInvalidInputError" && fault?.queryCode == "InvalidParameterInput")
    #expect(fault?.message.hasPrefix("The dashboard body is invalid, there are \(wrong.findings.count) validation errors:\n[") == true)
    let told = fault?.fields["dashboardValidationMessages"]?.array?.map {
      "\($0["DataPath"]?.string ?? ""): \($0["Message"]?.string ?? "")"
    }
    #expect(told == wrong.findings)
  }

  @Test func documentsAreKeptAsTheyAre() async throws {
    let room = try await MetricRoom()
    let body = """
      {"start":"-PT6H","periodOverride":"inherit","variables":[{"type":"property","property":"Model","inputType":"input","id":"m"}],
       "widgets":[{"type":"text","x":0,"y":0,"width":3,"height":3,"properties":{"markdown":"ü"},"color":"x"}, {"type":"log","properties":
       {"region":"r","query":"SOURCE 'g' | fields @message","view":"table"}}, {"type":"custom","properties":{"endpoint":"arn"}},
       {"type":"explorer","properties":{"metrics":[{"metricName":"m","resourceType":"r"}],"labels":[]}},
       {"type":"metric","properties":{"region":"r","metrics":[["N","M","D","v"],["...","w",{"yAxis":"right"}],[{"expression":"m1"}]],
       "view":"table","table":{"layout":"vertical","summaryColumns":["MIN"]}}}]}
      """
    let put = try await room.call("PutDashboard", ["DashboardName": "models-1", "DashboardBody": .string(body)])
    #expect(
      put["DashboardValidationMessages"] == [
        ["DataPath": "/widgets/0", "Message": "The \"color\" property is not expected to be part of a widget definition, will be ignored"]
      ])
    let got = try await room.call("GetDashboard", ["DashboardName": "models-1"])
    #expect(got["DashboardBody"]?.string == body)
    #expect(got["DashboardArn"] == "arn:aws:cloudwatch::000000000000:dashboard/models-1")
    let listed = try await room.call("ListDashboards", ["DashboardNamePrefix": "mod"])["DashboardEntries"]
    #expect(listed?[0]?["Size"]?.int == Int64(body.utf8.count))
    #expect(await room.fault("DeleteDashboards", ["DashboardNames": ["models-1", "none"]])?.code == "DashboardNotFoundError")
    try await room.call("DeleteDashboards", ["DashboardNames": ["models-1"]])
    let gone = await room.fault("GetDashboard", ["DashboardName": "models-1"])
    #expect(gone?.message == "Dashboard models-1 does not exist" && gone?.status == 404)
  }

  @Test func namesAndTextsAreChecked() async throws {
    let room = try await MetricRoom()
    func message(_ input: JSONValue) async -> String { await room.fault("PutDashboard", input)?.message ?? "" }
    #expect(
      await message(["DashboardName": "a b", "DashboardBody": "{}"])
        == "The value a b for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_)."
    )
    #expect(await message(["DashboardName": "a", "DashboardBody": "{"]) == "The field DashboardBody must be a valid JSON object")
    #expect(await message(["DashboardName": "a", "DashboardBody": "[]"]) == "The field DashboardBody must be a valid JSON object")
    #expect(await message(["DashboardBody": "{}"]) == "The parameter DashboardName is required")
  }

  @Test func oneCallAnswersAWholeDashboard() async throws {
    let room = try await MetricRoom()
    try await room.put("Loss", [4, 3, 2], [("Model", "a")])
    try await room.put("Loss", [8, 7, 6], [("Model", "b")])
    let body: JSONValue = [
      "periodOverride": "inherit",
      "variables": [["type": "property", "property": "Model", "inputType": "input", "id": "m", "defaultValue": "a"]],
      "widgets": [
        [
          "type": "metric",
          "properties": [
            "region": "eu-central-1", "period": 60, "title": "Loss",
            "metrics": [
              ["N", "Loss", "Model", "x", ["id": "m1"]],
              [["expression": "m1 * 10", "label": "ten ${LAST}", "yAxis": "right", "color": "#123456"]],
            ],
          ],
        ],
        [
          "type": "metric",
          "properties": [
            "region": "eu-central-1", "view": "singleValue", "setPeriodToTimeRange": true, "stat": "p50",
            "metrics": [["N", "Loss", "Model", "x"]],
          ],
        ],
        ["type": "text", "properties": ["markdown": "# Hello"]],
        ["type": "alarm", "properties": ["alarms": ["arn:aws:cloudwatch:eu-central-1:000000000000:alarm:none"]]],
        ["type": "log", "properties": ["region": "eu-central-1", "query": "fields @message"]],
        ["type": "metric", "properties": ["region": "eu-central-1", "metrics": [[["expression": "nothing + 1"]]]]],
      ],
    ]
    let answer = try await room.call("GetDashboardData", ["DashboardBody": .string(body.text), "Variables": ["m": "b"]])
    let widgets = try #require(answer["Widgets"]?.array)
    #expect(widgets.map { $0["Index"]?.int } == [0, 1, 2, 3, 4, 5])
    #expect(widgets[0]["MetricData"]?.array?.map { $0["Values"] } == [[8, 7, 6], [80, 70, 60]])
    #expect(widgets[0]["MetricData"]?[1]?["Label"] == "ten 60" && widgets[0]["MetricData"]?[1]?["YAxis"] == "right")
    #expect(widgets[1]["MetricData"]?[0]?["Values"] == [7])
    #expect(widgets[2]["Markdown"] == "# Hello")
    #expect(widgets[3]["Alarms"]?[0]?["StateValue"] == "NOT_FOUND")
    #expect(widgets[4]["Status"] == "ValidationError" && widgets[4]["Message"]?.string?.contains("SOURCE") == true)
    #expect(widgets[5]["Status"] == "ValidationError" && widgets[5]["Message"]?.string?.contains("Undefined variable 'nothing'") == true)
    let chosen = try await room.call(
      "GetDashboardData",
      ["DashboardBody": .string(body.text), "Widgets": [2], "StartTime": .int(room.now - 60), "EndTime": .int(room.now)])
    #expect(chosen["Widgets"]?.array?.count == 1 && chosen["StartTime"]?.int == room.now - 60)
    #expect(await room.fault("GetDashboardData", ["DashboardName": "none"])?.code == "DashboardNotFoundError")
    #expect(await room.fault("GetDashboardData", ["AutomaticDashboardName": "JobQueue/none"])?.code == "DashboardNotFoundError")
  }

  @Test func tagsAreKeptWithDashboardsAndStreams() async throws {
    let room = try await MetricRoom()
    try await room.call("PutDashboard", ["DashboardName": "d", "DashboardBody": "{\"widgets\":[]}", "Tags": [["Key": "a", "Value": "1"]]])
    let stream = try await room.call(
      "PutMetricStream",
      ["Name": "s", "FirehoseArn": "http://x", "RoleArn": "arn:aws:iam::000000000000:role/r", "OutputFormat": "json"])["Arn"]
    for arn in [JSONValue.string("arn:aws:cloudwatch::000000000000:dashboard/d"), try #require(stream)] {
      try await room.call("TagResource", ["ResourceARN": arn, "Tags": [["Key": "b", "Value": "2"]]])
      try await room.call("UntagResource", ["ResourceARN": arn, "TagKeys": ["a"]])
      #expect(try await room.call("ListTagsForResource", ["ResourceARN": arn])["Tags"] == [["Key": "b", "Value": "2"]])
    }
    // Putting a dashboard again leaves its tags.
    try await room.call("PutDashboard", ["DashboardName": "d", "DashboardBody": "{\"widgets\":[]}"])
    let tags = try await room.call("ListTagsForResource", ["ResourceARN": "arn:aws:cloudwatch::000000000000:dashboard/d"])["Tags"]
    #expect(tags == [["Key": "b", "Value": "2"]])
  }

  @Test func alarmsAreShownInTheirState() async throws {
    let room = try await MetricRoom()
    try await room.call(
      "PutMetricAlarm",
      [
        "AlarmName": "slow", "Namespace": "N", "MetricName": "m", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
      ])
    try await room.call("SetAlarmState", ["AlarmName": "slow", "StateValue": "ALARM", "StateReason": "test"])
    let body = #"{"widgets":[{"type":"alarm","properties":{"alarms":["arn:aws:cloudwatch:eu-central-1:000000000000:alarm:slow"]}}]}"#
    let shown = try await room.call("GetDashboardData", ["DashboardBody": .string(body)])["Widgets"]?[0]?["Alarms"]?[0]
    #expect(shown?["StateValue"] == "ALARM" && shown?["StateReason"] == "test")
  }

  @Test func workflowsHaveADashboardByThemselves() async throws {
    let room = try await MetricRoom()
    try await room.house.open { OtherRoom($0) }
    let listed = try await room.call("ListAutomaticDashboards")
    #expect(listed["DashboardEntries"]?.array?.map { $0["DashboardName"] } == ["StateMachine/train", "StateMachine/test"])
    let first = try await room.call("ListAutomaticDashboards", ["MaxResults": 1])
    #expect(first["DashboardEntries"]?.array?.map { $0["DashboardName"] } == ["StateMachine/train"])
    let second = try await room.call("ListAutomaticDashboards", ["MaxResults": 1, "NextToken": try #require(first["NextToken"])])
    #expect(second["DashboardEntries"]?.array?.map { $0["DashboardName"] } == ["StateMachine/test"])
    #expect(await room.fault("GetAutomaticDashboard", ["DashboardName": "StateMachine/none"])?.code == "DashboardNotFoundError")
    let body = try await room.call("GetAutomaticDashboard", ["DashboardName": "StateMachine/test"])["DashboardBody"]?.string
    // It is a dashboard like others.
    try await room.call("PutDashboard", ["DashboardName": "copy", "DashboardBody": .string(try #require(body))])
    let data = try await room.call("GetDashboardData", ["AutomaticDashboardName": "StateMachine/test"])
    #expect(data["Widgets"]?.array?.allSatisfy { $0["Status"] == "Complete" } == true)
  }
}
