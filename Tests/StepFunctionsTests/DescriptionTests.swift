import FoundationEssentials
import JSON
import Logs
import Series
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

/// How machines are named, described and configured.
@Suite struct DescriptionTests {
  private static let nested: JSONValue = [
    "QueryLanguage": "JSONata", "StartAt": "A",
    "States": [
      "A": ["Type": "Pass", "Assign": ["v": 1], "Next": "M"],
      "M": [
        "Type": "Map", "Label": "outer", "Items": "{% [$v] %}", "End": true,
        "ItemProcessor": [
          "ProcessorConfig": ["Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"], "StartAt": "I",
          "States": [
            "I": [
              "Type": "Map", "Label": "inner", "Items": "{% [1] %}", "End": true,
              "ItemProcessor": [
                "ProcessorConfig": ["Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"], "StartAt": "P",
                "States": [
                  "P": ["Type": "Pass", "Assign": ["w": 1], "Next": "Q"], "Q": ["Type": "Pass", "Output": "{% $w %}", "End": true],
                ],
              ],
            ]
          ],
        ],
      ],
    ],
  ]

  @Test func variableReferencesAreTold() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Self.nested)
    let described = try await states.call("DescribeStateMachine", ["stateMachineArn": .string(machine)])
    #expect(described["variableReferences"] == ["M": ["v"], "Q": ["w"]])
    let execution = try await states.start(machine)
    await states.house.drain()
    #expect(try await states.describe(execution)["output"] == "[[1]]")
    let ran = try await states.call("DescribeStateMachineForExecution", ["executionArn": .string(execution)])
    #expect(ran["variableReferences"] == described["variableReferences"])
    let inner = try await states.call("DescribeStateMachine", ["stateMachineArn": .string("\(machine)/outer/inner")])
    #expect(inner["variableReferences"] == ["Q": ["w"]] && inner["label"] == "outer/inner")
    #expect(try JSONValue(parsing: try #require(inner["definition"]?.string))["StartAt"] == "P")
    let plain = try await states.create(Machines.pass, name: "plain")
    #expect(try await states.call("DescribeStateMachine", ["stateMachineArn": .string(plain)])["variableReferences"] == nil)
    #expect(
      await states.fault("DescribeStateMachine", ["stateMachineArn": .string("\(machine)/none")])?.code == "StateMachineDoesNotExist")
  }

  @Test func metadataIsDescribedAlone() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Self.nested)
    let described = try await states.call(
      "DescribeStateMachine", ["stateMachineArn": .string(machine), "includedData": "METADATA_ONLY"])
    #expect(described["definition"] == "{}" && described["variableReferences"] == nil && described["roleArn"] == states.role)
    let execution = try await states.start(machine)
    let ran = try await states.call(
      "DescribeStateMachineForExecution", ["executionArn": .string(execution), "includedData": "METADATA_ONLY"])
    #expect(ran["definition"] == "{}")
    #expect(
      await states.fault("DescribeStateMachineForExecution", ["executionArn": .string(execution), "includedData": "SOME"])?.code
        == "ValidationException")
  }

  @Test func whatIsElsewhereIsNotTakenForWhatIsHere() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.wait)
    let execution = try await states.start(machine)
    _ = try await states.call("CreateActivity", ["name": "work"])
    for (old, new) in [("eu-central-1", "us-east-1"), ("000000000000", "111111111111")] {
      func other(_ arn: String) -> JSONValue { .string(arn.replacing(old, with: new)) }
      #expect(await states.fault("DescribeStateMachine", ["stateMachineArn": other(machine)])?.code == "InvalidArn")
      #expect(await states.fault("DeleteStateMachine", ["stateMachineArn": other(machine)])?.code == "InvalidArn")
      #expect(await states.fault("StartExecution", ["stateMachineArn": other(machine)])?.code == "InvalidArn")
      #expect(await states.fault("StopExecution", ["executionArn": other(execution)])?.code == "InvalidArn")
      #expect(await states.fault("DescribeActivity", ["activityArn": other("\(StatesHouse.prefix):activity:work")])?.code == "InvalidArn")
    }
    #expect(try await states.status(execution) == "RUNNING")
  }

  @Test func lengthsAreChecked() async throws {
    let states = try await StatesHouse()
    let long = JSONValue.string(String(repeating: "a", count: 257))
    for (operation, member) in [
      ("DescribeStateMachine", "stateMachineArn"), ("DescribeExecution", "executionArn"), ("GetActivityTask", "activityArn"),
      ("ListTagsForResource", "resourceArn"), ("DescribeStateMachineAlias", "stateMachineAliasArn"), ("DeleteActivity", "activityArn"),
    ] {
      for value: JSONValue in ["", long] {
        let fault = await states.fault(operation, [member: value])
        #expect(fault?.code == "ValidationException" && fault?.message.contains("at '\(member)'") == true, "\(operation) \(value)")
      }
    }
    #expect(await states.fault("ListActivities", ["nextToken": ""])?.code == "ValidationException")
    #expect(await states.fault("ListActivities", ["nextToken": "x"])?.code == "InvalidToken")
    let machine = try await states.create(Machines.pass)
    #expect(await states.fault("StartExecution", ["stateMachineArn": .string(machine), "name": ""])?.code == "ValidationException")
    #expect(await states.fault("StartExecution", ["stateMachineArn": .string(machine), "traceHeader": "ä"])?.code == "ValidationException")
    #expect(await states.fault("StartExecution", ["stateMachineArn": .string(machine), "name": "a b"])?.code == "InvalidName")
  }

  @Test func tagsAreChecked() async throws {
    let states = try await StatesHouse()
    let machine = JSONValue.string(try await states.create(Machines.pass))
    func tag(_ key: String, _ value: String) async -> String? {
      await states.fault("TagResource", ["resourceArn": machine, "tags": [["key": .string(key), "value": .string(value)]]])?.code
    }
    #expect(await tag("AWS:x", "v") == "ValidationException")
    #expect(await tag("x", "aws:v") == "ValidationException")
    #expect(await tag("a<b", "v") == "ValidationException")
    #expect(await tag("a", "{}") == "ValidationException")
    #expect(await tag("", "v") == "ValidationException")
    #expect(await tag("Größe 1", "") == nil)
    #expect(
      await states.fault(
        "CreateStateMachine",
        ["name": "t", "definition": .string(Machines.pass.text), "roleArn": states.role, "tags": [["key": "aws:x", "value": "v"]]])?.code
        == "ValidationException")
  }

  @Test func theSameConfigurationAgainIsNoOther() async throws {
    let states = try await StatesHouse()
    let machine = try await states.create(Machines.pass)
    #expect(try await states.create(Machines.pass, ["loggingConfiguration": ["level": "OFF"]]) == machine)
    #expect(
      try await states.create(Machines.pass, ["loggingConfiguration": ["includeExecutionData": false, "destinations": []]]) == machine)
    let described = try await states.call("DescribeStateMachine", ["stateMachineArn": .string(machine)])
    #expect(described["loggingConfiguration"] == ["level": "OFF", "includeExecutionData": false])
  }

  @Test func theLogGroupMustBeThere() async throws {
    let states = try await StatesHouse()
    let folder = "/tmp/martlet-states-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let keys = GroupKeys()
    let engine = try LogEngine(directory: folder, clock: states.house.clock, ciphers: keys)
    try await states.house.open { Logs($0, engine: engine, keys: keys) }
    func create(_ group: String) async -> Fault? {
      await states.fault(
        "CreateStateMachine",
        [
          "name": "logged", "definition": .string(Machines.pass.text), "roleArn": states.role,
          "loggingConfiguration": ["level": "ALL", "destinations": [["cloudWatchLogsLogGroup": ["logGroupArn": .string(group)]]]],
        ])
    }
    let group = "arn:aws:logs:eu-central-1:000000000000:log-group:/states/m:*"
    #expect(await create(group)?.code == "InvalidLoggingConfiguration")
    _ = try await states.house.call("logs", "CreateLogGroup", ["logGroupName": "/states/m-other"])
    #expect(await create(group)?.code == "InvalidLoggingConfiguration")
    _ = try await states.house.call("logs", "CreateLogGroup", ["logGroupName": "/states/m"])
    #expect(await create(group.replacing("eu-central-1", with: "us-east-1"))?.code == "InvalidLoggingConfiguration")
    #expect(await create(group) == nil)
  }

  @Test(arguments: [
    (
      "arn:aws:states:::sqs:sendMessage", "SQS.QueueDoesNotExistException",
      "(Service: AmazonSQS; Status Code: 400; Error Code: QueueDoesNotExist; Request ID: "
    ),
    ("arn:aws:states:::aws-sdk:sqs:sendMessage", "Sqs.QueueDoesNotExistException", "(Service: Sqs, Status Code: 400, Request ID: "),
    (
      "arn:aws:states:::states:startExecution", "StepFunctions.InvalidArnException",
      "(Service: AWSStepFunctions; Status Code: 400; Error Code: InvalidArn; Request ID: "
    ),
    ("arn:aws:states:::aws-sdk:sfn:startExecution", "Sfn.InvalidArnException", "(Service: Sfn, Status Code: 400, Request ID: "),
  ])
  func failuresAreNamedAsSDKsDo(resource: String, error: String, cause: String) async throws {
    let states = try await StatesHouse()
    let parameters: JSONValue =
      resource.contains("sqs")
      ? ["QueueUrl": "http://127.0.0.1:4566/000000000000/none", "MessageBody": "m"] : ["StateMachineArn": "none"]
    let execution = try await states.start(try await states.create(Machines.task(resource, ["Parameters": parameters])))
    let described = try await states.describe(execution)
    #expect(described["error"]?.string == error)
    #expect(described["cause"]?.string?.contains(cause) == true, "\(described["cause"]?.string ?? "")")
  }

  @Test func instantsOfSDKIntegrationsAreText() async throws {
    let states = try await StatesHouse()
    let definition = Machines.task("arn:aws:states:::aws-sdk:sfn:listStateMachines", ["Parameters": [:]])
    for type in ["STANDARD", "EXPRESS"] {
      let machine = try await states.create(definition, name: type, type: type)
      let output: JSONValue?
      if type == "STANDARD" {
        output = try await states.describe(try await states.start(machine))["output"]
      } else {
        output = try await states.call("StartSyncExecution", ["stateMachineArn": .string(machine)])["output"]
      }
      let listed = try JSONValue(parsing: try #require(output?.string))["StateMachines"]
      #expect(listed?[0]?["CreationDate"] == "2026-01-01T00:00:00.000Z")
    }
    let describe = Machines.task(
      "arn:aws:states:::aws-sdk:sfn:describeExecution", ["Parameters": ["ExecutionArn.$": "$$.Execution.Id"]])
    let execution = try await states.start(try await states.create(describe, name: "self"))
    let output = try JSONValue(parsing: try #require(try await states.describe(execution)["output"]?.string))
    #expect(output["StartDate"] == "2026-01-01T00:00:00.000Z" && output["Status"] == "RUNNING")
  }
}

/// Mocks beside the models of the called operations.
@Suite struct MockTests {
  private func fault(_ resource: String, _ result: String, _ mode: String? = nil) async throws -> Fault? {
    var mock: JSONObject = ["result": .string(result)]
    mock["fieldValidationMode"] = mode.map { .string($0) }
    let state: JSONValue = ["Type": "Task", "Resource": .string(resource), "Parameters": [:], "End": true]
    return await (try StatesHouse()).fault("TestState", ["definition": .string(state.text), "mock": .object(mock)])
  }

  @Test func requiredMembersMustBeThere() async throws {
    let start = "arn:aws:states:::states:startExecution"
    let missing = try #require(try await fault(start, #"{"ExecutionArn":"a"}"#))
    #expect(missing.code == "ValidationException" && missing.message.contains("[StartDate]"))
    #expect(try await fault(start, "{}", "STRICT")?.message.contains("[ExecutionArn, StartDate]") == true)
    #expect(try await fault(start, #"{"ExecutionArn":"a"}"#, "PRESENT") == nil)
    #expect(try await fault(start, #"{"ExecutionArn":"a","StartDate":"2026-01-01T00:00:00Z"}"#) == nil)
    #expect(try await fault(start, #"{"ExecutionArn":"a","StartDate":1}"#) == nil)
    #expect(try await fault(start, "5", "NONE") == nil)
  }

  @Test func typesMustFit() async throws {
    let send = "arn:aws:states:::sqs:sendMessage"
    #expect(try await fault(send, #"{"MessageId":5}"#)?.code == "ValidationException")
    #expect(try await fault(send, #"{"MessageId":5}"#, "PRESENT")?.message.contains("messageId") == true)
    #expect(try await fault(send, #"{"MessageId":5}"#, "NONE") == nil)
    // Nothing is required of a queue's answer.
    #expect(try await fault(send, "{}") == nil)
    #expect(try await fault(send, #"{"MessageId":"m","SdkHttpMetadata":{"HttpStatusCode":200}}"#) == nil)
    #expect(try await fault(send, "[]")?.code == "ValidationException")
    #expect(try await fault("arn:aws:states:::aws-sdk:sqs:listQueues", #"{"QueueUrls":"u"}"#)?.code == "ValidationException")
    #expect(try await fault("arn:aws:states:::aws-sdk:sqs:listQueues", #"{"QueueUrls":["u"]}"#) == nil)
  }

  @Test func aMockIsOneThing() async throws {
    let states = try await StatesHouse()
    let state = JSONValue.string(#"{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage","Parameters":{},"End":true}"#)
    let mocks: [JSONValue] = [[:], ["errorOutput": [:]], ["result": "{}", "errorOutput": ["error": "E"]], ["result": "{"]]
    for mock in mocks {
      #expect(await states.fault("TestState", ["definition": state, "mock": mock])?.code == "ValidationException", "\(mock.text)")
    }
  }

  @Test func whatHasNoModelIsTaken() async throws {
    #expect(try await fault("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "5") == nil)
    #expect(try await fault("arn:aws:states:::glue:startJobRun", "5") == nil)
    #expect(try await fault("arn:aws:states:::http:invoke", "5") == nil)
    #expect(
      try await fault("arn:aws:states:::states:startExecution.sync:2", "{}")?.message.contains(
        "[ExecutionArn, StateMachineArn, Status, StartDate]") == true)
  }
}
