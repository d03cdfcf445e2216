import CloudWatch
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct MathAlarmTests {
  private func metric(_ id: String, _ name: String, _ stat: String = "Sum", returns: Bool = false) -> JSONValue {
    [
      "Id": .string(id),
      "MetricStat": ["Metric": ["Namespace": "N", "MetricName": .string(name)], "Period": 60, "Stat": .string(stat)],
      "ReturnData": .bool(returns),
    ]
  }

  private func put(_ watched: Watched, _ name: String, _ metrics: JSONValue, _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = [
      "AlarmName": .string(name), "Metrics": metrics, "EvaluationPeriods": 1, "Threshold": 0.5,
      "ComparisonOperator": "GreaterThanThreshold",
    ]
    for member in extra.keys { input[member] = extra[member] }
    try await watched.house.call("cloudwatch", "PutMetricAlarm", .object(input))
  }

  @Test func judgesAnExpressionAndTellsItAsAWSDoes() async throws {
    let watched = try await Watched()
    let metrics: JSONValue = [
      ["Id": "e1", "Expression": "errors / requests", "Label": "Error rate"], metric("errors", "Errors"), metric("requests", "Requests"),
    ]
    try await put(watched, "rate", metrics)
    for (errors, requests) in [(1.0, 10.0), (9.0, 10.0)] {
      try await watched.put(errors, ago: 0, "Errors")
      try await watched.put(requests, ago: 0, "Requests")
      await watched.minutes(1)
    }
    await watched.minutes(1)
    let alarm = try await watched.describe("rate")
    #expect(alarm["StateValue"] == "ALARM")
    #expect(alarm["Metrics"]?.array?.count == 3)
    #expect(alarm["MetricName"] == nil)
    #expect(
      alarm["StateReason"]?.string?.hasPrefix("Threshold Crossed: 1 out of the last 1 datapoints [0.9 (") == true,
      "\(alarm["StateReason"]?.string ?? "")")
    let data = try JSONValue(parsing: alarm["StateReasonData"]?.string ?? "")
    #expect(data["recentDatapoints"] == [0.9])
    #expect(data["statistic"] == nil)
    let event = try #require(watched.events("CloudWatch Alarm State Change", of: "rate").last)
    #expect(event["configuration"]?["metrics"]?[0]?["expression"] == "errors / requests")
    #expect(event["configuration"]?["metrics"]?[1]?["metricStat"]?["metric"]?["name"] == "Errors")
    #expect(event["previousState"]?["value"] == "OK")
    watched.close()
  }

  @Test func comparesWithABandThatWasLearned() async throws {
    let watched = try await Watched()
    let now = watched.house.clock.now()
    // Two days of the same, so that the band is narrow.
    for minute in stride(from: 5, through: 2_880, by: 5) {
      try await watched.put(100 + Double(minute % 7), at: now - .seconds(minute * 60))
    }
    let metrics: JSONValue = [
      metric("m1", "M", "Average", returns: true), ["Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)", "Label": "expected"],
    ]
    var extra: JSONObject = ["ThresholdMetricId": "ad1", "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"]
    var input: JSONObject = ["AlarmName": "odd", "Metrics": metrics, "EvaluationPeriods": 1]
    for member in extra.keys { input[member] = extra[member] }
    extra["TreatMissingData"] = "missing"
    try await watched.house.call("cloudwatch", "PutMetricAlarm", .object(input))
    await watched.house.drain()
    let detectors = try await watched.house.call("cloudwatch", "DescribeAnomalyDetectors")
    #expect(detectors["AnomalyDetectors"]?[0]?["StateValue"] == "TRAINED")
    #expect(detectors["AnomalyDetectors"]?[0]?["SingleMetricAnomalyDetector"]?["Stat"] == "Average")
    try await watched.put(103, ago: 0)
    await watched.minutes(1)
    await watched.minutes(1)
    #expect(try await watched.describe("odd")["StateValue"] == "OK")
    try await watched.put(500, ago: 0)
    await watched.minutes(2)
    let odd = try await watched.describe("odd")
    #expect(odd["StateReason"]?.string?.contains("was less than the lower thresholds [") == true, "\(odd["StateReason"]?.string ?? "")")
    let changes = watched.events("CloudWatch Alarm State Change", of: "odd").compactMap { $0["state"]?["value"]?.string }
    #expect(changes.prefix(2) == ["OK", "ALARM"])
    let data = try JSONValue(parsing: odd["StateReasonData"]?.string ?? "")
    #expect(data["recentUpperThresholds"]?[0]?.double.map { $0 < 500 && $0 > 100 } == true)
    #expect(data["threshold"] == nil)
    watched.close()
  }

  @Test func everySeriesOfAQueryIsJudgedByItself() async throws {
    let watched = try await Watched()
    let query = #"SELECT MAX(CPUUse) FROM SCHEMA("N", Host) GROUP BY Host ORDER BY MAX() DESC"#
    try await put(
      watched, "hosts", [["Id": "q1", "Expression": .string(query), "Period": 60]],
      ["Threshold": 10, "AlarmActions": ["https://example.test/hook"]])
    func load(_ values: [String: Double]) async throws {
      for (host, value) in values { try await watched.put(value, ago: 0, "CPUUse", ["Host": host]) }
      await watched.minutes(1)
    }
    func contributors() async throws -> [String] {
      let answer = try await watched.house.call("cloudwatch", "DescribeAlarmContributors", ["AlarmName": "hosts"])
      return (answer["AlarmContributors"]?.array ?? []).compactMap { $0["ContributorAttributes"]?["Host"]?.string }.sorted()
    }
    try await load(["a": 1, "b": 50, "c": 60])
    try await load(["a": 1, "b": 50, "c": 1])
    #expect(try await contributors() == ["b", "c"])
    let alarm = try await watched.describe("hosts")
    #expect(alarm["StateValue"] == "ALARM")
    #expect(alarm["StateReason"] == "2 out of 3 time series evaluated to ALARM")
    await watched.house.advance(by: .seconds(1))
    try await load(["a": 1, "b": 50])
    #expect(try await contributors() == ["b"])
    let events = watched.events("CloudWatch Alarm Contributor State Change", of: "hosts")
    #expect(events.count == 3)
    #expect(events.last?["alarmContributor"]?["attributes"] == ["Host": "c"])
    #expect(events.last?["state"]?["value"] == "OK")
    let lines = try await watched.history("hosts", "AlarmContributorStateUpdate")
    #expect(lines.count == 3)
    #expect(lines[0]["AlarmContributorId"]?.string?.utf8.count == 16)
    #expect(watched.house.seen.requests.count == 2)
    watched.close()
  }

  /// A series that the query does not yield any longer is OK however missing data is treated, and an alarm without any has insufficient
  /// data. Source: Amazon CloudWatch User Guide, "Missing data in CloudWatch Metrics Insights alarms".
  @Test(arguments: ["ignore", "breaching", "notBreaching", "missing"]) func seriesThatAreGoneAreOK(treatment: String) async throws {
    let watched = try await Watched()
    let query = #"SELECT MAX(CPUUse) FROM SCHEMA("N", Host) GROUP BY Host ORDER BY MAX() DESC"#
    try await put(
      watched, "hosts", [["Id": "q1", "Expression": .string(query), "Period": 60]],
      ["Threshold": 10, "TreatMissingData": .string(treatment)])
    try await watched.put(50, ago: 0, "CPUUse", ["Host": "a"])
    await watched.minutes(2)
    #expect(try await watched.describe("hosts")["StateValue"] == "ALARM")
    for _ in 0..<6 {
      try await watched.put(1, ago: 0, "CPUUse", ["Host": "b"])
      await watched.minutes(1)
    }
    let answer = try await watched.house.call("cloudwatch", "DescribeAlarmContributors", ["AlarmName": "hosts"])
    #expect(answer["AlarmContributors"]?.array?.isEmpty == true)
    #expect(try await watched.describe("hosts")["StateValue"] == "OK")
    let event = watched.events("CloudWatch Alarm Contributor State Change", of: "hosts").last
    #expect(event?["state"]?["reason"] == "No data was returned for this contributor")
    await watched.minutes(10)
    #expect(try await watched.describe("hosts")["StateValue"] == "INSUFFICIENT_DATA")
    watched.close()
  }

  @Test func whatNoAlarmCanWatchIsRefused() async throws {
    let watched = try await Watched()
    for (metrics, sentence) in [
      (
        [metric("m1", "A", returns: true), metric("m2", "B", returns: true)], "Exactly one element of the metrics list should return data."
      ),
      ([["Id": "e1", "Expression": "SEARCH('{N} M', 'Sum')"]], "SEARCH is not supported on Metric Alarms."),
      ([["Id": "e1", "Expression": "m9 * 2"]], "Error in expression 'e1': Undefined variable 'm9'"),
      ([["Id": "e1"]], "Either MetricStat or Expression must be specified for MetricDataQuery with id: e1."),
    ] as [(JSONValue, String)] {
      let input: JSONValue = [
        "AlarmName": "w", "Metrics": metrics, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
      ]
      let fault = await watched.house.fault("cloudwatch", "PutMetricAlarm", input)
      #expect(fault?.message == sentence)
    }
    watched.close()
  }
}
