import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct ExpressTests {
  @Test func aSynchronousExecutionAnswersItsResult() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(
      ["StartAt": "P", "States": ["P": ["Type": "Pass", "Result": ["r": 1], "ResultPath": "$.p", "End": true]]], type: "EXPRESS")
    let answer = try await states.call(
      "StartSyncExecution", ["stateMachineArn": .string(machine), "input": #"{"a":1}"#, "name": "n", "traceHeader": "t"])
    #expect(answer["status"] == "SUCCEEDED")
    #expect(answer["output"] == #"{"a":1,"p":{"r":1}}"#)
    #expect(answer["input"] == #"{"a":1}"#)
    #expect(answer["inputDetails"] == ["included": true] && answer["outputDetails"] == ["included": true])
    #expect(answer["executionArn"]?.string?.hasPrefix("\(StatesHouse.prefix):express:machine:n:") == true)
    #expect(answer["stateMachineArn"] == .string(machine) && answer["name"] == "n" && answer["traceHeader"] == "t")
    #expect(answer["billingDetails"] == ["billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100])
    #expect(states.house.seen.events.isEmpty)
    let metadata = try await states.call("StartSyncExecution", ["stateMachineArn": .string(machine), "includedData": "METADATA_ONLY"])
    #expect(metadata["output"]?.string == nil && metadata["outputDetails"] == ["included": false])
  }

  @Test func aFailureIsAnAnswer() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.fail, type: "EXPRESS")
    let answer = try await states.call("StartSyncExecution", ["stateMachineArn": .string(machine)])
    #expect(answer["status"] == "FAILED" && answer["error"] == "E" && answer["cause"] == "C")
    let counted = await states.house.counted()
    #expect(counted.contains { $0.name == "ExecutionsFailed" && $0.value == 1 })
    #expect(counted.contains { $0.name == "ExpressExecutionBilledDuration" && $0.value == 100 })
  }

  @Test func tasksAndWaitsRunInMemory() async throws {
    let states = try await StatesHouse()
    let queue = try await states.queue()
    let machine = try await states.create(
      [
        "StartAt": "W",
        "States": [
          "W": ["Type": "Wait", "Seconds": 5, "Next": "T"],
          "T": [
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": ["QueueUrl": queue, "MessageBody.$": "$.body"],
            "ResultSelector": ["status.$": "$.SdkHttpMetadata.HttpStatusCode"], "End": true,
          ],
        ],
      ], type: "EXPRESS")
    async let answer = states.call("StartSyncExecution", ["stateMachineArn": .string(machine), "input": #"{"body":"hello"}"#])
    while states.house.clock.sleeping < 2 { await Task.yield() }
    states.house.clock.advance(by: .seconds(5))
    #expect(try await answer["output"] == #"{"status":200}"#)
    #expect(try await states.house.call("sqs", "ReceiveMessage", ["QueueUrl": queue])["Messages"]?[0]?["Body"] == "hello")
  }

  @Test func retriesAndCatchesWork() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(
      [
        "StartAt": "T",
        "States": [
          "T": [
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": ["QueueUrl": "http://x/none", "MessageBody": "m"],
            "Retry": [["ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1]],
            "Catch": [["ErrorEquals": ["States.ALL"], "Next": "C"]], "End": true,
          ],
          "C": ["Type": "Pass", "Result": "caught", "End": true],
        ],
      ], type: "EXPRESS")
    async let answer = states.call("StartSyncExecution", ["stateMachineArn": .string(machine)])
    while states.house.clock.sleeping < 2 { await Task.yield() }
    states.house.clock.advance(by: .seconds(1))
    #expect(try await answer["output"] == #""caught""#)
  }

  @Test func fiveMinutesAreTheLimit() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(
      ["StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 1000, "End": true]]], type: "EXPRESS")
    async let answer = states.call("StartSyncExecution", ["stateMachineArn": .string(machine)])
    while states.house.clock.sleeping < 2 { await Task.yield() }
    states.house.clock.advance(by: .seconds(300))
    let ended = try await answer
    #expect(ended["status"] == "TIMED_OUT" && ended["error"] == "States.Timeout")
    #expect(ended["billingDetails"]?["billedDurationInMilliseconds"] == 300_000)
  }

  @Test func anAsynchronousExecutionRunsBehindItsAnswer() async throws {
    let states = try await StatesHouse()
    let queue = try await states.queue()
    let machine = try await states.create(
      Machines.task("arn:aws:states:::sqs:sendMessage", ["Parameters": ["QueueUrl": queue, "MessageBody": "m"]]), type: "EXPRESS")
    let first = try await states.start(machine, name: "same")
    let second = try await states.start(machine, name: "same")
    #expect(first != second)
    await states.house.drain()
    let received = try await states.house.call("sqs", "ReceiveMessage", ["QueueUrl": queue, "MaxNumberOfMessages": 10])
    #expect(received["Messages"]?.array?.count == 2)
    #expect(await states.house.counted().filter { $0.name == "ExecutionsSucceeded" }.first?.value == 2)
    for operation in ["DescribeExecution", "GetExecutionHistory", "StopExecution", "RedriveExecution", "DescribeStateMachineForExecution"] {
      #expect(await states.fault(operation, ["executionArn": .string(first)])?.code == "InvalidArn", "\(operation)")
    }
    #expect(await states.fault("ListExecutions", ["stateMachineArn": .string(machine)])?.code == "StateMachineTypeNotSupported")
  }

  @Test func whatOnlyStandardMachinesDoIsRefused() async throws {
    let states = try await StatesHouse()
    for resource in [
      "arn:aws:states:::states:startExecution.sync", "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      "\(StatesHouse.prefix):activity:work",
    ] {
      let fault = await states.fault(
        "CreateStateMachine",
        ["name": "m", "definition": .string(Machines.task(resource).text), "roleArn": states.role, "type": "EXPRESS"])
      #expect(fault?.code == "InvalidDefinition", "\(resource)")
      #expect(fault?.message.contains("Express state machine does not support") == true)
    }
    let standard = try await states.create(Machines.pass)
    #expect(
      await states.fault("StartSyncExecution", ["stateMachineArn": .string(standard)])
        == .some(
          Fault("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")))
  }

  @Test func faultsOfStarting() async throws {
    let states = try await StatesHouse(limits: .aws)
    let machine: JSONValue = .string(try await states.create(Machines.pass, type: "EXPRESS"))
    let long = "\"" + String(repeating: "x", count: 262_143) + "\""
    for operation in ["StartSyncExecution", "StartExecution"] {
      #expect(await states.fault(operation, ["stateMachineArn": machine, "input": "{"])?.code == "InvalidExecutionInput")
      #expect(await states.fault(operation, ["stateMachineArn": machine, "input": .string(long)])?.code == "ValidationException")
      #expect(await states.fault(operation, ["stateMachineArn": machine, "name": "a/b"])?.code == "InvalidName")
      #expect(await states.fault(operation, ["stateMachineArn": "x"])?.code == "InvalidArn")
      #expect(
        await states.fault(operation, ["stateMachineArn": .string("\(StatesHouse.prefix):stateMachine:none")])?.code
          == "StateMachineDoesNotExist")
      #expect(
        await states.fault(operation, ["stateMachineArn": .string("\(StatesHouse.prefix):stateMachine:machine/label")])?.fields["reason"]
          == "API_DOES_NOT_SUPPORT_LABELED_ARNS")
    }
  }

  @Test func anUpdateIsSeenByTheNextStart() async throws {
    let states = try await StatesHouse()
    let machine: JSONValue = .string(try await states.create(Machines.pass, type: "EXPRESS"))
    _ = try await states.call("StartSyncExecution", ["stateMachineArn": machine])
    _ = try await states.call("UpdateStateMachine", ["stateMachineArn": machine, "definition": .string(Machines.fail.text)])
    #expect(try await states.call("StartSyncExecution", ["stateMachineArn": machine])["status"] == "FAILED")
    _ = try await states.call("DeleteStateMachine", ["stateMachineArn": machine])
    #expect(await states.fault("StartSyncExecution", ["stateMachineArn": machine])?.code == "StateMachineDoesNotExist")
  }
}
