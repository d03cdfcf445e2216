import EventBridge
import JSON
import ServiceKit
import TestKit
import Testing

@Suite struct BusLogTests {
  private static func bridge(_ level: String, detail: String = "NONE") async throws -> Bridge {
    let bridge = try await Bridge()
    try await bridge.call("CreateEventBus", ["Name": "b", "LogConfig": ["Level": .string(level), "IncludeDetail": .string(detail)]])
    return bridge
  }

  /// The records of the bus so far.
  private static func records(_ bridge: Bridge) async throws -> [JSONValue] {
    await bridge.house.drain()
    await bridge.room.stop()
    let lines = bridge.house.seen.lines("/aws/vendedlogs/events/event-bus/b", "EventBridgeEventBusLogs")
    return try lines.map { try JSONValue(parsing: $0) }
  }

  private static func steps(_ records: [JSONValue]) -> [String] { records.compactMap { $0["message_type"]?.string } }

  @Test func tracesEachStep() async throws {
    let bridge = try await Self.bridge("TRACE", detail: "FULL")
    try await bridge.rule(bus: "b")
    try await bridge.put([1], bus: "b")
    let records = try await Self.records(bridge)
    #expect(
      Self.steps(records) == [
        "EVENT_RECEIPT", "EVENT_INGEST_SUCCESS", "RULE_MATCH_START", "RULE_MATCH", "INVOCATION_START", "INVOCATION_ATTEMPT_START",
        "INVOCATION_ATTEMPT_SUCCESS", "INVOCATION_SUCCESS",
      ])
    let first = try #require(records.first)
    #expect(first["resource_arn"] == "arn:aws:events:eu-central-1:000000000000:event-bus/b")
    #expect(first["event_bus_name"] == "b" && first["log_level"] == "TRACE" && first["message_timestamp_ms"] == 1_767_225_600_000)
    #expect(first["details"]?["event_detail"] == #"{"n":1}"# && first["details"]?["caller_account_id"] == "000000000000")
    #expect(first["request_id"]?.string?.isEmpty == false)
    let match = records[3]["details"]
    #expect(match?["rule_arn"] == "arn:aws:events:eu-central-1:000000000000:rule/b/r")
    let last = try #require(records.last)
    #expect(match?["invocation_ids"]?[0] == last["invocation_id"] && last["event_id"] == first["event_id"])
    #expect(last["details"]?["total_attempts"] == 1 && last["details"]?["final_invocation_status"] == "SUCCESS")
    #expect(last["details"]?["target_input"]?.string?.contains(#""detail":{"n":1}"#) == true)
    #expect(last["error"] == nil)
  }

  @Test func theLevelSaysWhatIsKept() async throws {
    for (level, expected) in [
      ("INFO", ["EVENT_INGEST_SUCCESS", "RULE_MATCH", "INVOCATION_SUCCESS"]), ("ERROR", []), ("OFF", []),
    ] {
      let bridge = try await Self.bridge(level)
      try await bridge.rule(bus: "b")
      try await bridge.put([1], bus: "b")
      let records = try await Self.records(bridge)
      #expect(Self.steps(records) == expected)
      #expect(!records.contains { $0["details"]?["event_detail"] != nil || $0["details"]?["target_input"] != nil })
    }
  }

  @Test func failuresAreToldWithTheirReason() async throws {
    let bridge = try await Self.bridge("ERROR")
    try await bridge.house.call("sqs", "CreateQueue", ["QueueName": "dead"])
    try await bridge.rule(
      bus: "b",
      to: [
        "Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:gone",
        "DeadLetterConfig": ["Arn": "arn:aws:sqs:eu-central-1:000000000000:dead"],
      ])
    try await bridge.put([1], bus: "b")
    let records = try await Self.records(bridge)
    #expect(Self.steps(records) == ["INVOCATION_ATTEMPT_PERMANENT_FAILURE", "INVOCATION_FAILURE", "INVOCATION_DLQ"])
    #expect(records[0]["error"]?["aws_service"] == "sqs")
    #expect(records[0]["error"]?["error_message"]?.string?.contains("does not exist") == true)
  }

  @Test func whatMatchesNothingAndWhatIsRefused() async throws {
    let bridge = try await Self.bridge("INFO")
    try await bridge.put([1], bus: "b")
    _ = try await bridge.stranger(
      "PutEvents",
      [
        "Entries": [
          ["Source": "app", "DetailType": "t", "Detail": "{}", "EventBusName": "arn:aws:events:eu-central-1:000000000000:event-bus/b"]
        ]
      ])
    let records = try await Self.records(bridge)
    #expect(Self.steps(records) == ["EVENT_INGEST_SUCCESS", "NO_STANDARD_RULES_MATCHED", "EVENT_INGEST_FAILURE"])
    #expect(records[2]["details"]?["caller_account_id"] == "111111111111")
  }

  @Test func archivesAreNoStandardRulesAndChangesOfTheLogHold() async throws {
    let bridge = try await Self.bridge("INFO")
    try await bridge.call(
      "CreateArchive", ["ArchiveName": "a", "EventSourceArn": "arn:aws:events:eu-central-1:000000000000:event-bus/b"])
    try await bridge.put([1], bus: "b")
    #expect(Self.steps(try await Self.records(bridge)) == ["EVENT_INGEST_SUCCESS", "NO_STANDARD_RULES_MATCHED"])
    try await bridge.call("UpdateEventBus", ["Name": "b", "LogConfig": ["Level": "OFF"]])
    try await bridge.put([2], bus: "b")
    #expect(try await Self.records(bridge).count == 2)
    try await bridge.call("UpdateEventBus", ["Name": "b", "LogConfig": ["Level": "INFO"]])
    // Another server on the same store knows of it.
    let again = try await bridge.house.open { EventBridge($0) }
    try await bridge.put([3], bus: "b")
    await again.stop()
    #expect(try await Self.records(bridge).count == 4)
  }

  @Test func servicesEventsAreToldWhenTheyMatch() async throws {
    let bridge = try await Bridge()
    try await bridge.call("UpdateEventBus", ["Name": "default", "LogConfig": ["Level": "INFO"]])
    try await bridge.call("CreateConnection", ConnectionTests.basic)
    await bridge.house.drain()
    await bridge.room.stop()
    func lines() -> [String] { bridge.house.seen.lines("/aws/vendedlogs/events/event-bus/default", "EventBridgeEventBusLogs") }
    #expect(lines().isEmpty)
    try await bridge.rule(pattern: #"{"source":["aws.events"]}"#)
    try await bridge.call("DeleteConnection", ["Name": "c"])
    await bridge.house.drain()
    await bridge.room.stop()
    #expect(lines().count == 3)
  }
}

@Suite struct EventMetricTests {
  @Test func countsAsAWSDoes() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateEventBus", ["Name": "b"])
    try await bridge.rule()
    try await bridge.rule(bus: "b")
    try await bridge.put([1, 2])
    try await bridge.put([3], bus: "b")
    try await bridge.put([4], source: "other")
    await bridge.house.drain()
    let counted = await bridge.house.counted()
    func sum(_ name: String, _ dimensions: [String: String] = [:]) -> Double {
      counted.filter { $0.namespace == "AWS/Events" && $0.name == name && $0.dimensions == dimensions }.reduce(0) { $0 + $1.value }
    }
    #expect(sum("PutEventsApproximateCallCount") == 4 && sum("PutEventsEntriesCount") == 4 && sum("PutEventsFailedEntriesCount") == 0)
    #expect(sum("PutEventsRequestSize") == 3 * 11 + 13)
    #expect(sum("MatchedEvents", ["RuleName": "r"]) == 2 && sum("MatchedEvents", ["EventBusName": "b", "RuleName": "r"]) == 1)
    #expect(sum("MatchedEvents", ["EventBusName": "default"]) == 2 && sum("MatchedEvents", ["EventBusName": "b"]) == 1)
    #expect(sum("TriggeredRules") == 3 && sum("InvocationsCreated") == 3)
    #expect(sum("Invocations") == 3 && sum("Invocations", ["RuleName": "r"]) == 2)
    #expect(sum("SuccessfulInvocationAttempts") == 3 && sum("FailedInvocations") == 0)
  }
  @Test func busesThatPointAtEachOtherEnd() async throws {
    let bridge = try await Bridge()
    for (bus, other) in [("a", "b"), ("b", "a")] {
      try await bridge.call("CreateEventBus", ["Name": .string(bus)])
      try await bridge.rule("on", bus: bus, to: ["Id": "1", "Arn": .string("arn:aws:events:eu-central-1:000000000000:event-bus/\(other)")])
    }
    try await bridge.rule("out", bus: "b")
    try await bridge.put([1], bus: "a")
    await bridge.house.drain()
    // From a to b and back, five times in all: three of them to b.
    #expect(try await bridge.numbers() == [1, 1, 1])
    let counted = await bridge.house.counted()
    func sum(_ name: String) -> Double {
      counted.filter { $0.name == name && $0.dimensions["RuleName"] == "on" }.reduce(0) { $0 + $1.value }
    }
    #expect(sum("Invocations") == 5 && sum("DeadLetterInvocations") == 1 && sum("FailedInvocations") == 0)
  }
}
