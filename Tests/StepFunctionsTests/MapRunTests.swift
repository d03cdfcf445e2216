import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct MapRunTests {
  private func machine(_ type: String, _ states: JSONValue, start: String, _ fields: JSONObject = JSONObject()) -> JSONValue {
    var map: JSONObject = [
      "Type": "Map", "End": true, "Label": "each",
      "ItemProcessor": [
        "ProcessorConfig": ["Mode": "DISTRIBUTED", "ExecutionType": .string(type)], "StartAt": .string(start), "States": states,
      ],
    ]
    for (name, value) in fields { map[name] = value }
    return ["StartAt": "M", "States": ["M": .object(map)]]
  }
  private static let double: JSONValue = [
    "D": ["Type": "Pass", "Parameters": ["twice.$": "States.MathAdd($, $)"], "End": true]
  ]
  /// Fails for even numbers.
  private static let odd: JSONValue = [
    "C": ["Type": "Choice", "Choices": [["Variable": "$", "NumericEquals": 2, "Next": "F"]], "Default": "P"],
    "F": ["Type": "Fail", "Error": "Even"], "P": ["Type": "Pass", "End": true],
  ]

  private func run(_ states: StatesHouse, _ execution: String) async throws -> JSONValue {
    let runs = try await states.call("ListMapRuns", ["executionArn": .string(execution)])["mapRuns"]?.array
    return try #require(runs?.first?["mapRunArn"])
  }

  @Test(arguments: ["STANDARD", "EXPRESS"]) func itemsRunAsExecutions(type: String) async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(machine(type, Self.double, start: "D", ["MaxConcurrency": 3]))
    let execution = try await states.start(machine, .array((0..<250).map { .int($0) }))
    await states.house.drain()
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    let output = try JSONValue(parsing: try #require(description["output"]?.string))
    #expect(output.array?.count == 250 && output[249] == ["twice": 498])
    let types = try await states.types(execution)
    #expect(types.contains("MapRunStarted") && types.contains("MapRunSucceeded"))
    let arn = try await run(states, execution)
    #expect(arn.string?.hasPrefix("\(StatesHouse.prefix):mapRun:machine/each:") == true)
    let described = try await states.call("DescribeMapRun", ["mapRunArn": arn])
    #expect(described["status"] == "SUCCEEDED" && described["maxConcurrency"] == 3 && described["executionArn"] == .string(execution))
    #expect(described["itemCounts"]?["succeeded"] == 250 && described["itemCounts"]?["total"] == 250)
    #expect(try await states.call("ListExecutions", ["stateMachineArn": .string(machine)])["executions"]?.array?.count == 1)
    guard type == "STANDARD" else { return }
    let children = try await states.call("ListExecutions", ["mapRunArn": arn, "maxResults": 1_000, "statusFilter": "SUCCEEDED"])
    #expect(children["executions"]?.array?.count == 250)
    let child = try #require(children["executions"]?[0]?["executionArn"])
    let one = try await states.call("DescribeExecution", ["executionArn": child])
    #expect(one["mapRunArn"] == arn && one["stateMachineArn"] == .string("\(machine)/each"))
    let machineOfChild = try await states.call("DescribeStateMachineForExecution", ["executionArn": child])
    #expect(machineOfChild["label"] == "each" && machineOfChild["mapRunArn"] == arn)
  }

  @Test(arguments: ["STANDARD", "EXPRESS"]) func failuresAreToleratedOrNot(type: String) async throws {
    let states = try await StatesHouse()
    let strict = try await states.create(machine(type, Self.odd, start: "C"), name: "strict")
    let failed = try await states.start(strict, [1, 2, 3])
    let lenient = try await states.create(machine(type, Self.odd, start: "C", ["ToleratedFailureCount": 1]), name: "lenient")
    let succeeded = try await states.start(lenient, [1, 2, 3])
    await states.house.drain()
    #expect(try await states.describe(failed)["error"] == "States.ExceedToleratedFailureThreshold")
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": run(states, failed)])["status"] == "FAILED")
    let output = try JSONValue(parsing: try #require(try await states.describe(succeeded)["output"]?.string))
    #expect(output[0] == 1 && output[2] == 3 && output[1]?["Status"] == "FAILED" && output[1]?["Error"] == "Even")
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": run(states, succeeded)])["itemCounts"]?["failed"] == 1)
  }

  @Test func aRunIsChangedWhileItRuns() async throws {
    let states = try await StatesHouse()
    let wait: JSONValue = ["W": ["Type": "Wait", "Seconds": 60, "End": true]]
    let machine = try await states.create(machine("STANDARD", wait, start: "W", ["MaxConcurrency": 1]))
    let execution = try await states.start(machine, [1, 2, 3, 4])
    await states.house.drain()
    let arn = try await run(states, execution)
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["executionCounts"]?["running"] == 1)
    _ = try await states.call("UpdateMapRun", ["mapRunArn": arn, "maxConcurrency": 3])
    await states.house.drain()
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["executionCounts"]?["running"] == 3)
    await states.house.advance(by: .seconds(120), step: .seconds(1))
    #expect(try await states.status(execution) == "SUCCEEDED")
    let late = await states.fault("UpdateMapRun", ["mapRunArn": arn, "maxConcurrency": 1])
    #expect(late?.fields["reason"] == "CANNOT_UPDATE_COMPLETED_MAP_RUN")
    #expect(await states.fault("DescribeMapRun", ["mapRunArn": "x"])?.code == "InvalidArn")
    #expect(
      await states.fault("DescribeMapRun", ["mapRunArn": .string("\(StatesHouse.prefix):mapRun:machine/each:none")])?.code
        == "ResourceNotFound")
  }

  @Test func childrenOfAStoppedExecutionAreAborted() async throws {
    let states = try await StatesHouse()
    let wait: JSONValue = ["W": ["Type": "Wait", "Seconds": 60, "End": true]]
    let machine = try await states.create(machine("STANDARD", wait, start: "W"))
    let execution = try await states.start(machine, .array((0..<150).map { .int($0) }))
    await states.house.drain()
    let arn = try await run(states, execution)
    _ = try await states.call("StopExecution", ["executionArn": .string(execution)])
    await states.house.drain()
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": arn])["status"] == "ABORTED")
    let running = try await states.call("ListExecutions", ["mapRunArn": arn, "statusFilter": "RUNNING"])
    #expect(running["executions"] == [])
  }

  @Test func expressChildrenOfAStoppedExecutionStop() async throws {
    let states = try await StatesHouse()
    let wait: JSONValue = ["W": ["Type": "Wait", "Seconds": 60, "End": true]]
    let machine = try await states.create(machine("EXPRESS", wait, start: "W"))
    let execution = try await states.start(machine, [1, 2, 3])
    async let drained: Void = states.house.drain()
    // Each child sleeps twice: for its state, and for the longest time it may run.
    while states.house.clock.sleeping < 6 { await Task.yield() }
    _ = try await states.call("StopExecution", ["executionArn": .string(execution)])
    await states.house.drain()
    await drained
    #expect(states.house.clock.sleeping == 0)
    #expect(try await states.call("DescribeMapRun", ["mapRunArn": run(states, execution)])["status"] == "ABORTED")
  }

  @Test(arguments: ["STANDARD", "EXPRESS"]) func aRedriveRunsWhatDidNotSucceed(type: String) async throws {
    let states = try await StatesHouse()
    _ = try await states.queue("done")
    func send(_ queue: String) -> JSONValue {
      [
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
        "Parameters": ["QueueUrl": .string("http://127.0.0.1:4566/000000000000/\(queue)"), "MessageBody.$": "States.Format('{}', $)"],
        "ResultSelector": ["status.$": "$.SdkHttpMetadata.HttpStatusCode"],
      ]
    }
    // The second of four fails until its queue is there; the last two do not begin before.
    let children: JSONValue = [
      "C": ["Type": "Choice", "Choices": [["Variable": "$", "NumericEquals": 2, "Next": "Late"]], "Default": "Done"],
      "Late": send("late"), "Done": send("done"),
    ]
    let machine = try await states.create(machine(type, children, start: "C", ["MaxConcurrency": 1]))
    let execution = try await states.start(machine, [1, 2, 3, 4])
    await states.house.drain()
    #expect(try await states.describe(execution)["error"] == "States.ExceedToleratedFailureThreshold")
    let arn = try await run(states, execution)
    let failed = try await states.call("DescribeMapRun", ["mapRunArn": arn])
    #expect(failed["executionCounts"]?["failed"] == 1 && failed["executionCounts"]?["aborted"] == 2 && failed["redriveCount"] == 0)
    if type == "STANDARD" {
      let child = try await states.call("ListExecutions", ["mapRunArn": arn, "statusFilter": "FAILED"])["executions"]?[0]?["executionArn"]
      let described = try await states.call("DescribeExecution", ["executionArn": try #require(child)])
      #expect(described["redriveStatus"] == "REDRIVABLE_BY_MAP_RUN")
      #expect(await states.fault("RedriveExecution", ["executionArn": try #require(child)])?.code == "ExecutionNotRedrivable")
    }
    _ = try await states.queue("late")
    _ = try await states.call("RedriveExecution", ["executionArn": .string(execution)])
    await states.house.drain()
    #expect(try await states.describe(execution)["output"] == #"[{"status":200},{"status":200},{"status":200},{"status":200}]"#)
    let types = try await states.types(execution)
    #expect(types.filter { $0 == "MapRunStarted" }.count == 1 && types.filter { $0 == "MapRunRedriven" }.count == 1)
    let redriven = try await states.history(execution).first { $0["type"] == "MapRunRedriven" }
    #expect(redriven?["mapRunRedrivenEventDetails"] == ["mapRunArn": arn, "redriveCount": 1])
    let description = try await states.call("DescribeMapRun", ["mapRunArn": arn])
    #expect(description["status"] == "SUCCEEDED" && description["redriveCount"] == 1)
    #expect(description["executionCounts"]?["succeeded"] == 4 && description["executionCounts"]?["total"] == 4)
    let sent = try await states.house.call(
      "sqs", "ReceiveMessage", ["QueueUrl": "http://127.0.0.1:4566/000000000000/done", "MaxNumberOfMessages": 10])
    #expect(sent["Messages"]?.array?.compactMap { $0["Body"]?.string }.sorted() == ["1", "3", "4"])
  }

  @Test func nothingToDoIsDone() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(machine("STANDARD", Self.double, start: "D"))
    #expect(try await states.describe(try await states.start(machine, []))["output"] == "[]")
  }

  @Test func batchesCountTheirItems() async throws {
    let states = try await StatesHouse()
    let definition = machine(
      "STANDARD", ["P": ["Type": "Pass", "End": true]], start: "P", ["ItemBatcher": ["MaxItemsPerBatch": 4]])
    let execution = try await states.start(try await states.create(definition), .array((0..<10).map { .int($0) }))
    await states.house.drain()
    let described = try await states.call("DescribeMapRun", ["mapRunArn": run(states, execution)])
    #expect(described["itemCounts"]?["succeeded"] == 10 && described["executionCounts"]?["succeeded"] == 3)
  }
}

@Suite struct StateTestTests {
  private func test(_ input: JSONValue) async throws -> JSONValue {
    try await StatesHouse().call("TestState", input)
  }

  @Test func aStateIsTriedByItself() async throws {
    let state: JSONValue = ["Type": "Pass", "Parameters": ["n.$": "$.a"], "ResultPath": "$.r", "Next": "After"]
    let answer = try await test(["definition": .string(state.text), "input": #"{"a":1}"#, "inspectionLevel": "DEBUG"])
    #expect(answer["status"] == "SUCCEEDED" && answer["output"] == #"{"a":1,"r":{"n":1}}"# && answer["nextState"] == "After")
    #expect(answer["inspectionData"]?["afterParameters"] == #"{"n":1}"#)
  }

  @Test func tasksAreDoneOrMocked() async throws {
    let states = try await StatesHouse()
    let queue = try await states.queue()
    var state: JSONObject = [
      "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": ["QueueUrl": queue, "MessageBody": "m"],
      "ResultSelector": ["status.$": "$.SdkHttpMetadata.HttpStatusCode"], "End": true,
      "Catch": [["ErrorEquals": ["States.ALL"], "Next": "Caught"]],
    ]
    let real = try await states.call("TestState", ["definition": .string(JSONValue.object(state).text), "roleArn": states.role])
    #expect(real["output"] == #"{"status":200}"#)
    let mocked = try await states.call(
      "TestState",
      ["definition": .string(JSONValue.object(state).text), "mock": ["errorOutput": ["error": "SQS.Gone", "cause": "c"]]])
    #expect(mocked["status"] == "CAUGHT_ERROR" && mocked["nextState"] == "Caught" && mocked["error"] == "SQS.Gone")
    state["Resource"] = "arn:aws:states:::states:startExecution.sync"
    let sync: JSONValue = ["definition": .string(JSONValue.object(state).text), "roleArn": states.role]
    #expect(await states.fault("TestState", sync)?.code == "ValidationException")
  }

  @Test func oneStateOfAMachine() async throws {
    let machine: JSONValue = [
      "StartAt": "A", "States": ["A": ["Type": "Pass", "Next": "B"], "B": ["Type": "Fail", "Error": "E", "Cause": "C"]],
    ]
    let answer = try await test(["definition": .string(machine.text), "stateName": "B"])
    #expect(answer["status"] == "FAILED" && answer["error"] == "E" && answer["cause"] == "C")
    let states = try await StatesHouse()
    #expect(await states.fault("TestState", ["definition": .string(machine.text)])?.code == "ValidationException")
    #expect(await states.fault("TestState", ["definition": "{"])?.code == "InvalidDefinition")
    #expect(
      await states.fault("TestState", ["definition": .string(machine.text), "stateName": "B", "input": "{"])?.code
        == "InvalidExecutionInput")
    #expect(await states.fault("TestState", ["definition": .string(machine.text), "stateName": "B", "roleArn": "r"])?.code == "InvalidArn")
  }
}
