import CloudWatch
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct BacktestTests {
  /// An hour of values a minute: high from minute 20 to 29.
  private func hour() async throws -> Watched {
    let watched = try await Watched()
    let start = watched.house.clock.now()
    for minute in 0..<60 { try await watched.put((20..<30).contains(minute) ? 50 : 1, at: start + .seconds(minute * 60 + 1)) }
    watched.house.clock.advance(by: .seconds(3_600))
    return watched
  }
  private let definition: JSONValue = [
    "AlarmName": "planned", "Namespace": "N", "MetricName": "M", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
  ]

  @Test func playsADefinitionOverThePast() async throws {
    let watched = try await hour()
    let answer = try await watched.house.call(
      "cloudwatch", "BacktestAlarm", ["MetricAlarm": definition, "StartTime": 1_767_225_600, "EndTime": 1_767_229_200])
    let changes = answer["StateChanges"]?.array ?? []
    #expect(changes.map { $0["NewStateValue"]?.string } == ["INSUFFICIENT_DATA", "OK", "ALARM", "OK"].suffix(3))
    // Two of three high minutes have passed at 00:22, and two of three low ones at 00:32.
    #expect(changes[1]["Timestamp"]?.double == 1_767_226_920.0)
    #expect(changes[2]["Timestamp"]?.double == 1_767_227_520.0)
    #expect(answer["SecondsInState"]?["ALARM"] == 600.0)
    #expect(answer["Counts"]?["ALARM"] == 1)
    #expect(changes[1]["StateReason"]?.string?.contains("(minimum 2 datapoints for OK -> ALARM transition)") == true)
    let listed = try await watched.house.call("cloudwatch", "DescribeAlarms")
    #expect(listed["MetricAlarms"] == [])
    watched.close()
  }

  /// The backtest finds what the same alarm did when its time was now.
  @Test func agreesWithWhatTheAlarmDid() async throws {
    let watched = try await Watched()
    try await watched.alarm("live", ["EvaluationPeriods": 2, "DatapointsToAlarm": 1, "TreatMissingData": "notBreaching"])
    let start = watched.house.clock.now()
    for minute in 0..<40 {
      if minute % 7 != 3 { try await watched.put(minute % 11 == 5 ? 50 : 1, ago: 0) }
      await watched.minutes(1)
    }
    await watched.minutes(1)
    let lived = watched.events("CloudWatch Alarm State Change", of: "live").compactMap { $0["state"]?["value"]?.string }
    let answer = try await watched.house.call(
      "cloudwatch", "BacktestAlarm", ["AlarmName": "live", "StartTime": .double(start.epochSeconds)])
    #expect(answer["StateChanges"]?.array?.compactMap { $0["NewStateValue"]?.string } == lived)
    #expect(lived.count > 5)
    watched.close()
  }

  @Test func playsRulesOverAlarmsThatExist() async throws {
    let watched = try await hour()
    try await watched.alarm("one", ["EvaluationPeriods": 1])
    try await watched.alarm("three", ["EvaluationPeriods": 3])
    let answer = try await watched.house.call(
      "cloudwatch", "BacktestAlarm",
      [
        "CompositeAlarm": ["AlarmName": "c", "AlarmRule": "ALARM(one) AND NOT ALARM(three)"], "StartTime": 1_767_225_600,
        "EndTime": 1_767_229_200,
      ])
    let changes = answer["StateChanges"]?.array ?? []
    #expect(changes.map { $0["NewStateValue"]?.string } == ["OK", "ALARM", "OK"])
    #expect(answer["SecondsInState"]?["ALARM"] == 120.0)
    watched.close()
  }

  @Test func tellsWhyAndWhatIsKeptBack() async throws {
    let watched = try await hour()
    try await watched.alarm("w", ["EvaluationPeriods": 1])
    await watched.minutes(1)
    try await watched.house.call("cloudwatch", "DisableAlarmActions", ["AlarmNames": ["w"]])
    let answer = try await watched.house.call("cloudwatch", "ExplainAlarm", ["AlarmName": "w"])
    #expect(answer["Rule"] == "1 of 1 data points of 60 seconds of Average of N M greater than 10.0; missing data is missing")
    #expect(answer["KeptBack"] == ["The actions of the alarm are disabled."])
    #expect(answer["DataPoints"]?[0]?["IsBreaching"] == false)
    try await watched.composite("c", "ALARM(w) OR OK(w)")
    let composite = try await watched.house.call("cloudwatch", "ExplainAlarm", ["AlarmName": "c"])
    #expect(composite["CurrentEvaluation"] == "ALARM: the rule holds")
    watched.close()
  }
}
