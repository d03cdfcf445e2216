import EventBridge
import JSON
import Scheduler
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct ScheduleOperationTests {
  @Test func secondsAreForOpenLimitsOnly() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("rate(10 seconds)", ["StartDate": .double(1_767_225_610)])
    await timed.house.advance(by: .seconds(30), step: .seconds(1))
    #expect(try await timed.received().count == 3)
    let strict = try TestHouse(limits: .aws)
    try await strict.open { CountingRoom($0) }
    try await strict.open { Scheduler($0) }
    try await strict.open { EventBridge($0) }
    for expression in ["rate(10 seconds)", "cron(0/10 * * * * ? *)", "at(2027-01-01T00:00:00.5)"] {
      let fault = await strict.fault(
        "scheduler", "CreateSchedule",
        [
          "Name": "s", "ScheduleExpression": .string(expression), "FlexibleTimeWindow": ["Mode": "OFF"],
          "Target": ["Arn": "arn:aws:counting:eu-central-1:000000000000:all", "RoleArn": "arn:aws:iam::000000000000:role/r"],
        ])
      #expect(fault?.message == "Invalid Schedule Expression \(expression).")
    }
    let fault = await strict.fault("events", "PutRule", ["Name": "r", "ScheduleExpression": "rate(10 seconds)"])
    #expect(fault?.message == "Parameter ScheduleExpression is not valid.")
  }

  @Test func aTimeThatIsOverIsRefused() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:30Z")
    let over = "Invalid Schedule Expression at(2026-01-01T00:00:00)."
    func input(_ expression: JSONValue, _ zone: JSONValue = "UTC") -> JSONValue {
      [
        "Name": "s", "ScheduleExpression": expression, "ScheduleExpressionTimezone": zone, "FlexibleTimeWindow": ["Mode": "OFF"],
        "Target": Timed.target,
      ]
    }
    #expect(await timed.house.fault("scheduler", "CreateSchedule", input("at(2026-01-01T00:00:00)"))?.message == over)
    // The same on the clocks of New York is five hours away.
    try await timed.house.call("scheduler", "CreateSchedule", input("at(2026-01-01T00:00:00)", "America/New_York"))
    await timed.house.advance(by: .seconds(6 * 3_600), step: .seconds(30))
    #expect(try await timed.runs() == ["05:00:00 FIRED SCHEDULE DELIVERED"])
    // One that is over can still be described otherwise, and can not be given a time that is over.
    try await timed.house.call("scheduler", "UpdateSchedule", input("at(2026-01-01T00:00:00)", "America/New_York"))
    #expect(await timed.house.fault("scheduler", "UpdateSchedule", input("at(2026-01-01T00:00:00)"))?.message == over)
  }

  @Test func aRateWithoutAStartBeginsAtOnce() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:30Z")
    try await timed.schedule("rate(1 hour)")
    await timed.house.advance(by: .seconds(3_600), step: .seconds(60))
    #expect(try await timed.runs() == ["00:00:30 FIRED SCHEDULE DELIVERED", "01:00:30 FIRED SCHEDULE DELIVERED"])
  }

  @Test func flexibleWindowsSpreadAndFireEachInstantOnce() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    // A window longer than the period: no instant is called after the next is due.
    let window: JSONValue = ["Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60]
    for name in ["a", "b", "c", "d", "e", "f"] {
      try await timed.schedule("cron(0/30 * * * ? *)", ["Name": .string(name), "FlexibleTimeWindow": window])
    }
    await timed.house.advance(by: .seconds(3 * 3_600), step: .seconds(1))
    var places: Set<Int64> = []
    for name in ["a", "b", "c", "d", "e", "f"] {
      let answer = try await timed.house.call("scheduler", "ListScheduleRuns", ["Name": .string(name), "Order": "OLDEST_FIRST"])
      let runs = answer["Runs"]?.array ?? []
      #expect(runs.count == 5 || runs.count == 6)
      for run in runs {
        let place = (run["At"]?.double ?? 0) - (run["Due"]?.double ?? 0)
        #expect(run["Outcome"] == "FIRED" && place >= 0 && place <= 1_801)
        places.insert(Int64(place / 180))
      }
    }
    // Spread over most tenths of the half hour.
    #expect(places.count >= 7)
  }

  @Test func updatesReplaceEverything() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule(
      "cron(0 * * * ? *)", zone: "Europe/Berlin", ["Description": "d", "State": "DISABLED", "ActionAfterCompletion": "DELETE"])
    try await timed.update("cron(5 * * * ? *)")
    let found = try await timed.house.call("scheduler", "GetSchedule", ["Name": "s"])
    #expect(found["ScheduleExpressionTimezone"] == "UTC" && found["State"] == "ENABLED" && found["ActionAfterCompletion"] == "NONE")
    #expect(found["Description"]?.isNull ?? true)
    #expect(found["Target"]?["RetryPolicy"]?["MaximumEventAgeInSeconds"] == 86_400)
    #expect(found["Target"]?["RetryPolicy"]?["MaximumRetryAttempts"] == 185)
  }

  @Test(
    arguments: [
      (["RoleArn": "arn:aws:iam::1:user/x"], "target.roleArn"),
      (["DeadLetterConfig": ["Arn": "arn:aws:sns:eu-central-1:000000000000:t"]], "target.deadLetterConfig.arn"),
      (["EventBridgeParameters": ["Source": "aws.mine", "DetailType": "d"]], "target.eventBridgeParameters.source"),
      (["KinesisParameters": [:]], "target.kinesisParameters.partitionKey"),
    ] as [(JSONObject, String)])
  func targetsAreChecked(_ members: JSONObject, _ place: String) async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    var target = try #require(Timed.target.object)
    for (member, value) in members { target[member] = value }
    let fault = await timed.house.fault(
      "scheduler", "CreateSchedule",
      ["Name": "s", "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": ["Mode": "OFF"], "Target": .object(target)])
    #expect(fault?.code == "ValidationException" && fault?.message.contains("'\(place)'") == true, "\(String(describing: fault))")
  }

  @Test func listingsFilterAndPage() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.house.call("scheduler", "CreateScheduleGroup", ["Name": "g", "Tags": [["Key": "k", "Value": "v"]]])
    for (name, group, state) in [("a1", "default", "ENABLED"), ("a2", "g", "DISABLED"), ("b1", "g", "ENABLED"), ("a3", "g", "ENABLED")] {
      try await timed.schedule("rate(1 day)", ["Name": .string(name), "GroupName": .string(group), "State": .string(state)])
    }
    func names(_ input: JSONValue) async throws -> [String] {
      let answer = try await timed.house.call("scheduler", "ListSchedules", input)
      return (answer["Schedules"]?.array ?? []).compactMap { $0["Name"]?.string }
    }
    #expect(try await names(["NamePrefix": "a"]) == ["a1", "a2", "a3"])
    #expect(try await names(["GroupName": "g", "NamePrefix": "a", "State": "ENABLED"]) == ["a3"])
    #expect(await timed.house.fault("scheduler", "ListSchedules", ["GroupName": "none"])?.code == "ResourceNotFoundException")
    var (groups, token) = ([String](), JSONValue.null)
    try await timed.house.call(
      "scheduler", "TagResource",
      ["ResourceArn": "arn:aws:scheduler:eu-central-1:000000000000:schedule-group/default", "Tags": [["Key": "k", "Value": "v"]]])
    repeat {
      let page = try await timed.house.call("scheduler", "ListScheduleGroups", ["MaxResults": 1, "NextToken": token])
      groups += (page["ScheduleGroups"]?.array ?? []).compactMap { $0["Name"]?.string }
      token = page["NextToken"] ?? .null
    } while !token.isNull
    #expect(groups == ["default", "g"])
    try await timed.house.call("scheduler", "DeleteScheduleGroup", ["Name": "g"])
    await timed.house.drain()
    #expect(try await names([:]) == ["a1"])
  }

  @Test func clientTokensMakeARepetitionHarmless() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    let input: JSONValue = ["Name": "g", "ClientToken": "t"]
    let first = try await timed.house.call("scheduler", "CreateScheduleGroup", input)
    #expect(try await timed.house.call("scheduler", "CreateScheduleGroup", input) == first)
    #expect(await timed.house.fault("scheduler", "CreateScheduleGroup", ["Name": "g"])?.code == "ConflictException")
  }

  @Test func aDayOfFiveHundredSchedulesIsAccountedFor() async throws {
    let begin = try #require(Timestamp(iso8601: "2027-10-31T00:00:00Z"))
    let house = try TestHouse(at: begin - .seconds(60))
    let room = try await house.open { CountingRoom($0) }
    try await house.open { Scheduler($0) }
    let outcome = try await SimulatedDay(schedules: 500, seed: 3, begin: begin).run(in: house, room)
    #expect(outcome.wrong == [] && outcome.expected > 2_000 && outcome.delivered == outcome.expected)
  }
}
