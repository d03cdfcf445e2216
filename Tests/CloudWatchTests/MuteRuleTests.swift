import CloudWatch
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct MuteRuleTests {
  /// The test's clock begins on Thursday, 2026-01-01T00:00:00Z.
  private func muted(_ expression: String, _ duration: String, _ extra: JSONObject = [:]) async throws -> Watched {
    let watched = try await Watched()
    try await watched.alarm(
      "a",
      ["TreatMissingData": "ignore", "AlarmActions": ["https://example.test/alarm"], "OKActions": ["https://example.test/ok"]])
    await watched.house.drain()
    try await rule(watched, expression, duration, extra)
    return watched
  }

  private func rule(_ watched: Watched, _ expression: String, _ duration: String, _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = [
      "Name": "night", "Rule": ["Schedule": ["Expression": .string(expression), "Duration": .string(duration)]],
      "MuteTargets": ["AlarmNames": ["a"]],
    ]
    for member in extra.keys { input[member] = extra[member] }
    try await watched.house.call("cloudwatch", "PutAlarmMuteRule", .object(input))
  }
  private func told(_ watched: Watched) -> Int { watched.house.seen.requests.count }

  @Test func actsAtTheEndOfTheWindowIfTheAlarmIsStillInItsState() async throws {
    let watched = try await muted("cron(0 1 * * *)", "PT2H")
    await watched.house.advance(by: .seconds(3_700))
    try await watched.set("a", "ALARM")
    await watched.house.drain()
    #expect(told(watched) == 0)
    let event = try #require(watched.events("CloudWatch Alarm State Change", of: "a").last)
    #expect(event["muteDetail"]?["mutedByArn"] == "arn:aws:cloudwatch:eu-central-1:000000000000:alarm-mute-rule:night")
    #expect(event["muteDetail"]?["muteWindowEnd"] == "2026-01-01T03:00:00.000+0000")
    #expect(try await watched.history("a", "Action").first?["HistorySummary"]?.string?.contains("muted by alarm mute rule night") == true)
    let rule = try await watched.house.call("cloudwatch", "GetAlarmMuteRule", ["AlarmMuteRuleName": "night"])
    #expect(rule["Status"] == "ACTIVE")
    #expect(rule["MuteType"] == "RECURRING")
    await watched.house.advance(by: .seconds(2 * 3_600), step: .seconds(60))
    #expect(told(watched) == 1)
    // The next night: there and back within the window is nothing to be told.
    await watched.house.advance(by: .seconds(22 * 3_600))
    try await watched.set("a", "OK")
    try await watched.set("a", "ALARM")
    await watched.house.advance(by: .seconds(4 * 3_600), step: .seconds(600))
    #expect(told(watched) == 1)
    watched.close()
  }

  @Test func unmutesAtOnceWhatIsNoLongerMuted() async throws {
    let watched = try await muted("at(2026-01-01T00:00)", "PT6H")
    try await watched.set("a", "ALARM")
    await watched.house.drain()
    #expect(told(watched) == 0)
    try await watched.house.call("cloudwatch", "DeleteAlarmMuteRule", ["AlarmMuteRuleName": "night"])
    await watched.house.drain()
    #expect(told(watched) == 1)
    try await rule(watched, "at(2026-01-01T00:00)", "PT6H")
    try await watched.set("a", "OK")
    await watched.house.drain()
    #expect(told(watched) == 1)
    try await rule(watched, "at(2026-01-01T00:00)", "PT6H", ["MuteTargets": ["AlarmNames": ["other"]]])
    await watched.house.drain()
    #expect(told(watched) == 2)
    await watched.house.advance(by: .seconds(7 * 3_600))
    let listed = try await watched.house.call("cloudwatch", "ListAlarmMuteRules", ["Statuses": ["EXPIRED"]])
    #expect(listed["AlarmMuteRuleSummaries"]?[0]?["MuteType"] == "ONE_TIME")
    watched.close()
  }

  @Test(arguments: [
    ("cron(0 2 * * SUN)", "P1D", "UTC", "2026-01-04T01:59:00Z", "SCHEDULED"),
    ("cron(0 2 * * SUN)", "P1D", "UTC", "2026-01-04T02:00:00Z", "ACTIVE"),
    ("cron(0 2 * * 0)", "P1D", "UTC", "2026-01-05T01:59:00Z", "ACTIVE"),
    ("cron(0 18 * * 5)", "P2DT12H", "UTC", "2026-01-05T05:59:00Z", "ACTIVE"),
    ("cron(0 18 * * FRI)", "P2DT12H", "UTC", "2026-01-05T06:00:00Z", "SCHEDULED"),
    ("cron(0 1 1 * *)", "PT6H", "Asia/Tokyo", "2026-01-31T17:00:00Z", "ACTIVE"),
    ("cron(0 0 13 * FRI)", "PT1H", "UTC", "2026-01-13T00:30:00Z", "ACTIVE"),
    ("cron(0 0 13 * FRI)", "PT1H", "UTC", "2026-01-09T00:30:00Z", "ACTIVE"),
    ("at(2026-01-02T09:00)", "PT30M", "America/New_York", "2026-01-02T14:10:00Z", "ACTIVE"),
    ("at(2026-01-02T09:00)", "PT30M", "America/New_York", "2026-01-02T14:30:00Z", "EXPIRED"),
  ])
  func windowsAreThoseOfTheSchedule(_ expression: String, _ duration: String, _ zone: String, _ at: String, _ status: String) async throws {
    let watched = try await Watched()
    try await watched.house.call(
      "cloudwatch", "PutAlarmMuteRule",
      [
        "Name": "r",
        "Rule": ["Schedule": ["Expression": .string(expression), "Duration": .string(duration), "Timezone": .string(zone)]],
      ])
    watched.house.clock.advance(to: try #require(Timestamp(iso8601: at)))
    let rule = try await watched.house.call("cloudwatch", "GetAlarmMuteRule", ["AlarmMuteRuleName": "r"])
    #expect(rule["Status"]?.string == status)
    watched.close()
  }

  @Test func wrongSchedulesAreRefused() async throws {
    let watched = try await Watched()
    for (expression, duration, zone) in [
      ("cron(0 2 * * SUN *)", "PT1H", "UTC"), ("cron(61 2 * * *)", "PT1H", "UTC"), ("rate(1 hour)", "PT1H", "UTC"),
      ("cron(0 2 * * *)", "PT10S", "UTC"), ("cron(0 2 * * *)", "P16D", "UTC"), ("cron(0 2 * * *)", "1h", "UTC"),
      ("cron(0 2 * * *)", "PT1H", "Mars/Olympus"), ("at(2026-02-30T00:00)", "PT1H", "UTC"), ("cron(0 2 * * 9)", "PT1H", "UTC"),
    ] {
      let fault = await watched.house.fault(
        "cloudwatch", "PutAlarmMuteRule",
        [
          "Name": "r",
          "Rule": ["Schedule": ["Expression": .string(expression), "Duration": .string(duration), "Timezone": .string(zone)]],
        ])
      #expect(fault?.code == "ValidationError", "\(expression) \(duration) \(zone)")
    }
    watched.close()
  }
}
