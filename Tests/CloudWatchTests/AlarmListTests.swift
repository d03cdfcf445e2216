import CloudWatch
import JSON
import ServiceKit
import Store
import TestKit
import Testing
import Time

@Suite struct AlarmListTests {
  private func pages(_ watched: Watched, _ input: JSONObject) async throws -> [String] {
    var (input, names) = (input, [String]())
    for _ in 0..<100 {
      let page = try await watched.house.call("cloudwatch", "DescribeAlarms", .object(input))
      let found = (page["MetricAlarms"]?.array ?? []) + (page["CompositeAlarms"]?.array ?? [])
      names += found.compactMap { $0["AlarmName"]?.string }.sorted()
      guard let next = page["NextToken"], !next.isNull else { return names }
      input["NextToken"] = next
    }
    return names
  }

  @Test func bothKindsArePagedTogether() async throws {
    let watched = try await Watched()
    for number in 0..<7 { try await watched.alarm("m\(number)", ["TreatMissingData": "ignore"]) }
    for number in 0..<5 { try await watched.composite("m\(number)c", "ALARM(m\(number))") }
    await watched.house.drain()
    let all = (0..<7).flatMap { $0 < 5 ? ["m\($0)", "m\($0)c"] : ["m\($0)"] }
    for size in [1, 2, 3, 5, 50] {
      let found = try await pages(
        watched, ["MaxRecords": .int(Int64(size)), "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]])
      #expect(found == all, "\(size)")
    }
    #expect(try await pages(watched, ["MaxRecords": 2]).count == 7)
    #expect(try await pages(watched, ["AlarmNamePrefix": "m3", "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]]) == ["m3", "m3c"])
    try await watched.set("m2", "ALARM")
    #expect(
      try await pages(watched, ["StateValue": "ALARM", "MaxRecords": 1, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]]) == ["m2", "m2c"])
    watched.close()
  }

  @Test func historyOutlivesItsAlarmForThirtyDays() async throws {
    let watched = try await Watched()
    try await watched.alarm("old", ["TreatMissingData": "ignore"])
    try await watched.alarm("new", ["TreatMissingData": "ignore"])
    await watched.house.drain()
    try await watched.set("old", "ALARM")
    try await watched.composite("c", "ALARM(new)")
    try await watched.house.call("cloudwatch", "DeleteAlarms", ["AlarmNames": ["old"]])
    let lines = try await watched.history("old")
    #expect(lines.map { $0["HistoryItemType"]?.string } == ["ConfigurationUpdate", "StateUpdate", "ConfigurationUpdate"])
    #expect(lines.map { $0["HistorySummary"]?.string }.last == "Alarm \"old\" deleted")
    let all = try await watched.house.call("cloudwatch", "DescribeAlarmHistory", ["MaxRecords": 2, "ScanBy": "TimestampAscending"])
    #expect(all["AlarmHistoryItems"]?.array?.count == 2)
    #expect(all["NextToken"]?.string != nil)
    let composites = try await watched.house.call("cloudwatch", "DescribeAlarmHistory", ["AlarmTypes": ["CompositeAlarm"]])
    #expect(composites["AlarmHistoryItems"]?.array?.allSatisfy { $0["AlarmName"] == "c" } == true)
    await watched.house.advance(by: .seconds(31 * 86_400), step: .seconds(86_400))
    #expect(try await watched.history("old").isEmpty)
    let left = try await watched.house.store.read { transaction in
      try transaction.lastSequence(of: .init("cloudwatch.alarm-history/old", in: TestHouse.partition))
    }
    #expect(left == 0)
    watched.close()
  }

  @Test func puttingTheSameAgainChangesNothing() async throws {
    let watched = try await Watched()
    try await watched.alarm("s")
    await watched.house.advance(by: .seconds(90))
    let before = try await watched.describe("s")
    try await watched.alarm("s")
    #expect(try await watched.describe("s") == before)
    try await watched.alarm("s", ["Threshold": 11])
    #expect(try await watched.history("s", "ConfigurationUpdate").count == 2)
    watched.close()
  }

  @Test func tagsAreThoseOfTheFirstPut() async throws {
    let watched = try await Watched()
    try await watched.alarm("t", ["Tags": [["Key": "team", "Value": "ml"]]])
    try await watched.alarm("t", ["Threshold": 12, "Tags": [["Key": "other", "Value": "x"]]])
    let arn = try await watched.describe("t")["AlarmArn"] ?? .null
    try await watched.house.call("cloudwatch", "TagResource", ["ResourceARN": arn, "Tags": [["Key": "a", "Value": "b"]]])
    let tags = try await watched.house.call("cloudwatch", "ListTagsForResource", ["ResourceARN": arn])
    #expect(tags["Tags"]?.array?.compactMap { $0["Key"]?.string } == ["a", "team"])
    watched.close()
  }

  @Test func silentAlarmsRestAndWakeWhenDataComes() async throws {
    let watched = try await Watched()
    try await watched.alarm("q", ["EvaluationPeriods": 1, "TreatMissingData": "notBreaching"])
    await watched.minutes(3)
    #expect(try await watched.describe("q")["StateValue"] == "OK")
    #expect(watched.room.alarmsAtWork == 0)
    // Ahead of its time: judged when the time has come.
    try await watched.put(99, at: watched.house.clock.now() + .seconds(600))
    await watched.minutes(2)
    #expect(try await watched.describe("q")["StateValue"] == "OK")
    await watched.minutes(10)
    #expect(try await watched.history("q", "StateUpdate").contains { $0["HistorySummary"] == "Alarm updated from OK to ALARM" })
    watched.close()
  }

  @Test func percentilesOfTooFewSamplesChangeNothing() async throws {
    let watched = try await Watched()
    var extra: JSONObject = [
      "ExtendedStatistic": "p99", "EvaluationPeriods": 1, "EvaluateLowSampleCountPercentile": "ignore", "TreatMissingData": "ignore",
    ]
    extra["Statistic"] = .null
    try await watched.alarm("p", extra)
    try await watched.put(50, ago: 1)
    await watched.minutes(1)
    #expect(try await watched.describe("p")["StateValue"] == "INSUFFICIENT_DATA")
    #expect(try await watched.describe("p")["ExtendedStatistic"] == "p99")
    watched.close()
  }
}
