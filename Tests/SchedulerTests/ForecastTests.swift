import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct ForecastTests {
  private func instant(_ text: String) throws -> JSONValue { .double(try #require(Timestamp(iso8601: text)).epochSeconds) }

  @Test func itTellsHowOftenEachFiresAndWhatClocksDo() async throws {
    let timed = try await Timed(at: "2027-10-30T00:00:00Z")
    try await timed.schedule("cron(0/30 * * * ? *)", zone: "Europe/Berlin")
    let answer = try await timed.house.call(
      "scheduler", "ForecastSchedules", ["From": instant("2027-10-30T00:00:00Z"), "To": instant("2027-11-01T00:00:00Z")])
    // On the 31st, 02:00 and 02:30 come twice and fire once.
    #expect(answer["Count"] == 94)
    let schedule = answer["Schedules"]?[0]
    #expect(schedule?["Count"] == 94 && schedule?["DoubledLocalTimes"] == 2 && schedule?["SkippedLocalTimes"] == 0)
    #expect(answer["ClockChanges"]?[0]?["OffsetBefore"] == 7_200)
  }

  @Test func hoursAddUp() async throws {
    let timed = try await Timed(at: "2026-01-01T00:20:00Z")
    try await timed.schedule("rate(10 minutes)", ["StartDate": instant("2026-01-01T01:00:00Z")])
    try await timed.house.call("events", "PutRule", ["Name": "r", "ScheduleExpression": "cron(15 * * * ? *)"])
    func hours(_ rules: Bool) async throws -> [Int64] {
      let answer = try await timed.house.call(
        "scheduler", "ForecastSchedules", ["By": "HOUR", "To": instant("2026-01-01T03:00:00Z"), "Rules": .bool(rules)])
      return (answer["Hours"]?.array ?? []).compactMap { $0["Count"]?.int }
    }
    #expect(try await hours(false) == [6, 6])
    #expect(try await hours(true) == [1, 1])
  }

  @Test func whatIsOffForecastsNothingAndPagesGoOn() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)", ["Name": "a"])
    try await timed.schedule("cron(0 * * * ? *)", ["Name": "b", "State": "DISABLED"])
    let first = try await timed.house.call("scheduler", "ForecastSchedules", ["MaxResults": 1])
    #expect(first["Count"] == 168)
    let second = try await timed.house.call(
      "scheduler", "ForecastSchedules", ["MaxResults": 1, "NextToken": try #require(first["NextToken"])])
    #expect(second["Count"] == 0 && second["NextToken"]?.isNull ?? true)
    let years: JSONValue = ["From": try instant("2026-01-01T00:00:00Z"), "To": try instant("2028-01-01T00:00:00Z")]
    #expect(await timed.house.fault("scheduler", "ForecastSchedules", years)?.code == "ValidationException")
  }
}
