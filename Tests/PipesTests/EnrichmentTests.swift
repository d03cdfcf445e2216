import JSON
import Pipes
import SQS
import ServiceKit
import Synchronization
import TestKit
import Testing
import Time

@Suite struct EnrichmentTests {
  private static let machine: JSONValue = "arn:aws:states:eu-central-1:000000000000:stateMachine:m"
  private static let destination: JSONValue = "arn:aws:events:eu-central-1:000000000000:api-destination/d/1"

  private struct Played {
    let pipes: PipesHouse
    let workflows: PlayedWorkflows
    let destinations: PlayedDestinations

    init() async throws {
      pipes = try await PipesHouse()
      workflows = try await pipes.house.open { PlayedWorkflows($0) }
      destinations = try await pipes.house.open { PlayedDestinations($0) }
    }
  }

  @Test func workflowsEnrichBatches() async throws {
    let played = try await Played()
    let pipes = played.pipes
    played.workflows.answer.withLock { answer in
      answer = { input in .array((input.array ?? []).map { ["messageId": $0["id"] ?? .null, "double": .int(($0["n"]?.int ?? 0) * 2)] }) }
    }
    try await pipes.create([
      "Enrichment": Self.machine, "EnrichmentParameters": ["InputTemplate": #"{"id": <$.messageId>, "n": <$.body.n>}"#],
      "TargetParameters": ["InputTemplate": #"{"d": <$.double>, "by": <aws.pipes.enrichment-arn>}"#],
    ])
    try await pipes.send([#"{"n":1}"#, #"{"n":2}"#])
    await pipes.settle()
    #expect(played.workflows.inputs.withLock { $0.map { $0.array?.count } } == [2])
    let by = Self.machine.string ?? ""
    #expect(try await pipes.take() == [#"{"d":2,"by":"\#(by)"}"#, #"{"d":4,"by":"\#(by)"}"#])
    #expect(try await pipes.left() == 0)
  }

  @Test func anEmptyAnswerSkipsTheTarget() async throws {
    let played = try await Played()
    played.workflows.answer.withLock { $0 = { _ in [] } }
    try await played.pipes.create(["Enrichment": Self.machine])
    try await played.pipes.send(["x"])
    await played.pipes.settle()
    #expect(try await played.pipes.take().isEmpty)
    #expect(try await played.pipes.left() == 0)
    #expect(await played.pipes.house.counted().contains { $0.name == "TargetStageSkipped" })
  }

  @Test func aFailedEnrichmentFailsTheBatch() async throws {
    let played = try await Played()
    played.workflows.answer.withLock { $0 = { _ in nil } }
    try await played.pipes.create([
      "Enrichment": Self.machine,
      "LogConfiguration": [
        "Level": "ERROR", "CloudwatchLogsLogDestination": ["LogGroupArn": "arn:aws:logs:eu-central-1:000000000000:log-group:g"],
      ],
    ])
    try await played.pipes.send(["x"])
    await played.pipes.settle()
    #expect(try await played.pipes.left() == 1)
    let steps = try played.pipes.house.seen.lines("g", "p").map { try JSONValue(parsing: $0)["messageType"] }
    #expect(steps == ["EnrichmentInvocationFailed", "EnrichmentStageFailed", "ExecutionFailed"])
    // Mended, the message comes through when it is visible again.
    played.workflows.answer.withLock { $0 = { $0 } }
    played.pipes.house.clock.advance(by: .seconds(31))
    await played.pipes.settle()
    #expect(try await played.pipes.take().count == 1)
  }

  @Test func targetsReportWhatTheyDidNotTake() async throws {
    let played = try await Played()
    let pipes = played.pipes
    played.workflows.answer.withLock { answer in
      answer = { input in
        let failed = (input.array ?? []).filter { $0["body"] == "bad" }.map { item -> JSONValue in
          ["itemIdentifier": item["messageId"] ?? ""]
        }
        return ["batchItemFailures": .array(failed)]
      }
    }
    try await pipes.create([
      "Target": Self.machine, "TargetParameters": ["StepFunctionStateMachineParameters": ["InvocationType": "REQUEST_RESPONSE"]],
    ])
    try await pipes.send(["good", "bad", "fine"])
    await pipes.settle()
    #expect(try await pipes.left() == 1)
    pipes.house.clock.advance(by: .seconds(31))
    await pipes.settle()
    let batches = played.workflows.inputs.withLock { $0.map { ($0.array ?? []).compactMap { $0["body"]?.string } } }
    #expect(batches == [["good", "bad", "fine"], ["bad"]])
    // A report of somebody else's message says nothing: all come again.
    played.workflows.answer.withLock { $0 = { _ in ["batchItemFailures": [["itemIdentifier": "unknown"]]] } }
    try await pipes.send(["more"])
    await pipes.settle()
    #expect(try await pipes.left() == 2)
  }

  @Test func destinationsEnrichAndReceive() async throws {
    let played = try await Played()
    let pipes = played.pipes
    played.destinations.answer.withLock { $0 = { body in body.hasPrefix("[") ? "" : #"{"seen":\#(body)}"# } }
    try await pipes.create([
      "Enrichment": Self.destination,
      "EnrichmentParameters": [
        "InputTemplate": #"{"n": <$.body.n>}"#, "HttpParameters": ["HeaderParameters": ["X-Id": "$.n"]],
      ],
      "Target": Self.destination, "TargetParameters": ["HttpParameters": ["HeaderParameters": ["X-Id": "$.seen.n"]]],
    ])
    try await pipes.send([#"{"n":1}"#, #"{"n":2}"#])
    await pipes.settle()
    let requests = played.destinations.requests.withLock { $0 }
    #expect(requests.map(\.body) == [#"{"n":1}"#, #"{"n":2}"#, #"[{"seen":{"n":1}},{"seen":{"n":2}}]"#])
    #expect(requests.map(\.header) == ["1", "2", "1"])
    #expect(try await pipes.left() == 0)
  }

  @Test(arguments: [("EXPRESS", nil, 1), ("EXPRESS", "FIRE_AND_FORGET", 0), ("STANDARD", nil, 0)] as [(String, String?, Int)])
  func expressTargetsAreWaitedForUnlessToldOtherwise(_ type: String, _ invocation: String?, _ left: Int) async throws {
    let pipes = try await PipesHouse()
    let definition: JSONValue = ["StartAt": "F", "States": ["F": ["Type": "Fail", "Error": "Broken"]]]
    try await pipes.house.call(
      "stepfunctions", "CreateStateMachine",
      ["name": "m", "definition": .string(definition.text), "roleArn": PipesHouse.role, "type": .string(type)])
    var extra: JSONObject = ["Target": Self.machine]
    if let invocation {
      extra["TargetParameters"] = ["StepFunctionStateMachineParameters": ["InvocationType": .string(invocation)]]
    }
    try await pipes.create(extra)
    #expect(try await pipes.describe()["CurrentState"] == "RUNNING")
    try await pipes.send(["x"])
    await pipes.settle()
    // An execution that failed and was waited for leaves its message in the queue.
    #expect(try await pipes.left() == left)
  }

  @Test func anExpressMachineEnriches() async throws {
    let pipes = try await PipesHouse()
    let definition: JSONValue = [
      "StartAt": "P", "States": ["P": ["Type": "Pass", "Parameters": ["seen.$": "$[0].body"], "End": true]],
    ]
    try await pipes.house.call(
      "stepfunctions", "CreateStateMachine",
      ["name": "m", "definition": .string(definition.text), "roleArn": PipesHouse.role, "type": "EXPRESS"])
    try await pipes.create(["Enrichment": "arn:aws:states:eu-central-1:000000000000:stateMachine:m"])
    try await pipes.send(["x"])
    await pipes.settle()
    #expect(try await pipes.take() == [#"{"seen":"x"}"#])
  }
}
