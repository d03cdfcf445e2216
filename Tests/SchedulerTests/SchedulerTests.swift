import EventBridge
import JSON
import SQS
import Scheduler
import ServiceKit
import Store
import TestKit
import Testing
import Time

struct Timed {
  let house: TestHouse
  let queue: String

  init(at start: String) async throws {
    house = try TestHouse(at: try #require(Timestamp(iso8601: start)))
    try await house.open { SQS($0) }
    try await house.open { EventBridge($0) }
    try await house.open { Scheduler($0) }
    queue = try #require(try await house.call("sqs", "CreateQueue", ["QueueName": "q"])["QueueUrl"]?.string)
  }

  static let target: JSONValue = [
    "Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "RoleArn": "arn:aws:iam::000000000000:role/r",
    "Input": #"{"at":"<aws.scheduler.scheduled-time>"}"#,
  ]

  func schedule(_ expression: String, zone: String = "UTC", _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = [
      "Name": "s", "ScheduleExpression": .string(expression), "ScheduleExpressionTimezone": .string(zone),
      "FlexibleTimeWindow": ["Mode": "OFF"], "Target": Self.target,
    ]
    for (member, value) in extra { input[member] = value }
    try await house.call("scheduler", "CreateSchedule", .object(input))
  }

  func received(_ queue: String? = nil) async throws -> [String] {
    var found: [String] = []
    while true {
      let answer = try await house.call(
        "sqs", "ReceiveMessage", ["QueueUrl": .string(queue ?? self.queue), "MaxNumberOfMessages": 10, "VisibilityTimeout": 43_200])
      guard let messages = answer["Messages"]?.array, !messages.isEmpty else { return found.sorted() }
      found += messages.compactMap { $0["Body"]?.string }
    }
  }
}

@Suite struct SchedulerTests {
  @Test func firesOnTheClocksOfItsZone() async throws {
    let timed = try await Timed(at: "2027-03-26T12:00:00Z")
    try await timed.schedule("cron(30 2 * * ? *)", zone: "Europe/Berlin")
    await timed.house.advance(by: .seconds(4 * 86_400))
    // On 28 March there is no half past two.
    #expect(
      try await timed.received() == [
        #"{"at":"2027-03-27T01:30:00Z"}"#, #"{"at":"2027-03-29T00:30:00Z"}"#, #"{"at":"2027-03-30T00:30:00Z"}"#,
      ])
  }

  @Test func oneTimeSchedulesCanDeleteThemselves() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("at(2026-01-01T00:10:00)", ["ActionAfterCompletion": "DELETE"])
    await timed.house.advance(by: .seconds(601))
    #expect(try await timed.received().count == 1)
    #expect(await timed.house.fault("scheduler", "GetSchedule", ["Name": "s"])?.code == "ResourceNotFoundException")
  }

  @Test func nothingFiresForThePastOfAChangedExpression() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:30Z")
    try await timed.schedule("rate(1 hour)", ["State": "DISABLED"])
    await timed.house.advance(by: .seconds(86_400))
    try await timed.house.call(
      "scheduler", "UpdateSchedule",
      [
        "Name": "s", "ScheduleExpression": "cron(0 12 * * ? *)", "FlexibleTimeWindow": ["Mode": "OFF"], "Target": Timed.target,
        "State": "ENABLED",
      ])
    await timed.house.advance(by: .seconds(3_600))
    #expect(try await timed.received().isEmpty)
    await timed.house.advance(by: .seconds(86_400))
    #expect(try await timed.received().count == 1)
  }

  @Test func afterDowntimeTheLatestFiresAndNoneTwice() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(0 * * * ? *)")
    // Five hours pass without a server.
    timed.house.clock.advance(to: try #require(Timestamp(iso8601: "2026-01-01T05:30:00Z")))
    await timed.house.drain()
    #expect(try await timed.received() == [#"{"at":"2026-01-01T05:00:00Z"}"#])
  }

  @Test func aLongAbsenceIsAccountedForInPieces() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.schedule("cron(* * * * ? *)")
    timed.house.clock.advance(to: try #require(Timestamp(iso8601: "2026-01-03T12:00:30Z")))
    await timed.house.drain()
    #expect(try await timed.received() == [#"{"at":"2026-01-03T12:00:00Z"}"#])
    let runs = try await timed.house.store.read { try RunLedger.latest(10_000, of: .schedule("default", "s"), in: TestHouse.partition, $0) }
    #expect(runs.count == 3_600)
    #expect(runs.count { $0.outcome == .missed } == 3_599)
  }

  @Test func whatCanNotBeDeliveredEndsInTheDeadLetterQueue() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    let dead = try #require(try await timed.house.call("sqs", "CreateQueue", ["QueueName": "dead"])["QueueUrl"]?.string)
    var target = try #require(Timed.target.object)
    target["Arn"] = "arn:aws:sqs:eu-central-1:000000000000:gone"
    target["RetryPolicy"] = ["MaximumRetryAttempts": 2]
    target["DeadLetterConfig"] = ["Arn": "arn:aws:sqs:eu-central-1:000000000000:dead"]
    try await timed.schedule("at(2026-01-01T00:01:00)", ["Target": .object(target)])
    await timed.house.advance(by: .seconds(7_200), step: .seconds(10))
    #expect(try await timed.received(dead).count == 1)
  }

  @Test func rulesFireAndMatch() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    for (name, member, value) in [
      ("timer", "ScheduleExpression", "rate(5 minutes)"),
      ("match", "EventPattern", #"{"source":["app"],"detail":{"n":[{"numeric":[">",5]}]}}"#),
    ] {
      var rule: JSONObject = ["Name": .string(name)]
      rule[member] = .string(value)
      try await timed.house.call("events", "PutRule", .object(rule))
      try await timed.house.call(
        "events", "PutTargets",
        ["Rule": .string(name), "Targets": [["Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "InputPath": "$.detail-type"]]])
    }
    try await timed.house.call(
      "events", "PutEvents",
      [
        "Entries": [
          ["Source": "app", "DetailType": "yes", "Detail": #"{"n":6}"#], ["Source": "app", "DetailType": "no", "Detail": #"{"n":5}"#],
        ]
      ])
    await timed.house.advance(by: .seconds(601), step: .seconds(30))
    #expect(try await timed.received() == [#""Scheduled Event""#, #""Scheduled Event""#, #""yes""#])
  }
}
