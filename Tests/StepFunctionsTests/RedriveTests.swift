import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct RedriveTests {
  /// A task that fails until its queue is there.
  private static func send(_ queue: String) -> JSONObject {
    [
      "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
      "Parameters": ["QueueUrl": .string("http://127.0.0.1:4566/000000000000/\(queue)"), "MessageBody.$": "$$.Execution.RedriveCount"],
      "ResultSelector": ["status.$": "$.SdkHttpMetadata.HttpStatusCode"],
    ]
  }

  private static func with(_ fields: JSONObject, _ more: JSONObject) -> JSONValue {
    var state = fields
    for (name, value) in more { state[name] = value }
    return .object(state)
  }

  private func redrive(_ states: StatesHouse, _ execution: String) async throws {
    _ = try await states.call("RedriveExecution", ["executionArn": .string(execution)])
  }

  @Test func aFailedTaskIsDoneAgainAndNothingBeforeIt() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "Before",
      "States": [
        "Before": ["Type": "Pass", "Result": ["kept": 1], "Assign": ["v": 7], "Next": "Send"],
        "Send": Self.with(Self.send("late"), ["ResultPath": "$.sent", "Next": "After"]),
        "After": ["Type": "Pass", "Parameters": ["v.$": "$v", "kept.$": "$.kept", "status.$": "$.sent.status"], "End": true],
      ],
    ])
    let execution = try await states.start(machine)
    let failed = try await states.describe(execution)
    #expect(failed["status"] == "FAILED" && failed["redriveStatus"] == "REDRIVABLE" && failed["redriveCount"] == 0)
    let events = try await states.history(execution).count
    _ = try await states.queue("late")
    await states.house.advance(by: .seconds(10))
    try await redrive(states, execution)
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    #expect(description["output"] == #"{"v":7,"kept":1,"status":200}"#)
    #expect(description["redriveCount"] == 1 && description["redriveStatus"] == "NOT_REDRIVABLE")
    #expect(description["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven")
    #expect(description["redriveDate"] == .double(1_767_225_610))
    let history = try await states.history(execution)
    #expect(history[events]["executionRedrivenEventDetails"] == ["redriveCount": 1])
    #expect(
      history[events...].compactMap { $0["type"]?.string } == [
        "ExecutionRedriven", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited", "PassStateEntered", "PassStateExited",
        "ExecutionSucceeded",
      ])
    #expect(history.enumerated().allSatisfy { $0.element["id"] == .int(Int64($0.offset + 1)) })
    let received = try await states.house.call("sqs", "ReceiveMessage", ["QueueUrl": "http://127.0.0.1:4566/000000000000/late"])
    #expect(received["Messages"]?[0]?["Body"] == "1")
    #expect(states.house.seen.events.compactMap { $0.detail["status"]?.string } == ["RUNNING", "FAILED", "RUNNING", "SUCCEEDED"])
    let counted = Set(await states.house.counted().filter { $0.dimensions.isEmpty }.map(\.name))
    #expect(counted.isSuperset(of: ["ExecutionsRedriven", "RedrivenExecutionsSucceeded", "ExecutionsSucceeded"]))
  }

  @Test func onlyBranchesThatDidNotSucceedAreDoneAgain() async throws {
    let states = try await StatesHouse()
    _ = try await states.queue("done")
    let machine = try await states.create([
      "StartAt": "Both",
      "States": [
        "Both": [
          "Type": "Parallel", "End": true,
          "Branches": [
            ["StartAt": "A", "States": ["A": Self.with(Self.send("done"), ["End": true])]],
            [
              "StartAt": "W",
              "States": ["W": ["Type": "Wait", "Seconds": 5, "Next": "B"], "B": Self.with(Self.send("late"), ["End": true])],
            ],
            ["StartAt": "C", "States": ["C": ["Type": "Wait", "Seconds": 60, "End": true]]],
          ],
        ]
      ],
    ])
    let execution = try await states.start(machine)
    await states.house.advance(by: .seconds(5), step: .seconds(1))
    #expect(try await states.status(execution) == "FAILED")
    _ = try await states.queue("late")
    try await redrive(states, execution)
    await states.house.advance(by: .seconds(59), step: .seconds(1))
    #expect(try await states.status(execution) == "RUNNING")
    await states.house.advance(by: .seconds(1), step: .seconds(1))
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    let output = try JSONValue(parsing: try #require(description["output"]?.string))
    #expect(output.array?.count == 3 && output[0] == ["status": 200] && output[1] == ["status": 200])
    func count(_ queue: String) async throws -> Int {
      let received = try await states.house.call(
        "sqs", "ReceiveMessage",
        ["QueueUrl": .string("http://127.0.0.1:4566/000000000000/\(queue)"), "MaxNumberOfMessages": 10])
      return received["Messages"]?.array?.count ?? 0
    }
    #expect(try await count("done") == 1)
    #expect(try await count("late") == 1)
  }

  @Test func mapIterationsThatSucceededStay() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "M",
      "States": [
        "M": [
          "Type": "Map", "MaxConcurrency": 1, "End": true,
          "ItemProcessor": [
            "StartAt": "Choose",
            "States": [
              "Choose": ["Type": "Choice", "Choices": [["Variable": "$", "NumericEquals": 2, "Next": "Send"]], "Default": "Easy"],
              "Easy": ["Type": "Pass", "End": true],
              "Send": Self.with(Self.send("late"), ["End": true]),
            ],
          ],
        ]
      ],
    ])
    let execution = try await states.start(machine, [1, 2, 3])
    #expect(try await states.status(execution) == "FAILED")
    try await redrive(states, execution)
    #expect(try await states.status(execution) == "FAILED")
    _ = try await states.queue("late")
    try await redrive(states, execution)
    let description = try await states.describe(execution)
    #expect(description["output"] == #"[1,{"status":200},3]"#)
    #expect(description["redriveCount"] == 2)
    let entered = try await states.history(execution).filter { $0["stateEnteredEventDetails"]?["name"] == "Easy" }
    #expect(entered.count == 2)
  }

  @Test func stoppedAndTimedOutExecutionsGoOn() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "W", "TimeoutSeconds": 20, "States": ["W": ["Type": "Wait", "Seconds": 30, "End": true]],
    ])
    let execution = try await states.start(machine)
    _ = try await states.call("StopExecution", ["executionArn": .string(execution)])
    try await redrive(states, execution)
    await states.house.advance(by: .seconds(20), step: .seconds(1))
    #expect(try await states.status(execution) == "TIMED_OUT")
    #expect(try await states.call("DescribeExecution", ["executionArn": .string(execution)])["error"] == "States.Timeout")
    // The time-out counts from the redrive.
    try await redrive(states, execution)
    await states.house.advance(by: .seconds(19), step: .seconds(1))
    #expect(try await states.status(execution) == "RUNNING")
  }

  @Test func whatCanNotBeRedrivenSaysWhy() async throws {
    let states = try await StatesHouse(limits: .aws)
    let pass = try await states.create(Machines.pass, name: "pass")
    let succeeded = try await states.start(pass)
    let fault = await states.fault("RedriveExecution", ["executionArn": .string(succeeded)])
    #expect(fault == Fault("ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven"))
    let running = try await states.start(try await states.create(Machines.wait, name: "wait"))
    #expect(
      await states.fault("RedriveExecution", ["executionArn": .string(running)])?.message
        == "Execution is RUNNING and cannot be redriven")
    let failed = try await states.start(try await states.create(Machines.fail, name: "fail"))
    await states.house.advance(by: .seconds(14 * 86_400 + 1), step: .seconds(86_400))
    #expect(
      await states.fault("RedriveExecution", ["executionArn": .string(failed)])?.message == "Execution redrivable period exceeded")
    #expect(
      await states.fault("RedriveExecution", ["executionArn": .string("\(StatesHouse.prefix):execution:a:b")])?.code
        == "ExecutionDoesNotExist")
    #expect(
      await states.fault("RedriveExecution", ["executionArn": .string(failed), "clientToken": "ü"])?.code == "ValidationException")
  }

  @Test func aClientTokenRedrivesOnce() async throws {
    let states = try await StatesHouse()
    let failed = try await states.start(try await states.create(Machines.fail))
    let input: JSONValue = ["executionArn": .string(failed), "clientToken": "t"]
    let first = try await states.call("RedriveExecution", input)
    await states.house.advance(by: .seconds(1))
    #expect(try await states.call("RedriveExecution", input) == first)
    #expect(try await states.describe(failed)["redriveCount"] == 1)
  }

  @Test func listsFilterByRedrive() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.fail)
    let first = try await states.start(machine, name: "first")
    _ = try await states.start(machine, name: "second")
    await states.house.advance(by: .seconds(1))
    try await redrive(states, first)
    func names(_ input: JSONObject) async throws -> [String] {
      var input = input
      input["stateMachineArn"] = .string(machine)
      return (try await states.call("ListExecutions", .object(input))["executions"]?.array ?? []).compactMap { $0["name"]?.string }
    }
    #expect(try await names(["redriveFilter": "REDRIVEN"]) == ["first"])
    #expect(try await names(["redriveFilter": "NOT_REDRIVEN"]) == ["second"])
    #expect(try await names(["statusFilter": "FAILED"]) == ["first", "second"])
    #expect(try await names(["statusFilter": "SUCCEEDED"]).isEmpty)
    #expect(
      await states.fault("ListExecutions", ["stateMachineArn": .string(machine), "statusFilter": "PENDING_REDRIVE"])?.code
        == "ValidationException")
    #expect(await states.fault("ListExecutions")?.fields["reason"] == "MISSING_REQUIRED_PARAMETER")
    #expect(await states.fault("ListExecutions", ["stateMachineArn": .string(machine), "nextToken": "x"])?.code == "InvalidToken")
  }
}
