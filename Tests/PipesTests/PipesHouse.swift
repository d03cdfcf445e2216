import EventBridge
import JSON
import Pipes
import SNS
import SQS
import ServiceKit
import StepFunctions
import Store
import TestKit
import Testing
import Time

/// The rooms that pipes connect, on the manual clock.
struct PipesHouse {
  let house: TestHouse
  let pipes: Pipes
  static let role: JSONValue = "arn:aws:iam::000000000000:role/pipe"

  init(limits: LimitProfile = .open) async throws {
    house = try TestHouse(limits: limits)
    try await house.open { SQS($0) }
    try await house.open { SNS($0) }
    try await house.open { EventBridge($0) }
    try await house.open { StepFunctions($0) }
    pipes = try await house.open { Pipes($0) }
    for queue in ["in", "out"] { try await house.call("sqs", "CreateQueue", ["QueueName": .string(queue)]) }
  }

  static func queue(_ name: String) -> String { "arn:aws:sqs:eu-central-1:000000000000:\(name)" }
  static func bus(_ name: String) -> String { "arn:aws:events:eu-central-1:000000000000:event-bus/\(name)" }

  static func input(_ extra: JSONObject = [:]) -> JSONValue {
    var input: JSONObject = ["Name": "p", "Source": .string(queue("in")), "Target": .string(queue("out")), "RoleArn": role]
    for (name, value) in extra { input[name] = value }
    return .object(input)
  }

  /// Creates a pipe and waits for the end of its creation.
  @discardableResult
  func create(_ extra: JSONObject = [:]) async throws -> JSONValue {
    let answer = try await house.call("pipes", "CreatePipe", Self.input(extra))
    await house.drain()
    return answer
  }

  /// Does everything that is there to do now.
  func settle() async {
    for _ in 0..<5 {
      await house.drain()
      if await pipes.drain() == 0 { break }
    }
    await house.drain()
  }

  func describe(_ name: String = "p") async throws -> JSONValue { try await house.call("pipes", "DescribePipe", ["Name": .string(name)]) }

  func send(_ bodies: [String], to queue: String = "in", _ extra: JSONObject = [:]) async throws {
    for body in bodies {
      var input: JSONObject = ["QueueUrl": .string(Self.queue(queue)), "MessageBody": .string(body)]
      for (name, value) in extra { input[name] = value }
      try await house.call("sqs", "SendMessage", .object(input))
    }
  }

  /// Takes every message out of a queue; in alphabetical order.
  func take(_ queue: String = "out") async throws -> [String] {
    var found: [String] = []
    let url: JSONValue = .string(Self.queue(queue))
    while true {
      let answer = try await house.call("sqs", "ReceiveMessage", ["QueueUrl": url, "MaxNumberOfMessages": 10])
      guard let messages = answer["Messages"]?.array, !messages.isEmpty else { return found.sorted() }
      for message in messages {
        found.append(message["Body"]?.string ?? "")
        try await house.call("sqs", "DeleteMessage", ["QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"] ?? ""])
      }
    }
  }

  /// Messages in a queue, seen or not.
  func left(_ queue: String = "in") async throws -> Int {
    let answer = try await house.call("sqs", "GetQueueAttributes", ["QueueUrl": .string(Self.queue(queue)), "AttributeNames": ["All"]])
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return names.compactMap { answer["Attributes"]?[$0]?.string.flatMap { Int($0) } }.reduce(0, +)
  }

  func machine() async throws -> String {
    let definition = #"{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}"#
    let answer = try await house.call(
      "stepfunctions", "CreateStateMachine", ["name": "m", "definition": .string(definition), "roleArn": Self.role])
    return try #require(answer["stateMachineArn"]?.string)
  }

  func executions(_ machine: String) async throws -> [JSONValue] {
    let list = try await house.call("stepfunctions", "ListExecutions", ["stateMachineArn": .string(machine)])["executions"]?.array ?? []
    var inputs: [JSONValue] = []
    for one in list {
      let found = try await house.call("stepfunctions", "DescribeExecution", ["executionArn": one["executionArn"] ?? ""])
      inputs.append(try JSONValue(parsing: found["input"]?.string ?? ""))
    }
    return inputs
  }
}
