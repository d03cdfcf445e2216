import JSON
import ServiceKit
import StepFunctions
import TestKit
import Testing
import Time

@Suite struct LogTests {
  private static let group: JSONValue = "arn:aws:logs:eu-central-1:000000000000:log-group:/states/g:*"

  private static func configuration(_ level: String, data: Bool = true) -> JSONObject {
    [
      "loggingConfiguration": [
        "level": .string(level), "includeExecutionData": .bool(data), "destinations": [["cloudWatchLogsLogGroup": ["logGroupArn": group]]],
      ]
    ]
  }

  private static let failing: JSONValue = [
    "StartAt": "P",
    "States": [
      "P": ["Type": "Pass", "Next": "T"],
      "T": [
        "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": ["QueueUrl": "none", "MessageBody": "m"],
        "End": true,
      ],
    ],
  ]

  private func lines(_ definition: JSONValue, _ level: String, data: Bool = true, type: String = "STANDARD") async throws -> [JSONValue] {
    let states = try await StatesHouse()
    let machine = try await states.create(definition, type: type, Self.configuration(level, data: data))
    _ = try await states.start(machine, ["secret": 1])
    await states.house.drain()
    await states.room.stop()
    return try states.house.seen.lines("/states/g", "states/machine/2026-01-01-00-00/e103566e").map { try JSONValue(parsing: $0) }
  }

  private func types(_ lines: [JSONValue]) -> [String] { lines.compactMap { $0["type"]?.string } }

  @Test(arguments: ["STANDARD", "EXPRESS"]) func everyEventIsALine(type: String) async throws {
    let lines = try await lines(Machines.pass, "ALL", type: type)
    #expect(types(lines) == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"])
    #expect(lines.compactMap { $0["id"]?.string } == ["1", "2", "3", "4"])
    #expect(lines[2]["previous_event_id"] == "2" && lines[2]["redrive_count"] == "0")
    #expect(lines[0]["event_timestamp"] == "1767225600000")
    #expect(lines[0]["details"]?["input"] == #"{"secret":1}"#)
    #expect(lines[0]["execution_arn"]?.string?.contains(type == "EXPRESS" ? ":express:machine:" : ":execution:machine:") == true)
  }

  @Test func levelsChooseEvents() async throws {
    #expect(types(try await lines(Self.failing, "ERROR")) == ["TaskFailed", "ExecutionFailed"])
    #expect(types(try await lines(Self.failing, "FATAL")) == ["ExecutionFailed"])
    #expect(types(try await lines(Self.failing, "OFF")).isEmpty)
    #expect(types(try await lines(Machines.fail, "ERROR")) == ["FailStateEntered", "ExecutionFailed"])
  }

  @Test func dataIsLeftOutUnlessAskedFor() async throws {
    for line in try await lines(Self.failing, "ALL", data: false) {
      #expect(!line.text.contains("secret") && line["details"]?["cause"]?.string == nil)
    }
  }

  @Test func wrongConfigurationsAreRefused() async throws {
    let states = try await StatesHouse()
    let group: JSONValue = ["cloudWatchLogsLogGroup": ["logGroupArn": Self.group]]
    for configuration in [
      ["level": "ALL"], ["level": "ALL", "destinations": [group, group]],
      ["level": "ALL", "destinations": [["cloudWatchLogsLogGroup": ["logGroupArn": "arn:aws:logs:r:a:log-group:g"]]]],
    ] as [JSONValue] {
      let fault = await states.fault(
        "CreateStateMachine",
        [
          "name": "m", "definition": .string(Machines.pass.text), "roleArn": states.role, "loggingConfiguration": configuration,
        ])
      #expect(fault?.code == "InvalidLoggingConfiguration", "\(configuration)")
    }
    let machine = try await states.create(Machines.pass)
    let tracing = await states.fault("UpdateStateMachine", ["stateMachineArn": .string(machine), "tracingConfiguration": ["enabled": "x"]])
    #expect(tracing?.code == "InvalidTracingConfiguration")
    let key = await states.fault(
      "UpdateStateMachine", ["stateMachineArn": .string(machine), "encryptionConfiguration": ["type": "CUSTOMER_MANAGED_KMS_KEY"]])
    #expect(key?.code == "InvalidEncryptionConfiguration")
  }

  @Test func configurationsAreShown() async throws {
    let states = try await StatesHouse()
    var given = Self.configuration("ALL")
    given["tracingConfiguration"] = ["enabled": true]
    given["encryptionConfiguration"] = ["type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k", "kmsDataKeyReusePeriodSeconds": 300]
    let machine = try await states.create(Machines.pass, given)
    let execution = try await states.start(machine)
    let described = try await states.call("DescribeStateMachine", ["stateMachineArn": .string(machine)])
    let run = try await states.call("DescribeStateMachineForExecution", ["executionArn": .string(execution)])
    for (name, value) in given { #expect(described[name] == value && run[name] == value, "\(name)") }
  }
}
