import JSON
import SNS
import SQS
import ServiceKit
import StepFunctions
import Store
import TestKit
import Testing
import Time

@Suite struct ExecutionTests {
  @Test func statesThatNeedNotWaitEndAtOnce() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "A",
      "States": [
        "A": ["Type": "Pass", "Result": ["n": 1], "ResultPath": "$.a", "Next": "B"],
        "B": ["Type": "Choice", "Choices": [["Variable": "$.a.n", "NumericEquals": 1, "Next": "C"]]],
        "C": ["Type": "Succeed"],
      ],
    ])
    let execution = try await states.start(machine, ["x": true], name: "first")
    #expect(execution.hasSuffix(":execution:machine:first"))
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    #expect(description["output"] == .string(#"{"x":true,"a":{"n":1}}"#))
    let types = try await states.history(execution).compactMap { $0["type"]?.string }
    #expect(types.first == "ExecutionStarted" && types.last == "ExecutionSucceeded")
    #expect(states.house.seen.events.compactMap { $0.detail["status"]?.string } == ["RUNNING", "SUCCEEDED"])
  }

  @Test func waitsEndOnTheClock() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 60, "End": true]],
    ])
    let execution = try await states.start(machine)
    await states.house.advance(by: .seconds(59))
    #expect(try await states.describe(execution)["status"] == "RUNNING")
    await states.house.advance(by: .seconds(1))
    #expect(try await states.describe(execution)["status"] == "SUCCEEDED")
  }

  @Test func aTaskCallsAnotherRoomExactlyOnce() async throws {
    let states = try await StatesHouse()
    let queue = try #require(try await states.house.call("sqs", "CreateQueue", ["QueueName": "q"])["QueueUrl"]?.string)
    let machine = try await states.create([
      "StartAt": "Send",
      "States": [
        "Send": [
          "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
          "Parameters": ["QueueUrl": .string(queue), "MessageBody": ["from.$": "$.who"]], "ResultPath": "$.sent", "End": true,
        ]
      ],
    ])
    let execution = try await states.start(machine, ["who": "me"])
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    let output = try JSONValue(parsing: try #require(description["output"]?.string))
    #expect(output["sent"]?["SdkHttpMetadata"]?["HttpStatusCode"] == 200)
    let received = try await states.house.call("sqs", "ReceiveMessage", ["QueueUrl": .string(queue)])
    #expect(received["Messages"]?[0]?["Body"] == #"{"from":"me"}"#)
  }

  @Test func faultsOfACallCanBeCaught() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "Send",
      "States": [
        "Send": [
          "Type": "Task", "Resource": "arn:aws:states:::sns:publish",
          "Parameters": ["TopicArn": "arn:aws:sns:eu-central-1:000000000000:none", "Message": "x"], "End": true,
          "Catch": [["ErrorEquals": ["SNS.NotFoundException"], "ResultPath": "$.error", "Next": "Caught"]],
        ],
        "Caught": ["Type": "Fail", "Error": "Gone", "CausePath": "$.error.Cause"],
      ],
    ])
    let description = try await states.describe(try await states.start(machine))
    #expect(description["status"] == "FAILED")
    #expect(description["error"] == "Gone")
    #expect(description["cause"]?.string?.contains("Topic does not exist") == true)
  }

  @Test func nestedExecutionsAreWaitedFor() async throws {
    let states = try await StatesHouse()
    let child = try await states.create(
      [
        "StartAt": "W",
        "States": ["W": ["Type": "Wait", "Seconds": 5, "Next": "P"], "P": ["Type": "Pass", "Result": ["r": 1], "End": true]],
      ],
      name: "child")
    let parent = try await states.create(
      [
        "StartAt": "Run",
        "States": [
          "Run": [
            "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": ["StateMachineArn": .string(child), "Input": ["a": 1]], "OutputPath": "$.Output", "End": true,
          ]
        ],
      ], name: "parent")
    let execution = try await states.start(parent)
    await states.house.advance(by: .seconds(6), step: .seconds(1))
    let description = try await states.describe(execution)
    #expect(description["status"] == "SUCCEEDED")
    #expect(description["output"] == #"{"r":1}"#)
  }

  @Test func aMachineThatStartsItselfEndsNowhereButHoldsUpNobody() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create([
      "StartAt": "Choose",
      "States": [
        "Choose": ["Type": "Choice", "Choices": [["Variable": "$.n", "NumericGreaterThan": 30, "Next": "Done"]], "Default": "Again"],
        "Again": [
          "Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
          "Parameters": [
            "StateMachineArn": "arn:aws:states:eu-central-1:000000000000:stateMachine:machine",
            "Input": ["n.$": "States.MathAdd($.n, 1)"],
          ], "End": true,
        ],
        "Done": ["Type": "Succeed"],
      ],
    ])
    let execution = try await states.start(machine, ["n": 0])
    await states.house.drain()
    #expect(try await states.describe(execution)["status"] == "SUCCEEDED")
  }

  @Test func taskTokensReportOnce() async throws {
    let states = try await StatesHouse()
    let queue = try #require(try await states.house.call("sqs", "CreateQueue", ["QueueName": "q"])["QueueUrl"]?.string)
    let machine = try await states.create([
      "StartAt": "Ask",
      "States": [
        "Ask": [
          "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
          "Parameters": ["QueueUrl": .string(queue), "MessageBody": ["token.$": "$$.Task.Token"]], "End": true,
        ]
      ],
    ])
    let execution = try await states.start(machine)
    #expect(try await states.describe(execution)["status"] == "RUNNING")
    let received = try await states.house.call("sqs", "ReceiveMessage", ["QueueUrl": .string(queue)])
    let body = try JSONValue(parsing: try #require(received["Messages"]?[0]?["Body"]?.string))
    let report: JSONValue = ["taskToken": try #require(body["token"]), "output": #"{"done":true}"#]
    try await states.house.call("stepfunctions", "SendTaskSuccess", report)
    #expect(try await states.describe(execution)["output"] == #"{"done":true}"#)
    #expect(await states.house.fault("stepfunctions", "SendTaskSuccess", report)?.code == "TaskTimedOut")
    #expect(await states.house.fault("stepfunctions", "SendTaskSuccess", ["taskToken": "x", "output": "{}"])?.code == "InvalidToken")
  }

  @Test func stoppedExecutionsAreAborted() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(["StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 600, "End": true]]])
    let execution = try await states.start(machine)
    try await states.house.call("stepfunctions", "StopExecution", ["executionArn": .string(execution), "error": "E", "cause": "C"])
    let description = try await states.describe(execution)
    #expect(description["status"] == "ABORTED")
    #expect(description["error"] == "E")
    await states.house.advance(by: .seconds(700))
    #expect(try await states.history(execution).last?["type"] == "ExecutionAborted")
  }

  @Test func namesAreUsedOnce() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]])
    _ = try await states.start(machine, name: "n")
    let fault = await states.house.fault(
      "stepfunctions", "StartExecution", ["stateMachineArn": .string(machine), "name": "n", "input": "{}"])
    #expect(fault?.code == "ExecutionAlreadyExists")
  }

  @Test func whatIsNotServedIsRefusedByName() async throws {
    let states = try await StatesHouse()
    for (resource, word) in [
      ("arn:aws:lambda:eu-central-1:000000000000:function:f", "Lambda")
    ] {
      let definition: JSONValue = ["StartAt": "T", "States": ["T": ["Type": "Task", "Resource": .string(resource), "End": true]]]
      let fault = await states.house.fault(
        "stepfunctions", "CreateStateMachine", ["name": "m", "definition": .string(definition.text), "roleArn": states.role])
      #expect(fault?.code == "InvalidDefinition")
      #expect(fault?.message.contains(word) == true)
    }
    let fault = await states.house.fault(
      "stepfunctions", "CreateStateMachine", ["name": "m", "definition": "{", "roleArn": states.role])
    #expect(fault?.code == "InvalidDefinition")
  }

  @Test func listsPageByPage() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]])
    for number in 0..<5 {
      _ = try await states.start(machine, name: "n\(number)")
      await states.house.advance(by: .seconds(1))
    }
    var names: [String] = []
    var token: JSONValue?
    repeat {
      var input: JSONObject = ["stateMachineArn": .string(machine), "maxResults": 2]
      if let token { input["nextToken"] = token }
      let page = try await states.house.call("stepfunctions", "ListExecutions", .object(input))
      names += (page["executions"]?.array ?? []).compactMap { $0["name"]?.string }
      token = page["nextToken"].flatMap { $0.isNull ? nil : $0 }
    } while token != nil
    #expect(names == ["n4", "n3", "n2", "n1", "n0"])
  }
}
