import EventBridge
import JSON
import SQS
import ServiceKit
import TestKit
import Testing
import Time

/// A house with EventBridge, and a queue `q` to see what arrives.
struct Bridge {
  static let bus = "arn:aws:events:eu-central-1:000000000000:event-bus/default"
  let house: TestHouse
  let room: EventBridge
  let queue: String

  init(limits: LimitProfile = .open, at start: String = "2026-01-01T00:00:00Z") async throws {
    house = try TestHouse(limits: limits, at: try #require(Timestamp(iso8601: start)))
    try await house.open { SQS($0) }
    room = try await house.open { EventBridge($0) }
    queue = try #require(try await house.call("sqs", "CreateQueue", ["QueueName": "q"])["QueueUrl"]?.string)
  }

  @discardableResult
  func call(_ operation: String, _ input: JSONObject = [:]) async throws -> JSONValue {
    try await house.call("events", operation, .object(input))
  }

  func fault(_ operation: String, _ input: JSONObject = [:]) async -> Fault? {
    await house.fault("events", operation, .object(input))
  }

  /// The same as somebody of another account.
  func stranger(_ operation: String, _ input: JSONObject) async throws -> JSONValue {
    let context = CallContext(
      caller: .root(account: "111111111111", region: TestHouse.region), requestID: "r", now: house.clock.now())
    return try await house.invoker.call("events", operation, .object(input), context)
  }

  /// A rule of a bus that sends to the queue, or to another target.
  func rule(
    _ name: String = "r", bus: String = "default", pattern: String = #"{"source":["app"]}"#, to target: JSONObject? = nil
  ) async throws {
    try await call("PutRule", ["Name": .string(name), "EventBusName": .string(bus), "EventPattern": .string(pattern)])
    var target = target ?? ["Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q"]
    // Buses and API destinations are called in a role's name.
    if target["Arn"]?.string?.hasPrefix("arn:aws:events:") == true, target["RoleArn"] == nil {
      target["RoleArn"] = "arn:aws:iam::000000000000:role/events"
    }
    let answer = try await call(
      "PutTargets", ["Rule": .string(name), "EventBusName": .string(bus), "Targets": .array([.object(target)])])
    #expect(answer["FailedEntryCount"] == 0, "\(answer.text)")
  }

  /// Puts events whose details are `{"n": number}`.
  @discardableResult
  func put(_ numbers: [Int], source: String = "app", bus: String? = nil, time: String? = nil) async throws -> JSONValue {
    var last = JSONValue.null
    for number in numbers {
      var entry: JSONObject = ["Source": .string(source), "DetailType": "t", "Detail": .string("{\"n\":\(number)}")]
      entry["EventBusName"] = bus.map { .string($0) }
      entry["Time"] = time.map { .string($0) }
      last = try await call("PutEvents", ["Entries": .array([.object(entry)])])
    }
    return last
  }

  /// What has arrived in the queue since the last call.
  func received() async throws -> [JSONValue] {
    var found: [JSONValue] = []
    while true {
      let answer = try await house.call(
        "sqs", "ReceiveMessage", ["QueueUrl": .string(queue), "MaxNumberOfMessages": 10, "VisibilityTimeout": 43_200])
      guard let messages = answer["Messages"]?.array, !messages.isEmpty else { return found }
      for message in messages {
        let text = try #require(message["Body"]?.string)
        found.append(try JSONValue(parsing: text))
      }
    }
  }

  func numbers() async throws -> [Int64] { try await received().compactMap { $0["detail"]?["n"]?.int } }
}
