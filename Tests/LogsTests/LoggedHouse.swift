import EventBridge
import FoundationEssentials
import JSON
import Logs
import SQS
import Series
import ServiceKit
import TestKit
import Time

/// The Logs room, with queues and buses beside it, and an engine in a folder of its own.
final class LoggedHouse: Sendable {
  let house: TestHouse
  let folder: String
  let room: Logs
  private let engine: LogEngine

  init(limits: LimitProfile = .open, key: [UInt8]? = nil) async throws {
    let folder = "/tmp/martlet-logs-\(UInt64.random(in: 0...UInt64.max))"
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    house = try TestHouse(limits: limits)
    let keys = try key.map { try GroupKeys(folder: "\(folder)/keys", secret: $0, sealsAll: true) } ?? GroupKeys()
    let engine = try LogEngine(directory: "\(folder)/logs", clock: house.clock, ciphers: keys)
    self.engine = engine
    try await house.open { SQS($0) }
    try await house.open { EventBridge($0) }
    room = try await house.open { Logs($0, engine: engine, keys: keys) }
    // Jobs' logs and metrics are written down, not stored.
    house.invoker.provide(metrics: house.seen)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var now: Int64 { house.clock.now().milliseconds }

  /// A group with a stream.
  func make(_ group: String, _ stream: String = "s") async throws {
    try await call("CreateLogGroup", ["logGroupName": .string(group)])
    try await call("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(stream)])
  }

  @discardableResult
  func put(_ messages: [String], at time: Int64? = nil, to group: String, _ stream: String = "s") async throws -> JSONValue {
    let first = time ?? now
    return try await call(
      "PutLogEvents",
      [
        "logGroupName": .string(group), "logStreamName": .string(stream),
        "logEvents": .array(
          messages.enumerated().map { ["timestamp": .int(first + Int64($0.offset)), "message": .string($0.element)] }),
      ])
  }

  @discardableResult
  func call(_ operation: String, _ input: JSONValue) async throws(Fault) -> JSONValue {
    try await house.call("logs", operation, input)
  }

  func fault(_ operation: String, _ input: JSONValue) async -> Fault? { await house.fault("logs", operation, input) }

  /// The messages that FilterLogEvents finds.
  func messages(_ group: String, _ more: JSONObject = JSONObject()) async throws -> [String] {
    var input = more
    input["logGroupName"] = .string(group)
    return texts(try await call("FilterLogEvents", .object(input)))
  }

  func texts(_ page: JSONValue) -> [String] { page["events"]?.array?.compactMap { $0["message"]?.string } ?? [] }

  /// The rows of a query over the last hour and what was answered with them.
  func query(_ text: String, _ groups: [String], more: JSONObject = JSONObject()) async throws -> (
    rows: [[String: String]], answer: JSONValue
  ) {
    var input = more
    input["queryString"] = .string(text)
    input["startTime"] = input["startTime"] ?? .int(now / 1_000 - 3_600)
    input["endTime"] = input["endTime"] ?? .int(now / 1_000)
    if !groups.isEmpty { input["logGroupNames"] = .array(groups.map { .string($0) }) }
    let id = try await call("StartQuery", .object(input))["queryId"] ?? .null
    await room.settle()
    let answer = try await call("GetQueryResults", ["queryId": id])
    return (Self.rows(answer), answer)
  }

  static func rows(_ answer: JSONValue) -> [[String: String]] {
    (answer["results"]?.array ?? []).map { row in
      Dictionary(
        (row.array ?? []).compactMap { cell in cell["field"]?.string.map { ($0, cell["value"]?.string ?? "") } }, uniquingKeysWith: { $1 })
    }
  }

  /// The bodies of the messages in a queue, which is made when absent.
  func bodies(_ queue: String) async throws -> [JSONValue] {
    let answer = try await house.call(
      "sqs", "ReceiveMessage", ["QueueUrl": .string(queue), "MaxNumberOfMessages": 10, "VisibilityTimeout": 0])
    return (answer["Messages"]?.array ?? []).compactMap { $0["Body"]?.string }.compactMap { try? JSONValue(parsing: $0) }
  }
}
