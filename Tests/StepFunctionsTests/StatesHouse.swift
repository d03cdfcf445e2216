import EventBridge
import JSON
import SNS
import SQS
import ServiceKit
import StepFunctions
import Store
import TestKit
import Testing
import Time

/// The room with those whose operations its tasks call.
struct StatesHouse {
  let house: TestHouse
  let room: StepFunctions
  let role: JSONValue = "arn:aws:iam::000000000000:role/workflow"
  static let prefix = "arn:aws:states:eu-central-1:000000000000"

  init(limits: LimitProfile = .open, quotas: StatesQuotas? = nil) async throws {
    let house = try TestHouse(limits: limits)
    self.house = house
    try await house.open { SQS($0) }
    try await house.open { SNS($0) }
    room = try await house.open { StepFunctions($0, quotas: quotas) }
  }

  /// With EventBridge too; its own events then go to its rules, not to `house.seen`.
  func withEvents() async throws -> StatesHouse {
    try await house.open { EventBridge($0) }
    return self
  }

  func call(_ operation: String, _ input: JSONValue = [:]) async throws(Fault) -> JSONValue {
    try await house.call("stepfunctions", operation, input)
  }

  func fault(_ operation: String, _ input: JSONValue = [:]) async -> Fault? { await house.fault("stepfunctions", operation, input) }

  func create(
    _ definition: JSONValue, name: String = "machine", type: String = "STANDARD", _ more: JSONObject = JSONObject()
  ) async throws -> String {
    var input: JSONObject = [
      "name": .string(name), "definition": .string(definition.text), "roleArn": role, "type": .string(type),
    ]
    for (member, value) in more { input[member] = value }
    return try #require(try await call("CreateStateMachine", .object(input))["stateMachineArn"]?.string)
  }

  func start(_ machine: String, _ input: JSONValue = [:], name: String? = nil) async throws -> String {
    var request: JSONObject = ["stateMachineArn": .string(machine), "input": .string(input.text)]
    if let name { request["name"] = .string(name) }
    return try #require(try await call("StartExecution", .object(request))["executionArn"]?.string)
  }

  func describe(_ execution: String) async throws -> JSONValue {
    try await call("DescribeExecution", ["executionArn": .string(execution)])
  }

  func status(_ execution: String) async throws -> String? { try await describe(execution)["status"]?.string }

  func history(_ execution: String) async throws -> [JSONValue] {
    try #require(try await call("GetExecutionHistory", ["executionArn": .string(execution), "maxResults": 1_000])["events"]?.array)
  }

  func types(_ execution: String) async throws -> [String] { try await history(execution).compactMap { $0["type"]?.string } }

  func queue(_ name: String = "q") async throws -> JSONValue {
    try #require(try await house.call("sqs", "CreateQueue", ["QueueName": .string(name)])["QueueUrl"])
  }
}

/// Definitions that several tests use.
enum Machines {
  static let pass: JSONValue = ["StartAt": "P", "States": ["P": ["Type": "Pass", "End": true]]]
  static let wait: JSONValue = ["StartAt": "W", "States": ["W": ["Type": "Wait", "Seconds": 60, "End": true]]]
  static let fail: JSONValue = ["StartAt": "F", "States": ["F": ["Type": "Fail", "Error": "E", "Cause": "C"]]]

  static func task(_ resource: String, _ fields: JSONObject = JSONObject()) -> JSONValue {
    var state: JSONObject = ["Type": "Task", "Resource": .string(resource), "End": true]
    for (name, value) in fields { state[name] = value }
    return ["StartAt": "T", "States": ["T": .object(state)]]
  }
}
