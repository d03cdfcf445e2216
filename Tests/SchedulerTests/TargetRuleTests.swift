import EventBridge
import JSON
import SQS
import Scheduler
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct TargetRuleTests {
  private static func input(_ target: JSONObject, name: String = "s", _ extra: JSONObject = [:]) -> JSONValue {
    var target = target
    target["RoleArn"] = "arn:aws:iam::000000000000:role/r"
    var input: JSONObject = [
      "Name": .string(name), "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": ["Mode": "OFF"], "Target": .object(target),
    ]
    for (member, value) in extra { input[member] = value }
    return .object(input)
  }

  @Test(
    arguments: [
      (["Arn": "arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl", "Input": "{}"], "getQueueUrl API is not supported."),
      (["Arn": "arn:aws:scheduler:::aws-sdk:sqs:ListQueues", "Input": "{}"], "ListQueues API is not supported."),
      (["Arn": "arn:aws:scheduler:::aws-sdk:sqs:receiveMessage", "Input": "{}"], "receiveMessage API is not supported."),
      (["Arn": "arn:aws:scheduler:::aws-sdk:sqs:createQueue"], "You must provide an input to set this target for your schedule."),
      (["Arn": "arn:aws:scheduler:::aws-sdk:sqs:createQueue", "Input": "{"], "JSON syntax error in input for the target."),
      (
        ["Arn": "arn:aws:scheduler:eu-central-1:000000000000:aws-sdk:sqs:createQueue", "Input": "{}"],
        "scheduler is not a supported service for a target."
      ),
      (["Arn": "arn:aws:backup:eu-central-1:000000000000:x"], "backup is not a supported service for a target."),
      (
        ["Arn": "arn:aws:sqs:us-east-1:000000000000:q"],
        "The target ARN provided does not match the current region eu-central-1."
      ),
      (
        ["Arn": "arn:aws:sqs:eu-central-1:111111111111:q"],
        "arn:aws:sqs:eu-central-1:111111111111:q is of another account or region: of those, Martlet delivers to event buses only."
      ),
      (
        ["Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "KinesisParameters": ["PartitionKey": "k"]],
        "Parameters KinesisParameters not supported for the target."
      ),
      (
        ["Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "SqsParameters": ["MessageGroupId": "g"]],
        "Parameters MessageGroupId not valid for the target."
      ),
      (["Arn": "arn:aws:sqs:eu-central-1:000000000000:q.fifo"], "Parameters SqsParameters must be specified for the target."),
      (
        [
          "Arn": "arn:aws:events:eu-central-1:000000000000:event-bus/default", "Input": "text",
          "EventBridgeParameters": ["DetailType": "d", "Source": "s"],
        ], "JSON syntax error in input for the target."
      ),
    ] as [(JSONObject, String)])
  func targetsAreRefusedInAWSsWords(_ target: JSONObject, _ message: String) async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    let fault = await timed.house.fault("scheduler", "CreateSchedule", Self.input(target))
    #expect(fault?.description == "ValidationException: \(message)")
  }

  @Test func textIsGoodForQueuesAndNamesThatOnlyBeginLikeReadingAreNot() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.house.call(
      "scheduler", "CreateSchedule", Self.input(["Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "Input": "plain text"]))
    await timed.house.drain()
    #expect(try await timed.received() == ["plain text"])
    // `listen` does not begin with the word list: this one is unknown rather than reading.
    let fault = await timed.house.fault(
      "scheduler", "CreateSchedule", Self.input(["Arn": "arn:aws:scheduler:::aws-sdk:sqs:listenQueue", "Input": "{}"], name: "t"))
    #expect(fault?.message.contains("not served") == true)
  }

  @Test func withoutAnInputTheTargetGetsTheNotification() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    try await timed.house.call(
      "scheduler", "CreateSchedule",
      Self.input(["Arn": "arn:aws:sqs:eu-central-1:000000000000:q"], ["ScheduleExpression": "at(2026-01-01T00:01:00)"]))
    await timed.house.advance(by: .seconds(60))
    let text = try #require(try await timed.received().first)
    let event = try JSONValue(parsing: text)
    #expect(event["detail-type"] == "Scheduled Event" && event["source"] == "aws.scheduler" && event["detail"] == "{}")
    #expect(event["time"] == "2026-01-01T00:01:00Z" && event["version"] == "0" && event["region"] == "eu-central-1")
    #expect(event["resources"] == ["arn:aws:scheduler:eu-central-1:000000000000:schedule/default/s"])
  }

  @Test func whatABusDoesNotTakeIsNotDelivered() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    for (name, bus, text) in [("none", "none", "{}"), ("list", "default", "[1]"), ("good", "default", "{}")] {
      try await timed.house.call(
        "scheduler", "CreateSchedule",
        Self.input(
          [
            "Arn": .string("arn:aws:events:eu-central-1:000000000000:event-bus/\(bus)"), "Input": .string(text),
            "EventBridgeParameters": ["DetailType": "d", "Source": "s"],
          ], name: name, ["ScheduleExpression": "at(2026-01-01T00:01:00)"]))
    }
    await timed.house.advance(by: .seconds(120), step: .seconds(30))
    func target(_ name: String) async throws -> JSONValue? {
      let answer = try await timed.house.call("scheduler", "ListScheduleRuns", ["Name": .string(name)])
      return answer["Runs"]?[0]?["Targets"]?[0]
    }
    #expect(try await target("good")?["Status"] == "DELIVERED")
    let none = try await target("none")
    #expect(none?["Status"] == "FAILED" && none?["Fault"]?.string?.contains("Event bus none does not exist.") == true)
    let list = try await target("list")
    #expect(list?["Status"] == "FAILED" && list?["Fault"]?.string?.contains("Detail is malformed.") == true)
  }

  @Test func windowsDatesAndTheStandardGroup() async throws {
    let timed = try await Timed(at: "2026-01-01T00:00:00Z")
    let queue: JSONObject = ["Arn": "arn:aws:sqs:eu-central-1:000000000000:q"]
    for (extra, message) in [
      (
        ["FlexibleTimeWindow": ["Mode": "OFF", "MaximumWindowInMinutes": 5]],
        "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."
      ),
      (
        ["StartDate": 1_800_000_000, "EndDate": 1_800_000_000], "The StartDate you specify must come before the EndDate."
      ),
    ] as [(JSONObject, String)] {
      let fault = await timed.house.fault("scheduler", "CreateSchedule", Self.input(queue, extra))
      #expect(fault?.description == "ValidationException: \(message)")
    }
    for operation in ["CreateScheduleGroup", "DeleteScheduleGroup"] {
      let fault = await timed.house.fault("scheduler", operation, ["Name": "default"])
      #expect(fault?.message == "This operation cannot be performed on schedule group default.")
    }
  }

  @Test func theQuotaOfSchedulesHolds() async throws {
    let house = try TestHouse(at: try #require(Timestamp(iso8601: "2026-01-01T00:00:00Z")))
    try await house.open { SQS($0) }
    try await house.open { Scheduler($0, most: 2) }
    let queue: JSONObject = ["Arn": "arn:aws:sqs:eu-central-1:000000000000:q"]
    for name in ["a", "b"] { try await house.call("scheduler", "CreateSchedule", Self.input(queue, name: name)) }
    let fault = await house.fault("scheduler", "CreateSchedule", Self.input(queue, name: "c"))
    #expect(fault?.code == "ServiceQuotaExceededException" && fault?.status == 402)
    try await house.call("scheduler", "DeleteSchedule", ["Name": "a"])
    try await house.call("scheduler", "CreateSchedule", Self.input(queue, name: "c"))
    // One that starts on the same store counts what is there.
    try await house.open { Scheduler($0, most: 2) }
    #expect(await house.fault("scheduler", "CreateSchedule", Self.input(queue, name: "d"))?.status == 402)
  }
}
