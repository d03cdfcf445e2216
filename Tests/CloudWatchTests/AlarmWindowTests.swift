import CloudWatch
import JSON
import ServiceKit
import TestKit
import Testing
import Time

/// Windows that slide, windows by the clock, and warm-up. The clock begins at 2026-01-01T00:00:00Z, a Thursday.
@Suite struct AlarmWindowTests {
  private let start: Int64 = 1_767_225_600

  /// A period of five minutes ends with every minute: the user guide's "minutes 1 to 5, then minutes 2 to 6".
  @Test func windowsSlideByMinutes() async throws {
    let watched = try await Watched()
    try await watched.alarm("s", ["Period": 300, "EvaluationPeriods": 1, "Statistic": "Sum", "TreatMissingData": "ignore"])
    for minute in 0..<7 { try await watched.put(minute == 6 ? 11 : 0, at: Timestamp(seconds: start + Int64(minute) * 60)) }
    await watched.minutes(5)
    #expect(try await watched.describe("s")["StateValue"] == "OK")
    // The seventh minute ends at 00:07; periods at multiples of five minutes would end at 00:10.
    await watched.minutes(2)
    await watched.house.advance(by: .seconds(1))
    let alarm = try await watched.describe("s")
    #expect(alarm["StateValue"] == "ALARM")
    let data = try JSONValue(parsing: alarm["StateReasonData"]?.string ?? "")
    #expect(data["evaluatedDatapoints"]?[0]?["timestamp"] == "2026-01-01T00:02:00.000+0000")
    watched.close()
  }

  @Test func expressionsSlideToo() async throws {
    let watched = try await Watched()
    let stat: JSONValue = ["Metric": ["Namespace": "N", "MetricName": "M"], "Period": 300, "Stat": "Sum"]
    try await watched.house.call(
      "cloudwatch", "PutMetricAlarm",
      [
        "AlarmName": "e", "EvaluationPeriods": 1, "Threshold": 20, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
        "Metrics": [["Id": "m", "MetricStat": stat, "ReturnData": false], ["Id": "e", "Expression": "FILL(m, 0) * 2"]],
      ])
    for minute in 0..<7 { try await watched.put(minute == 6 ? 11 : 0, at: Timestamp(seconds: start + Int64(minute) * 60)) }
    await watched.minutes(6)
    #expect(try await watched.describe("e")["StateValue"] == "OK")
    await watched.minutes(1)
    await watched.house.advance(by: .seconds(1))
    #expect(try await watched.describe("e")["StateValue"] == "ALARM")
    let played = try await watched.house.call("cloudwatch", "BacktestAlarm", ["AlarmName": "e", "StartTime": .int(start)])
    #expect(played["StateChanges"]?.array?.map { $0["Timestamp"]?.double } == [Double(start), Double(start + 420)])
    watched.close()
  }

  @Test func theBacktestSlidesAsTheAlarmDid() async throws {
    let watched = try await Watched()
    try await watched.alarm("live", ["Period": 180, "EvaluationPeriods": 1, "Statistic": "Sum", "TreatMissingData": "notBreaching"])
    for minute in 0..<40 {
      if minute % 7 != 3 { try await watched.put(minute % 11 == 5 ? 50 : 1, ago: 0) }
      await watched.minutes(1)
    }
    await watched.minutes(1)
    let lived = watched.events("CloudWatch Alarm State Change", of: "live").compactMap { $0["state"]?["value"]?.string }
    let answer = try await watched.house.call("cloudwatch", "BacktestAlarm", ["AlarmName": "live", "StartTime": .int(start)])
    #expect(answer["StateChanges"]?.array?.compactMap { $0["NewStateValue"]?.string } == lived)
    #expect(lived.count > 5)
    watched.close()
  }

  /// The day in Berlin ends at 23:00 UTC in winter; the one on which clocks are put forward, 2026-03-29, has 23 hours.
  @Test func wallClockWindowsAreDaysOfAZone() async throws {
    let watched = try await Watched()
    let window: JSONObject = [
      "Period": 86_400, "EvaluationPeriods": 1, "Statistic": "Sum", "Threshold": 2,
      "EvaluationWindow": ["WallClockWindow": ["Timezone": "Europe/Berlin"]],
    ]
    try await watched.alarm("day", window)
    // Two before midnight in Berlin, one after: no day has more than two.
    watched.house.clock.advance(to: Timestamp(seconds: start + 22 * 3_600))
    for hour: Int64 in [21, 22, 23] { try await watched.put(1, at: Timestamp(seconds: start + hour * 3_600)) }
    await watched.house.advance(by: .seconds(3_660), step: .seconds(60))
    #expect(try await watched.describe("day")["StateValue"] == "OK")
    await watched.house.advance(by: .seconds(86_400), step: .seconds(600))
    #expect(try await watched.history("day", "StateUpdate").count == 1)
    let shown = try await watched.describe("day")["EvaluationWindow"]
    #expect(shown?["WallClockWindow"]?["Timezone"] == "Europe/Berlin")
    let march: Int64 = 1_774_738_800  // 2026-03-28T23:00:00Z, midnight in Berlin
    watched.house.clock.advance(to: Timestamp(seconds: march + 22 * 3_600))
    for hour: Int64 in [0, 10, 23] { try await watched.put(1, at: Timestamp(seconds: march + hour * 3_600)) }
    await watched.house.advance(by: .seconds(3_720), step: .seconds(60))
    #expect(try await watched.describe("day")["StateValue"] != "ALARM")
    try await watched.put(1, at: Timestamp(seconds: march + 11 * 3_600))
    await watched.house.advance(by: .seconds(3_600), step: .seconds(60))
    // Hours 0, 10 and 11; hour 23 is of the next day.
    #expect(try await watched.describe("day")["StateValue"] == "ALARM")
    watched.close()
  }

  @Test func windowsThatCanNotBeAreRefused() async throws {
    let watched = try await Watched()
    for (window, period, words) in [
      (["WallClockWindow": [:]], 120, "60, 300, 3600, 86400 or 604800"), (["WallClockWindow": ["Timezone": "Mars/Base"]], 60, "Timezone"),
      (["WallClockWindow": ["Timezone": "+05:31"]], 60, "multiple of 5 minutes"), ([:], 60, "exactly one of"),
      (["WallClockWindow": [:], "SlidingWindow": [:]], 60, "exactly one of"),
    ] as [(JSONValue, Int64, String)] {
      let input: JSONValue = [
        "AlarmName": "w", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": .int(period), "EvaluationPeriods": 1,
        "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "EvaluationWindow": window,
      ]
      let fault = await watched.house.fault("cloudwatch", "PutMetricAlarm", input)
      #expect(fault?.code == "ValidationError" && fault?.message.contains(words) == true, "\(fault?.message ?? "")")
    }
    try await watched.alarm("slides", ["EvaluationWindow": ["SlidingWindow": [:]]])
    try await watched.alarm("by the clock", ["EvaluationWindow": ["WallClockWindow": ["Timezone": "UTC+05:30"]]])
    let why = try await watched.house.call("cloudwatch", "ExplainAlarm", ["AlarmName": "by the clock"])
    #expect(why["Rule"]?.string?.hasPrefix("3 of 3 data points of 60 seconds by the clock of UTC+05:30 of Average of N M") == true)
    watched.close()
  }

  @Test func aWarmUpKeepsMissingDataFromActing() async throws {
    let watched = try await Watched()
    let bad: JSONObject = ["TreatMissingData": "breaching", "EvaluationPeriods": 2, "AlarmActions": ["https://example.test/hook"]]
    func alarm(_ name: String, _ warmUp: JSONValue) async throws {
      var extra = bad
      extra["WarmUpConfiguration"] = warmUp
      try await watched.alarm(name, extra)
    }
    try await alarm("early", ["WarmUpPeriodDurationInMinutes": 10])
    try await alarm("whole", ["WarmUpPeriodDurationInMinutes": 10, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": true])
    try await alarm("silent", ["WarmUpPeriodDurationInMinutes": 5])
    await watched.minutes(2)
    for name in ["early", "whole", "silent"] { #expect(try await watched.describe(name)["StateValue"] == "INSUFFICIENT_DATA") }
    #expect(watched.house.seen.requests.isEmpty)
    let why = try await watched.house.call("cloudwatch", "ExplainAlarm", ["AlarmName": "whole"])
    #expect(why["KeptBack"] == ["The alarm warms up until 2026-01-01T00:10:00Z."] && why["CurrentEvaluation"] == nil)
    try await watched.put(1, ago: 2)
    try await watched.put(1, ago: 1)
    await watched.minutes(1)
    await watched.house.advance(by: .seconds(2), step: .seconds(1))
    // Both periods have data: one begins, the other waits; so does the third, which looks at another metric below.
    #expect(try await watched.describe("early")["StateValue"] == "OK")
    #expect(try await watched.describe("whole")["StateValue"] == "INSUFFICIENT_DATA")
    await watched.minutes(4)
    // What has begun goes on, data or not.
    #expect(try await watched.describe("early")["StateValue"] == "ALARM")
    #expect(try await watched.describe("whole")["StateValue"] == "INSUFFICIENT_DATA")
    await watched.minutes(5)
    #expect(try await watched.describe("whole")["StateValue"] == "ALARM")
    // A longer one does not begin again.
    try await alarm("whole", ["WarmUpPeriodDurationInMinutes": 2_880, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": true])
    for ago in [2, 1, 0] { try await watched.put(1, ago: ago) }
    await watched.minutes(2)
    #expect(try await watched.describe("whole")["StateValue"] == "OK")
    #expect(try await watched.describe("whole")["WarmUpConfiguration"]?["WarmUpPeriodDurationInMinutes"] == 2_880)
    watched.close()
  }

  @Test func messagesAndEventsTellTheTagsThatAreWanted() async throws {
    let watched = try await Watched()
    try await watched.alarm(
      "t",
      [
        "AlarmActions": ["https://example.test/hook"],
        "Tags": [["Key": "team", "Value": "ml"], ["Key": "cost", "Value": "7"]],
        "ActionConfiguration": ["AlarmTagsPropagation": ["Enabled": true, "ExcludedTagKeys": ["cost"]]],
      ])
    try await watched.set("t", "ALARM")
    await watched.house.drain()
    let event = try #require(watched.events("CloudWatch Alarm State Change", of: "t").last)
    #expect(event["alarmTags"] == [["key": "team", "value": "ml"]] && event["alarmTagsStatus"] == "SUCCESS")
    let message = try JSONValue(parsing: try #require(watched.house.seen.requests.first).body)
    #expect(message["AlarmTags"] == [["Key": "team", "Value": "ml"]] && message["AlarmTagsStatus"] == "SUCCESS")
    try await watched.composite("c", "ALARM(t)", ["ActionConfiguration": ["AlarmTagsPropagation": ["Enabled": true]]])
    #expect(watched.events("CloudWatch Alarm State Change", of: "c").last?["alarmTags"] == [])
    let fault = await watched.house.fault(
      "cloudwatch", "PutCompositeAlarm",
      [
        "AlarmName": "c", "AlarmRule": "ALARM(t)",
        "ActionConfiguration": ["AlarmTagsPropagation": ["Enabled": true, "IncludedTagKeys": ["a"], "ExcludedTagKeys": ["b"]]],
      ])
    #expect(fault?.code == "ValidationError")
    watched.close()
  }

  /// Data that is too young to say anything leaves the state: only where all of it is missing it is insufficient.
  @Test func oneYoungBreachLeavesTheState() async throws {
    let watched = try await Watched()
    for ago in [3, 2, 1] { try await watched.put(1, ago: ago) }
    try await watched.alarm("y")
    await watched.house.drain()
    #expect(try await watched.describe("y")["StateValue"] == "OK")
    // Three minutes pass, then the good data is out of the range of five and one bad point is in it: ----X.
    await watched.minutes(4)
    try await watched.put(50, ago: 0)
    await watched.minutes(1)
    await watched.house.advance(by: .seconds(1))
    #expect(try await watched.history("y", "StateUpdate").count == 1)
    #expect(try await watched.describe("y")["StateValue"] == "OK")
    watched.close()
  }
}
