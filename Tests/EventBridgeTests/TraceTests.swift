import EventBridge
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct TraceTests {
  private static let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

  private static func put(_ bridge: Bridge, _ header: String?, inherited: String? = nil) async throws {
    var entry: JSONObject = ["Source": "app", "DetailType": "t", "Detail": "{}"]
    if let header { entry["TraceHeader"] = .string(header) }
    var context = CallContext(
      caller: .root(account: TestHouse.account, region: TestHouse.region), requestID: "r", now: bridge.house.clock.now())
    context.trace = inherited
    let answer = try await bridge.house.invoker.call("events", "PutEvents", ["Entries": [.object(entry)]], context)
    #expect(answer["FailedEntryCount"] == 0)
    await bridge.house.drain()
  }

  private static func traces(_ bridge: Bridge, _ queue: String? = nil) async throws -> [String] {
    let answer = try await bridge.house.call(
      "sqs", "ReceiveMessage",
      ["QueueUrl": .string(queue ?? bridge.queue), "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["AWSTraceHeader"]])
    return (answer["Messages"]?.array ?? []).map { $0["Attributes"]?["AWSTraceHeader"]?.string ?? "none" }
  }

  @Test func queuesGetItAsTheirSystemAttribute() async throws {
    let bridge = try await Bridge()
    try await bridge.rule()
    try await Self.put(bridge, Self.header)
    #expect(try await Self.traces(bridge) == [Self.header])
    // The entry's own goes before the request's.
    let other = "Root=1-67891233-abcdef012345678912345678"
    try await Self.put(bridge, nil, inherited: other)
    #expect(try await Self.traces(bridge) == [other])
    try await Self.put(bridge, Self.header, inherited: other)
    #expect(try await Self.traces(bridge) == [Self.header])
  }

  @Test(
    arguments: [
      "Root=1-5759e988-bd862e3fe1be46a99427279", "Parent=53995c3f42cd8ad8", "Root", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=2",
      "Root=1-5759e988-bd862e3fe1be46a994272793\r\nX: y",
    ])
  func whatIsNoHeaderIsDroppedAndTheEventIsNot(_ header: String) async throws {
    let bridge = try await Bridge()
    try await bridge.rule()
    try await Self.put(bridge, header)
    #expect(try await Self.traces(bridge) == ["none"])
  }

  @Test func destinationsAndDeadLettersGetIt() async throws {
    let destination = try await ApiDestinationTests.Destination()
    let bridge = destination.bridge
    try await bridge.house.call("sqs", "CreateQueue", ["QueueName": "dead"])
    try await bridge.call(
      "PutTargets",
      [
        "Rule": "r",
        "Targets": [
          [
            "Id": "2", "Arn": "arn:aws:sqs:eu-central-1:000000000000:gone",
            "DeadLetterConfig": ["Arn": "arn:aws:sqs:eu-central-1:000000000000:dead"],
          ]
        ],
      ])
    try await Self.put(bridge, Self.header)
    let headers = try #require(destination.seen.requests.first).headers
    #expect(headers.first { $0.name == "X-Amzn-Trace-Id" }?.value == Self.header)
    #expect(try await Self.traces(bridge, "arn:aws:sqs:eu-central-1:000000000000:dead") == [Self.header])
  }

  @Test func otherBusesPassItOnAndArchivesDoNotKeepIt() async throws {
    let bridge = try await Bridge()
    let other = "arn:aws:events:eu-central-1:000000000000:event-bus/b"
    try await bridge.call("CreateEventBus", ["Name": "b"])
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(other)])
    try await bridge.rule(to: ["Id": "1", "Arn": .string(other)])
    try await bridge.rule(bus: "b")
    try await Self.put(bridge, Self.header)
    #expect(try await Self.traces(bridge) == [Self.header])
    try await bridge.call(
      "StartReplay",
      [
        "ReplayName": "r", "EventSourceArn": "arn:aws:events:eu-central-1:000000000000:archive/a", "EventStartTime": 1_767_220_000,
        "EventEndTime": 1_767_225_700, "Destination": ["Arn": .string(other)],
      ])
    await bridge.house.drain()
    #expect(try await Self.traces(bridge) == ["none"])
  }

  @Test func anEventForABusThatIsNotThereIsTakenAndDropped() async throws {
    let bridge = try await Bridge()
    let answer = try await bridge.put([1], bus: "none")
    #expect(answer["FailedEntryCount"] == 0 && answer["Entries"]?[0]?["EventId"]?.string?.isEmpty == false)
  }
}
