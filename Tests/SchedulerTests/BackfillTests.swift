import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct BackfillTests {
  private func instant(_ text: String) throws -> JSONValue { .double(try #require(Timestamp(iso8601: text)).epochSeconds) }

  @Test func runNowDisturbsNothing() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)", ["State": "DISABLED"])
    await timed.house.advance(by: .seconds(600))
    try await timed.house.call("scheduler", "RunSchedule", ["Name": "s", "Input": "by hand"])
    await timed.house.drain()
    #expect(try await timed.received() == ["by hand"])
    #expect(try await timed.runs() == ["00:10:00 FIRED MANUAL DELIVERED"])
    let status = try await timed.house.call("scheduler", "GetScheduleStatus", ["Name": "s"])
    #expect(status["State"] == "DISABLED" && status["NextRuns"]?.array?.isEmpty == true)
  }

  @Test func aDryRunListsAndFiresNothing() async throws {
    let timed = try await Timed(at: "2026-01-10T00:00:00Z")
    try await timed.schedule("cron(0 6 * * ? *)")
    let answer = try await timed.house.call(
      "scheduler", "StartBackfill",
      [
        "Name": "s", "From": instant("2026-01-01T00:00:00Z"), "To": instant("2026-01-04T00:00:00Z"), "Order": "NEWEST_FIRST",
        "DryRun": true,
      ])
    #expect(answer["Count"] == 3 && answer["Backfill"]?.isNull ?? true)
    let instants = (answer["Instants"]?.array ?? []).compactMap { $0.double.map { Timestamp(epochSeconds: $0).iso8601() } }
    #expect(instants == ["2026-01-03T06:00:00Z", "2026-01-02T06:00:00Z", "2026-01-01T06:00:00Z"])
    await timed.house.drain()
    #expect(try await timed.received().isEmpty)
  }

  @Test func instantsOfThePastAreFiredWithTheirTime() async throws {
    let timed = try await Timed(at: "2026-01-10T00:00:00Z")
    // A rate is followed back to before the schedule was made.
    try await timed.schedule("rate(6 hours)", ["State": "DISABLED"])
    let started = try await timed.house.call(
      "scheduler", "StartBackfill",
      ["Name": "s", "From": instant("2026-01-01T00:00:00Z"), "To": instant("2026-01-02T00:00:00Z"), "Concurrency": 1])
    let id = try #require(started["Backfill"]?["Id"])
    await timed.house.drain()
    #expect(
      try await timed.received() == ["00", "06", "12", "18"].map { #"{"at":"2026-01-01T\#($0):00:00Z"}"# })
    let shown = try await timed.house.call("scheduler", "DescribeBackfill", ["Id": id])
    #expect(shown["Status"] == "COMPLETED" && shown["Delivered"] == 4 && shown["Unfinished"] == 0)
    #expect(try await timed.runs().allSatisfy { $0.hasSuffix("FIRED BACKFILL DELIVERED") })
    #expect(try await timed.house.call("scheduler", "ListBackfills", ["Name": "s"])["Backfills"]?.array?.count == 1)
  }

  @Test func noMoreAreUnfinishedThanItMay() async throws {
    let timed = try await Timed(at: "2026-01-10T00:00:00Z")
    var target = try #require(Timed.target.object)
    // A queue that is not there fails for good; here it is tried again, because it throttles.
    target["Arn"] = "arn:aws:counting:eu-central-1:000000000000:all"
    let room = try await timed.house.open { CountingRoom($0) }
    try await timed.schedule("cron(0 * * * ? *)", ["Target": .object(target)])
    room.refuse(.throttling("not now"))
    let started = try await timed.house.call(
      "scheduler", "StartBackfill",
      ["Name": "s", "From": instant("2026-01-01T00:00:00Z"), "To": instant("2026-01-02T00:00:00Z"), "Concurrency": 3])
    let id = try #require(started["Backfill"]?["Id"])
    await timed.house.drain()
    let waiting = try await timed.house.call("scheduler", "DescribeBackfill", ["Id": id])
    #expect(waiting["Unfinished"] == 3 && waiting["Started"] == 3 && waiting["Total"] == 24)
    room.refuse(nil)
    await timed.house.advance(by: .seconds(10), step: .seconds(1))
    #expect(room.counts.values.reduce(0, +) == 24)
    #expect(try await timed.house.call("scheduler", "DescribeBackfill", ["Id": id])["Status"] == "COMPLETED")
  }

  @Test func aCancelledOneFiresNothingMore() async throws {
    let timed = try await Timed(at: "2026-01-10T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)")
    let started = try await timed.house.call("scheduler", "StartBackfill", ["Name": "s", "From": instant("2026-01-01T00:00:00Z")])
    let id = try #require(started["Backfill"]?["Id"])
    try await timed.house.call("scheduler", "CancelBackfill", ["Id": id])
    await timed.house.drain()
    #expect(try await timed.received().isEmpty)
    #expect(await timed.house.fault("scheduler", "CancelBackfill", ["Id": id])?.code == "ConflictException")
  }

  @Test func rulesAreFilledInToo() async throws {
    let timed = try await Timed(at: "2026-01-10T00:00:00Z")
    try await timed.house.call("events", "PutRule", ["Name": "r", "ScheduleExpression": "cron(0 6 * * ? *)"])
    try await timed.house.call(
      "events", "PutTargets",
      ["Rule": "r", "Targets": [["Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "InputPath": "$.time"]]])
    let started = try await timed.house.call(
      "scheduler", "StartBackfill", ["RuleName": "r", "From": instant("2026-01-08T00:00:00Z"), "Concurrency": 1])
    await timed.house.drain()
    #expect(try await timed.received() == [#""2026-01-08T06:00:00Z""#, #""2026-01-09T06:00:00Z""#])
    let id = try #require(started["Backfill"]?["Id"])
    #expect(try await timed.house.call("scheduler", "DescribeBackfill", ["Id": id])["Status"] == "COMPLETED")
  }
}
