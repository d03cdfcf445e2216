import EventBridge
import JSON
import SQS
import ServiceKit
import TestKit
import Testing

/// A house with EventBridge and a queue named q.
struct RulesHouse {
  let house: TestHouse
  static let queue = "arn:aws:sqs:eu-central-1:000000000000:q"

  init(limits: LimitProfile = .open) async throws {
    house = try TestHouse(limits: limits)
    try await house.open { SQS($0) }
    try await house.open { EventBridge($0) }
    try await house.call("sqs", "CreateQueue", ["QueueName": "q"])
  }

  @discardableResult
  func call(_ operation: String, _ input: JSONValue = .object(JSONObject())) async throws -> JSONValue {
    try await house.call("events", operation, input)
  }

  func fault(_ operation: String, _ input: JSONValue) async -> Fault? { await house.fault("events", operation, input) }

  func rule(_ name: String, pattern: String = #"{"source":["app"]}"#, _ extra: JSONObject = [:]) async throws {
    var input: JSONObject = ["Name": .string(name), "EventPattern": .string(pattern)]
    for (member, value) in extra { input[member] = value }
    try await call("PutRule", .object(input))
  }
}
