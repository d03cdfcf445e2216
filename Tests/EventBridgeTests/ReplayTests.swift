import EventBridge
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct ReplayTests {
  static let archive = "arn:aws:events:eu-central-1:000000000000:archive/a"

  static func input(_ name: String = "p", from start: String, to end: String, rules: [String] = []) -> JSONObject {
    var destination: JSONObject = ["Arn": .string(Bridge.bus)]
    if !rules.isEmpty {
      destination["FilterArns"] = .array(rules.map { .string("arn:aws:events:eu-central-1:000000000000:rule/\($0)") })
    }
    return [
      "ReplayName": .string(name), "EventSourceArn": .string(archive), "EventStartTime": .string(start), "EventEndTime": .string(end),
      "Destination": .object(destination),
    ]
  }

  static func archived() async throws -> Bridge {
    let bridge = try await Bridge()
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    return bridge
  }

  @Test func bringsBackAWindowInTheOrderOfTime() async throws {
    let bridge = try await Self.archived()
    // Put in another order than their times have.
    for (number, minute) in [(3, "03"), (1, "01"), (5, "05"), (2, "02"), (4, "04")] {
      try await bridge.put([number], time: "2026-01-01T00:\(minute):00Z")
    }
    try await bridge.rule()
    let started = try await bridge.call("StartReplay", Self.input(from: "2026-01-01T00:02:00Z", to: "2026-01-01T00:05:00Z"))
    #expect(started["State"] == "STARTING")
    #expect(started["ReplayArn"] == "arn:aws:events:eu-central-1:000000000000:replay/p")
    await bridge.house.drain()
    let events = try await bridge.received()
    #expect(events.compactMap { $0["detail"]?["n"]?.int } == [2, 3, 4])
    #expect(events.first?["replay-name"] == "p")
    let first = try #require(events.first?.object)
    #expect(
      first.keys == ["version", "id", "detail-type", "source", "account", "time", "region", "replay-name", "resources", "detail"])
    let replay = try await bridge.call("DescribeReplay", ["ReplayName": "p"])
    #expect(replay["State"] == "COMPLETED")
    #expect(replay["EventLastReplayedTime"] == .int(try #require(Timestamp(iso8601: "2026-01-01T00:04:00Z")).seconds))
    #expect(replay["ReplayEndTime"] != nil)
    #expect(replay["Destination"]?["Arn"] == .string(Bridge.bus))
    // What comes back is not archived again.
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 5)
  }

  @Test func goesToTheNamedRulesOnly() async throws {
    let bridge = try await Self.archived()
    try await bridge.put([1], time: "2026-01-01T00:00:00Z")
    try await bridge.rule("one")
    try await bridge.rule("two", to: ["Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q", "Input": #"{"detail":{"n":2}}"#])
    try await bridge.call("StartReplay", Self.input(from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z", rules: ["two"]))
    await bridge.house.drain()
    #expect(try await bridge.numbers() == [2])
    let fault = await bridge.fault("StartReplay", Self.input("x", from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z", rules: ["no"]))
    #expect(fault?.code == "ResourceNotFoundException")
  }

  @Test func longReplaysGoOnAfterARestart() async throws {
    let bridge = try await Self.archived()
    try await bridge.put(Array(1...350), time: "2026-01-01T00:00:00Z")
    try await bridge.rule()
    try await bridge.call("StartReplay", Self.input(from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"))
    // Another server on the same store: nothing but the store knows of the replay.
    try await bridge.house.open { EventBridge($0) }
    await bridge.house.drain()
    #expect(try await bridge.numbers().sorted() == Array(1...350))
    #expect(try await bridge.call("DescribeReplay", ["ReplayName": "p"])["State"] == "COMPLETED")
  }

  @Test func canBeCancelled() async throws {
    let bridge = try await Self.archived()
    try await bridge.put([1])
    try await bridge.rule()
    try await bridge.call("StartReplay", Self.input(from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"))
    #expect(try await bridge.call("CancelReplay", ["ReplayName": "p"])["State"] == "CANCELLING")
    await bridge.house.drain()
    #expect(try await bridge.call("DescribeReplay", ["ReplayName": "p"])["State"] == "CANCELLED")
    #expect(try await bridge.numbers() == [])
    let again = await bridge.fault("CancelReplay", ["ReplayName": "p"])
    #expect(again?.description == "IllegalStatusException: Replay p is not in a valid state for this operation.")
    #expect(await bridge.fault("CancelReplay", ["ReplayName": "no"])?.description == "ResourceNotFoundException: Replay no does not exist.")
  }

  @Test func failsWhenItsArchiveGoes() async throws {
    let bridge = try await Self.archived()
    try await bridge.put([1])
    try await bridge.call("StartReplay", Self.input(from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"))
    try await bridge.call("DeleteArchive", ["ArchiveName": "a"])
    await bridge.house.drain()
    let replay = try await bridge.call("DescribeReplay", ["ReplayName": "p"])
    #expect(replay["State"] == "FAILED")
    #expect(replay["StateReason"] == "Archive a has been deleted.")
  }

  @Test func isForgottenAfterNinetyDays() async throws {
    let bridge = try await Self.archived()
    try await bridge.call("StartReplay", Self.input(from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"))
    await bridge.house.advance(by: .seconds(89 * 86_400), step: .seconds(86_400))
    #expect(try await bridge.call("DescribeReplay", ["ReplayName": "p"])["State"] == "COMPLETED")
    await bridge.house.advance(by: .seconds(2 * 86_400), step: .seconds(86_400))
    #expect(await bridge.fault("DescribeReplay", ["ReplayName": "p"])?.code == "ResourceNotFoundException")
  }

  @Test func refusals() async throws {
    let bridge = try await Self.archived()
    var input = Self.input(from: "2026-01-02T00:00:00Z", to: "2026-01-02T00:00:00Z")
    #expect(
      await bridge.fault("StartReplay", input)?.message
        == "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.")
    input = Self.input(from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z")
    input["EventSourceArn"] = "arn:aws:events:eu-central-1:000000000000:archive/no"
    #expect(
      await bridge.fault("StartReplay", input)?.message == "Parameter EventSourceArn is not valid. Reason: Archive no does not exist.")
    input["EventSourceArn"] = .string(Self.archive)
    try await bridge.call("CreateEventBus", ["Name": "b"])
    input["Destination"] = ["Arn": "arn:aws:events:eu-central-1:000000000000:event-bus/b"]
    #expect(
      await bridge.fault("StartReplay", input)?.message
        == "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.")
    input["Destination"] = ["Arn": "arn:aws:sqs:eu-central-1:000000000000:b"]
    #expect(
      await bridge.fault("StartReplay", input)?.message
        == "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.")
    input["Destination"] = ["Arn": .string(Bridge.bus)]
    try await bridge.call("StartReplay", input)
    #expect(await bridge.fault("StartReplay", input)?.description == "ResourceAlreadyExistsException: Replay p already exists.")
  }

  @Test func noMoreThanTenAtOnceUnderTheQuotasOfAWS() async throws {
    let bridge = try await Bridge(limits: .aws)
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    func start(_ number: Int) -> JSONObject { Self.input("p\(number)", from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z") }
    for number in 1...10 { try await bridge.call("StartReplay", start(number)) }
    #expect(await bridge.fault("StartReplay", start(11))?.code == "LimitExceededException")
    await bridge.house.drain()
    try await bridge.call("StartReplay", start(11))
  }

  @Test func lists() async throws {
    let bridge = try await Self.archived()
    for name in ["x1", "x2", "y1"] {
      try await bridge.call("StartReplay", Self.input(name, from: "2025-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z"))
    }
    try await bridge.call("CancelReplay", ["ReplayName": "x2"])
    func names(_ input: JSONObject) async throws -> [String] {
      try await bridge.call("ListReplays", input)["Replays"]?.array?.compactMap { $0["ReplayName"]?.string } ?? []
    }
    #expect(try await names(["NamePrefix": "x"]) == ["x1", "x2"])
    #expect(try await names(["State": "CANCELLING"]) == ["x2"])
    #expect(try await names(["EventSourceArn": .string(Self.archive)]) == ["x1", "x2", "y1"])
    let page = try await bridge.call("ListReplays", ["Limit": 2])
    #expect(page["Replays"]?.array?.count == 2)
    #expect(try await names(["NextToken": try #require(page["NextToken"])]) == ["y1"])
  }
}
