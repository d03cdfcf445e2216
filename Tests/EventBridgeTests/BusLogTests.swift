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
