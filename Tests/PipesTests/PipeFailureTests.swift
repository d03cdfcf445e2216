import JSON
import Pipes
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct PipeFailureTests {
  /// What the target refuses stays; what it takes goes; the queue's redrive policy ends it.
  @Test func partialFailures() async throws {
    let pipes = try await PipesHouse()
    try await pipes.house.call("sqs", "CreateQueue", ["QueueName": "dead"])
    try await pipes.house.call(
      "sqs", "SetQueueAttributes",
      [
        "QueueUrl": .string(PipesHouse.queue("in")),
        "Attributes": ["RedrivePolicy": .string(#"{"deadLetterTargetArn":"\#(PipesHouse.queue("dead"))","maxReceiveCount":2}"#)],
      ])
    try await pipes.create(["TargetParameters": ["InputTemplate": "<$.body.x>", "SqsQueueParameters": ["MessageGroupId": "$.body.group"]]])
    try await pipes.send([#"{"x":1,"group":"g"}"#, #"{"x":2}"#, #"{"x":3,"group":"g"}"#])
    await pipes.settle()
    #expect(try await pipes.take() == ["1", "3"])
    #expect(try await pipes.left() == 1)
    let counted = await pipes.house.counted()
    let log = try await pipes.house.call("pipes", "ListDeliveries", ["Name": "p"])["Deliveries"]?.array ?? []
    #expect(log.compactMap { $0["Outcome"]?.string }.sorted() == ["DELIVERED", "DELIVERED"])
    #expect(Set(log.compactMap { $0["Sent"]?.string }) == ["1", "3"] && log[0]["Attempt"] == 1)
    #expect(counted.filter { $0.name == "ExecutionPartiallyFailed" && $0.dimensions == ["PipeName": "p"] }.map(\.value) == [1])
    for _ in 0..<3 {
      pipes.house.clock.advance(by: .seconds(61))
      await pipes.settle()
    }
    #expect(try await pipes.left() == 0)
    #expect(try await pipes.take("dead") == [#"{"x":2}"#])
    #expect(try await pipes.take().isEmpty)
  }

  @Test func continuousRefusalsStopThePipe() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create()
    try await pipes.house.call("sqs", "DeleteQueue", ["QueueUrl": .string(PipesHouse.queue("out"))])
    try await pipes.send(["x"])
    for round in 0..<10 {
      #expect(try await pipes.describe()["CurrentState"] == "RUNNING", "round \(round)")
      await pipes.settle()
      pipes.house.clock.advance(by: .seconds(90))
    }
    let refused = try await pipes.house.call("pipes", "ListDeliveries", ["Name": "p", "Outcome": "RETRYING"])["Deliveries"]?.array ?? []
    #expect(refused.map { $0["Attempt"]?.int } == (1...10).reversed().map { Optional($0) })
    let found = try await pipes.describe()
    #expect(found["CurrentState"] == "STOPPED" && found["DesiredState"] == "RUNNING")
    #expect(found["StateReason"]?.string?.contains("The specified queue does not exist.") == true)
    // Mended and started, it goes on with what it has.
    try await pipes.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    try await pipes.house.call("pipes", "StartPipe", ["Name": "p"])
    await pipes.settle()
    #expect(try await pipes.take().count == 1)
  }

  @Test func eventsOfABusAreTriedAgain() async throws {
    let pipes = try await PipesHouse()
    try await pipes.create(["Source": .string(PipesHouse.bus("default")), "TargetParameters": ["InputTemplate": "<$.detail.n>"]])
    try await pipes.house.call("sqs", "DeleteQueue", ["QueueUrl": .string(PipesHouse.queue("out"))])
    try await pipes.house.call("events", "PutEvents", ["Entries": [["Source": "app", "DetailType": "t", "Detail": #"{"n":7}"#]]])
    await pipes.settle()
    try await pipes.house.call("sqs", "CreateQueue", ["QueueName": "out"])
    pipes.house.clock.advance(by: .seconds(5))
    await pipes.settle()
    #expect(try await pipes.take() == ["7"])
  }

  @Test func aFailingPipeDelaysNoOther() async throws {
    let pipes = try await PipesHouse()
    for queue in ["in2", "gone"] { try await pipes.house.call("sqs", "CreateQueue", ["QueueName": .string(queue)]) }
    try await pipes.create(["Name": "bad", "Target": .string(PipesHouse.queue("gone"))])
    try await pipes.create(["Name": "good", "Source": .string(PipesHouse.queue("in2")), "TargetParameters": ["InputTemplate": "<$.body>"]])
    try await pipes.house.call("sqs", "DeleteQueue", ["QueueUrl": .string(PipesHouse.queue("gone"))])
    try await pipes.send((0..<30).map(String.init))
    try await pipes.send(["through"], to: "in2")
    await pipes.settle()
    #expect(try await pipes.take() == [#""through""#])
    #expect(try await pipes.left() == 30)
  }

  @Test func executionsAreLogged() async throws {
    let pipes = try await PipesHouse()
    let logs: JSONValue = [
      "Level": "TRACE", "IncludeExecutionData": ["ALL"],
      "CloudwatchLogsLogDestination": ["LogGroupArn": "arn:aws:logs:eu-central-1:000000000000:log-group:/pipes/p:*"],
    ]
    try await pipes.create(["LogConfiguration": logs, "TargetParameters": ["InputTemplate": "<$.body>"]])
    try await pipes.send(["hello"])
    await pipes.settle()
    let records = try pipes.house.seen.lines("/pipes/p", "p").map { try JSONValue(parsing: $0) }
    #expect(
      records.compactMap { $0["messageType"]?.string } == [
        "ExecutionStarted", "TargetStageEntered", "TargetTransformationStarted", "TargetTransformationSucceeded", "TargetInvocationStarted",
        "TargetInvocationSucceeded", "TargetStageSucceeded", "ExecutionSucceeded",
      ])
    #expect(Set(records.compactMap { $0["executionId"]?.string }).count == 1)
    #expect(records[0]["logLevel"] == "INFO" && records[0]["payload"]?.string?.contains("hello") == true)
    #expect(records[0]["resourceArn"] == "arn:aws:pipes:eu-central-1:000000000000:pipe/p")
    let counted = await pipes.house.counted().filter { $0.namespace == "AWS/EventBridge/Pipes" }
    #expect(counted.filter { $0.name == "Invocations" }.map(\.value) == [1])
    #expect(counted.filter { $0.name == "EventSize" }.map(\.value) == [5])
    #expect(Set(counted.map(\.name)).isSuperset(of: ["Duration", "EventCount", "TargetStageDuration"]))
  }

  @Test func onlyErrorsAreLoggedWhereAsked() async throws {
    let pipes = try await PipesHouse()
    let logs: JSONValue = [
      "Level": "ERROR", "CloudwatchLogsLogDestination": ["LogGroupArn": "arn:aws:logs:eu-central-1:000000000000:log-group:g"],
    ]
    try await pipes.create(["LogConfiguration": logs])
    try await pipes.send(["a"])
    await pipes.settle()
    #expect(pipes.house.seen.lines("g", "p").isEmpty)
    try await pipes.house.call("sqs", "DeleteQueue", ["QueueUrl": .string(PipesHouse.queue("out"))])
    try await pipes.send(["b"])
    await pipes.settle()
    let records = try pipes.house.seen.lines("g", "p").map { try JSONValue(parsing: $0) }
    #expect(records.compactMap { $0["messageType"]?.string } == ["TargetInvocationFailed", "TargetStageFailed", "ExecutionFailed"])
    #expect(records[0]["error"]?["awsService"] == "sqs" && records[0]["payload"] == nil)
  }
}
