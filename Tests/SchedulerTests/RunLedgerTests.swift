import EventBridge
import JSON
import ServiceKit
import Store
import TestKit
import Testing
import Time

extension Timed {
  /// The runs of the schedule `s`, or of a rule, oldest first, as `due outcome cause target`.
  func runs(_ extra: JSONObject = [:]) async throws -> [String] {
    var input: JSONObject = ["Order": "OLDEST_FIRST", "MaxResults": 1_000]
    if extra["RuleName"] == nil { input["Name"] = "s" }
    for (member, value) in extra { input[member] = value }
    let answer = try await house.call("scheduler", "ListScheduleRuns", .object(input))
    return (answer["Runs"]?.array ?? []).map { run in
      let due = Timestamp(epochSeconds: run["Due"]?.double ?? 0).iso8601()
      let target = run["Targets"]?[0]?["Status"]?.string ?? "-"
      return "\(due.dropFirst(11).dropLast()) \(run["Outcome"]?.string ?? "") \(run["Cause"]?.string ?? "") \(target)"
    }
  }

  func update(_ expression: String, _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = [
      "Name": "s", "ScheduleExpression": .string(expression), "FlexibleTimeWindow": ["Mode": "OFF"], "Target": Self.target,
    ]
    for (member, value) in extra { input[member] = value }
    try await house.call("scheduler", "UpdateSchedule", .object(input))
  }

  /// Time passes without a server.
  func away(until: String) async throws {
    house.clock.advance(to: try #require(Timestamp(iso8601: until)))
    await house.drain()
  }
}

@Suite struct RunLedgerTests {
  @Test func everyInstantEndsInTheLedgerWithItsTargetsAnswer() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0/30 * * * ? *)")
    await timed.house.advance(by: .seconds(3_660), step: .seconds(60))
    #expect(try await timed.runs() == ["00:30:00 FIRED SCHEDULE DELIVERED", "01:00:00 FIRED SCHEDULE DELIVERED"])
    let answer = try await timed.house.call("scheduler", "ListScheduleRuns", ["Name": "s", "MaxResults": 1])
    let target = answer["Runs"]?[0]?["Targets"]?[0]
    #expect(target?["Attempts"] == 1 && target?["Answer"]?["MessageId"]?.string != nil)
    // The page after the newest holds the one before it.
    let token = try #require(answer["NextToken"])
    let second = try await timed.house.call("scheduler", "ListScheduleRuns", ["Name": "s", "MaxResults": 1, "NextToken": token])
    #expect(second["Runs"]?.array?.count == 1 && second["NextToken"]?.isNull ?? true)
    #expect(second["Runs"]?[0]?["Due"] != answer["Runs"]?[0]?["Due"])
  }

  @Test func deliveriesOfRunsAndOfTheLogAreOneList() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0/10 * * * ? *)")
    // Two go the short way, one finds no queue and is given up, one more goes the short way.
    await timed.house.advance(by: .seconds(1_260), step: .seconds(60))
    try await timed.house.call("sqs", "DeleteQueue", ["QueueUrl": .string(timed.queue)])
    await timed.house.advance(by: .seconds(600), step: .seconds(1))
    try await timed.house.call("sqs", "CreateQueue", ["QueueName": "q"])
    await timed.house.advance(by: .seconds(600), step: .seconds(1))
    func page(_ extra: JSONObject) async throws -> JSONValue {
      var input: JSONObject = ["Name": "s"]
      for (member, value) in extra { input[member] = value }
      return try await timed.house.call("scheduler", "ListDeliveries", .object(input))
    }
    let all = try await page([:])["Deliveries"]?.array ?? []
    let times = all.compactMap { $0["Time"]?.double }
    #expect(times == times.sorted(by: >) && all.count == 4)
    let delivered = all.filter { $0["Outcome"] == "DELIVERED" }
    #expect(Set(delivered.compactMap { $0["DeliveryId"]?.string }).count == 3)
    #expect(delivered.allSatisfy { $0["Sent"]?.string?.hasPrefix(#"{"at":"2026-01-01T00:"#) ?? false && $0["SentBytes"] == 29 })
    #expect(delivered.allSatisfy { $0["Answer"]?["MessageId"]?.string != nil })
    #expect(all.contains { $0["Outcome"] == "DROPPED" && $0["ErrorCode"] == "QueueDoesNotExist" })
    // The same in pages of one, and by the id of one.
    var paged: [JSONValue] = []
    var token: JSONValue?
    repeat {
      var input: JSONObject = ["MaxResults": 1]
      if let token { input["NextToken"] = token }
      let answer = try await page(input)
      paged += answer["Deliveries"]?.array ?? []
      token = answer["NextToken"].flatMap { $0.isNull ? nil : $0 }
    } while token != nil && paged.count < 100
    #expect(paged == all)
    let first = try #require(all.last)
    #expect(try await page(["Id": try #require(first["DeliveryId"])])["Deliveries"] == [first])
  }

  @Test func outcomesAreMetrics() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)")
    try await timed.away(until: "2026-01-01T03:30:00Z")
    let counted = await timed.house.counted().filter { $0.namespace == "Martlet/Scheduler" }
    #expect(counted.first { $0.name == "RunsMissed" }?.value == 2)
    let late = try #require(counted.first { $0.name == "RunsLate" })
    #expect(late.value == 1 && late.dimensions == ["ScheduleGroup": "default", "ScheduleName": "s"])
  }

  @Test func aFailingTargetIsToldUntilItIsGivenUp() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    var target = try #require(Timed.target.object)
    target["Arn"] = "arn:aws:sqs:eu-central-1:000000000000:gone"
    try await timed.schedule("at(2026-01-01T00:01:00)", ["Target": .object(target)])
    await timed.house.advance(by: .seconds(61), step: .seconds(1))
    #expect(try await timed.runs() == ["00:01:00 FIRED SCHEDULE FAILED"])
  }

  @Test func policiesSayWhatFiresAfterAnAbsence() async throws {
    for (mode, cap, wanted) in [
      ("SKIP", nil, ["01:00:00 SKIPPED SCHEDULE -", "02:00:00 SKIPPED SCHEDULE -", "03:00:00 SKIPPED SCHEDULE -"]),
      ("LATEST", nil, ["01:00:00 MISSED SCHEDULE -", "02:00:00 MISSED SCHEDULE -", "03:00:00 LATE SCHEDULE DELIVERED"]),
      ("ALL", 2, ["01:00:00 MISSED SCHEDULE -", "02:00:00 LATE SCHEDULE DELIVERED", "03:00:00 LATE SCHEDULE DELIVERED"]),
    ] as [(String, Int64?, [String])] {
      let timed = try await Timed(at: "2026-01-01T00:00:00Z")
      try await timed.schedule("cron(0 * * * ? *)")
      var policy: JSONObject = ["Name": "s", "Mode": .string(mode)]
      policy["Cap"] = cap.map { .int($0) }
      #expect(try await timed.house.call("scheduler", "PutCatchUpPolicy", .object(policy))["Mode"]?.string == mode)
      try await timed.away(until: "2026-01-01T03:30:00Z")
      await timed.house.advance(by: .seconds(5), step: .milliseconds(100))
      #expect(try await timed.runs() == wanted)
      // The timer goes on.
      await timed.house.advance(by: .seconds(1_795), step: .seconds(60))
      #expect(try await timed.runs().last == "04:00:00 FIRED SCHEDULE DELIVERED")
    }
  }

  @Test func catchingUpFiresInOrderAndNotAllAtOnce() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(* * * * ? *)")
    try await timed.house.call("scheduler", "PutCatchUpPolicy", ["Mode": "ALL", "Cap": 45])
    timed.house.clock.advance(to: try #require(Timestamp(iso8601: "2026-01-01T01:00:30Z")))
    await timed.house.drain()
    #expect(try await timed.runs().count { $0.contains("LATE") } == 10)
    await timed.house.advance(by: .seconds(10), step: .milliseconds(100))
    let runs = try await timed.runs()
    #expect(runs.count == 60 && runs.prefix(15).allSatisfy { $0.contains("MISSED") })
    #expect(runs.dropFirst(15).allSatisfy { $0.hasSuffix("LATE SCHEDULE DELIVERED") })
  }

  @Test func instantsWhileSwitchedOffAreSkipped() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)")
    await timed.house.advance(by: .seconds(3_660), step: .seconds(60))
    try await timed.update("cron(0 * * * ? *)", ["State": "DISABLED"])
    await timed.house.advance(by: .seconds(7_200))
    let wanted = ["01:00:00 FIRED SCHEDULE DELIVERED", "02:00:00 SKIPPED SCHEDULE -", "03:00:00 SKIPPED SCHEDULE -"]
    // Told before they are written down, page by page as well.
    #expect(try await timed.runs() == wanted)
    var (paged, token) = ([Double](), JSONValue.null)
    repeat {
      let page = try await timed.house.call("scheduler", "ListScheduleRuns", ["Name": "s", "MaxResults": 1, "NextToken": token])
      paged += (page["Runs"]?.array ?? []).compactMap { $0["Due"]?.double }
      token = page["NextToken"] ?? .null
    } while !token.isNull
    #expect(paged.count == 3 && paged == paged.sorted(by: >))
    #expect(await timed.house.counted().contains { $0.name == "RunsSkipped" } == false)
    try await timed.update("cron(0 * * * ? *)")
    await timed.house.drain()
    #expect(try await timed.runs() == wanted)
    #expect(await timed.house.counted().first { $0.name == "RunsSkipped" }?.value == 2)
    #expect(try await timed.received().count == 1)
  }

  @Test func whatWasDueBeforeAnEditIsAccountedFor() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)")
    // The edit comes before the server has looked at what is due.
    timed.house.clock.advance(to: try #require(Timestamp(iso8601: "2026-01-01T02:00:00.500Z")))
    try await timed.update("cron(30 * * * ? *)")
    await timed.house.drain()
    #expect(try await timed.runs() == ["01:00:00 MISSED SCHEDULE -", "02:00:00 FIRED SCHEDULE DELIVERED"])
    await timed.house.advance(by: .seconds(1_800), step: .seconds(60))
    #expect(try await timed.runs().last == "02:30:00 FIRED SCHEDULE DELIVERED")
  }

  @Test func theLedgerStaysAWeekLongerThanItsSchedule() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(* * * * ? *)")
    await timed.house.advance(by: .seconds(9_000), step: .seconds(60))
    #expect(try await timed.runs().count == 150)
    try await timed.house.call("scheduler", "DeleteSchedule", ["Name": "s"])
    await timed.house.advance(by: .seconds(6 * 86_400))
    #expect(try await timed.runs().count == 150)
    await timed.house.advance(by: .seconds(2 * 86_400))
    let left = try await timed.house.store.read { try $0.count(ScheduledRun.kind, in: TestHouse.partition, prefix: "") }
    #expect(left == 0)
    #expect(await timed.house.fault("scheduler", "ListScheduleRuns", ["Name": "s"])?.code == "ResourceNotFoundException")
  }

  @Test func aScheduleThatDeletesItselfLeavesItsRun() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("at(2026-01-01T00:01:00)", ["ActionAfterCompletion": "DELETE"])
    await timed.house.advance(by: .seconds(61), step: .seconds(1))
    #expect(await timed.house.fault("scheduler", "GetSchedule", ["Name": "s"])?.code == "ResourceNotFoundException")
    #expect(try await timed.runs() == ["00:01:00 FIRED SCHEDULE DELIVERED"])
  }

  @Test func onlyTheLatestAreKept() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(* * * * ? *)")
    // Eight days are 11,520 minutes; of the first ones only the count stays.
    try await timed.away(until: "2026-01-09T00:00:30Z")
    let kept = try await timed.house.store.read { try $0.count(ScheduledRun.kind, in: TestHouse.partition, prefix: "") }
    #expect((10_000...10_512).contains(kept))
    #expect(await timed.house.counted().first { $0.name == "RunsMissed" }?.value == 11_519)
  }

  @Test func rulesHaveRunsToo() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.house.call("events", "PutRule", ["Name": "r", "ScheduleExpression": "cron(0 * * * ? *)"])
    try await timed.house.call(
      "events", "PutTargets", ["Rule": "r", "Targets": [["Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q"]]])
    try await timed.away(until: "2026-01-01T02:10:00Z")
    #expect(try await timed.runs(["RuleName": "r"]) == ["01:00:00 MISSED SCHEDULE -", "02:00:00 LATE SCHEDULE DELIVERED"])
    try await timed.house.call("events", "DisableRule", ["Name": "r"])
    await timed.house.advance(by: .seconds(3_600))
    try await timed.house.call("events", "EnableRule", ["Name": "r"])
    #expect(try await timed.runs(["RuleName": "r"]).last == "03:00:00 SKIPPED SCHEDULE -")
    try await timed.house.call("scheduler", "RunSchedule", ["RuleName": "r"])
    await timed.house.drain()
    #expect(try await timed.runs(["RuleName": "r"]).last == "03:10:00 FIRED MANUAL DELIVERED")
    let statuses = try await timed.house.call("scheduler", "ListScheduleStatuses", ["Rules": true])
    #expect(statuses["Schedules"]?[0]?["LastRun"]?["Cause"] == "MANUAL")
  }
}
