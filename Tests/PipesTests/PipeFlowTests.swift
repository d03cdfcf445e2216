import JSON
import Pipes
import ServiceKit
import Store
import TestKit
import Testing
import Time

@Suite struct PipeFlowTests {
  @Test func messagesReachTheTargetAndLeaveTheSource() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create([
      "TargetParameters": ["InputTemplate": #"{"id": <$.body.id>, "pipe": <aws.pipes.pipe-name>, "from": "<aws.pipes.source-arn>"}"#]
    ])
    try await pipes.send((0..<25).map { #"{"id":\#($0)}"# })
    await pipes.settle()
    let expected = (0..<25).map { #"{"id":\#($0),"pipe":"p","from":"\#(PipesHouse.queue("in"))"}"# }.sorted()
    #expect(try await pipes.take() == expected)
    #expect(try await pipes.left() == 0)
  }

  @Test func withoutATemplateTheWholeMessageGoes() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create()
    try await pipes.send(["hello"], ["MessageAttributes": ["k": ["DataType": "String", "StringValue": "v"]]])
    await pipes.settle()
    let event = try JSONValue(parsing: try #require(try await pipes.take().first))
    #expect(event["body"] == "hello" && event["eventSource"] == "aws:sqs" && event["awsRegion"] == "eu-central-1")
    #expect(event["eventSourceARN"]?.string == PipesHouse.queue("in"))
    #expect(event["attributes"]?["ApproximateReceiveCount"] == "1")
    #expect(event["messageAttributes"]?["k"]?["stringValue"] == "v" && event["messageAttributes"]?["k"]?["dataType"] == "String")
    #expect(event["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592")
  }

  @Test func whatNoFilterWantsIsDeleted() async throws {
    let pipes = try await PipesHouse()
    let filters: JSONValue = [
      ["Pattern": #"{"body":{"kind":["keep"]}}"#], ["Pattern": #"{"messageAttributes":{"k":{"stringValue":["v"]}}}"#],
      ["Pattern": #"{"body":["plain"]}"#],
    ]
    try await pipes.create([
      "SourceParameters": ["FilterCriteria": ["Filters": filters]], "TargetParameters": ["InputTemplate": "<$.body>"],
    ])
    try await pipes.send([#"{"kind":"keep"}"#, #"{"kind":"drop"}"#, "plain", "other", #""plain""#])
    try await pipes.send(["attributed"], ["MessageAttributes": ["k": ["DataType": "String", "StringValue": "v"]]])
    await pipes.settle()
    #expect(try await pipes.take() == [#""attributed""#, #""plain""#, #"{"kind":"keep"}"#])
    #expect(try await pipes.left() == 0)
  }

  @Test func workflowsGetBatches() async throws {
    let pipes = try await PipesHouse()
    let machine = try await pipes.machine()
    try await pipes.create([
      "Target": .string(machine), "SourceParameters": ["SqsQueueParameters": ["BatchSize": 4]],
      "TargetParameters": [
        "InputTemplate": #"{"n": <$.body.n>}"#, "StepFunctionStateMachineParameters": ["InvocationType": "FIRE_AND_FORGET"],
      ],
    ])
    try await pipes.send((0..<10).map { #"{"n":\#($0)}"# })
    await pipes.settle()
    let inputs = try await pipes.executions(machine)
    #expect(inputs.compactMap { $0.array?.count }.sorted() == [2, 4, 4])
    #expect(inputs.flatMap { $0.array ?? [] }.compactMap { $0["n"]?.int }.sorted() == Array(0..<10))
  }

  @Test func windowsGather() async throws {
    let pipes = try await PipesHouse()
    let machine = try await pipes.machine()
    try await pipes.create([
      "Target": .string(machine), "SourceParameters": ["SqsQueueParameters": ["BatchSize": 100, "MaximumBatchingWindowInSeconds": 60]],
    ])
    try await pipes.send(["a", "b"])
    await pipes.settle()
    pipes.house.clock.advance(by: .seconds(20))
    try await pipes.send(["c"])
    await pipes.settle()
    #expect(try await pipes.executions(machine).isEmpty)
    pipes.house.clock.advance(by: .seconds(40))
    await pipes.settle()
    // The messages were out of sight for longer than the queue hides them, and were received once all the same or twice: each is there.
    let bodies = Set(try await pipes.executions(machine).flatMap { $0.array ?? [] }.compactMap { $0["body"]?.string })
    #expect(bodies == ["a", "b", "c"])
    #expect(try await pipes.executions(machine).count == 1)
  }

  @Test func eventsOfABus() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create([
      "Source": .string(PipesHouse.bus("default")),
      "SourceParameters": ["FilterCriteria": ["Filters": [["Pattern": #"{"detail":{"n":[{"numeric":[">",1]}]}}"#]]]],
      "TargetParameters": ["InputTemplate": #"{"n": <$.detail.n>, "type": <$.detail-type>}"#],
    ])
    #expect(try await pipes.describe()["CurrentState"] == "RUNNING")
    let entries: [JSONValue] = (0..<4).map { ["Source": "app", "DetailType": "t", "Detail": .string(#"{"n":\#($0)}"#)] }
    try await pipes.house.call("events", "PutEvents", ["Entries": .array(entries)])
    await pipes.settle()
    #expect(try await pipes.take() == [#"{"n":2,"type":"t"}"#, #"{"n":3,"type":"t"}"#])
    // A stopped pipe takes no more.
    try await pipes.house.call("pipes", "StopPipe", ["Name": "p"])
    await pipes.house.drain()
    try await pipes.house.call("events", "PutEvents", ["Entries": .array(entries)])
    await pipes.settle()
    #expect(try await pipes.take().isEmpty)
    try await pipes.house.call("pipes", "DeletePipe", ["Name": "p"])
    await pipes.house.drain()
    #expect(try await pipes.house.call("events", "ListRules")["Rules"] == [])
  }

  @Test func eventsForABusAreNamed() async throws {
    let pipes = try await PipesHouse()
    try await pipes.house.call("events", "CreateEventBus", ["Name": "b"])
    try await pipes.house.call("events", "PutRule", ["Name": "r", "EventBusName": "b", "EventPattern": #"{"source":[{"prefix":""}]}"#])
    try await pipes.house.call(
      "events", "PutTargets", ["Rule": "r", "EventBusName": "b", "Targets": [["Id": "q", "Arn": .string(PipesHouse.queue("out"))]]])
    try await pipes.create([
      "Target": .string(PipesHouse.bus("b")),
      "TargetParameters": [
        "InputTemplate": #"{"x": <$.body.x>}"#,
        "EventBridgeEventBusParameters": ["DetailType": "$.body.type", "Resources": ["$.body.x"], "Time": "$.body.at"],
      ],
    ])
    try await pipes.send([#"{"x":"y","type":"kind","at":"2026-01-02T03:04:05Z"}"#])
    await pipes.settle()
    let event = try JSONValue(parsing: try #require(try await pipes.take().first))
    #expect(event["source"] == "Pipe p" && event["detail-type"] == "kind" && event["resources"] == ["y"])
    #expect(event["time"] == "2026-01-02T03:04:05Z" && event["detail"] == ["x": "y"])
  }

  /// A restart finds what was not delivered: messages in their queue, events of a bus in the pipe's own.
  @Test func nothingIsLostByARestart() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Source": .string(PipesHouse.bus("default")), "TargetParameters": ["InputTemplate": "<$.detail.n>"]])
    try await pipes.house.call("events", "PutEvents", ["Entries": [["Source": "app", "DetailType": "t", "Detail": #"{"n":1}"#]]])
    await pipes.house.drain()
    let second = try await pipes.house.open { Pipes($0) }
    #expect(await second.drain() == 1)
    #expect(try await pipes.take() == ["1"])
  }

  @Test func theRuleOnTheBusIsManagedByPipes() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Source": .string(PipesHouse.bus("default"))])
    #expect(try await pipes.house.call("events", "DescribeRule", ["Name": "MartletPipe-p"])["ManagedBy"] == "pipes.amazonaws.com")
    for (operation, member) in [("DisableRule", "Name"), ("DeleteRule", "Name"), ("PutTargets", "Rule")] {
      let target: JSONValue = ["Id": "x", "Arn": .string(PipesHouse.queue("out"))]
      let fault = await pipes.house.fault("events", operation, [member: "MartletPipe-p", "Targets": [target]])
      #expect(fault?.code == "ManagedRuleException")
    }
    // Pipes itself may.
    try await pipes.house.call("pipes", "StopPipe", ["Name": "p"])
    await pipes.settle()
    #expect(try await pipes.house.call("events", "DescribeRule", ["Name": "MartletPipe-p"])["State"] == "DISABLED")
  }

  @Test func deletedPipesLeaveNothing() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Source": .string(PipesHouse.bus("default"))])
    try await pipes.house.call("events", "PutEvents", ["Entries": [["Source": "app", "DetailType": "t", "Detail": "{}"]]])
    await pipes.house.drain()
    try await pipes.house.call("pipes", "DeletePipe", ["Name": "p"])
    await pipes.settle()
    let left = try await pipes.house.store.read { try $0.count("pipes.events/\(TestHouse.partition.text)/p") }
    #expect(left == 0)
    #expect(try await pipes.take().isEmpty)
  }
}
