import EventBridge
import JSON
import ServiceKit
import Store
import TestKit
import Testing
import Time

@Suite struct ArchiveTests {
  @Test func keepsWhatMatchesAndCountsIt() async throws {
    let bridge = try await Bridge()
    let made = try await bridge.call(
      "CreateArchive",
      ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus), "EventPattern": #"{"detail":{"n":[{"numeric":[">",5]}]}}"#])
    #expect(made["ArchiveArn"] == "arn:aws:events:eu-central-1:000000000000:archive/a")
    #expect(made["State"] == "ENABLED")
    try await bridge.put([1, 6, 7])
    let archive = try await bridge.call("DescribeArchive", ["ArchiveName": "a"])
    #expect(archive["EventCount"] == 2)
    #expect((archive["SizeBytes"]?.int ?? 0) > 200)
    #expect(archive["RetentionDays"] == 0)
    #expect(archive["EventSourceArn"] == .string(Bridge.bus))
  }

  @Test func hasARuleOfItsOwnThatNobodyChanges() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    let rule = try await bridge.call("DescribeRule", ["Name": "Events-Archive-a"])
    #expect(rule["ManagedBy"] == "prod.vhs.events.aws.internal")
    #expect(rule["EventPattern"] == #"{"replay-name":[{"exists":false}]}"#)
    for (operation, input) in [
      ("PutRule", ["Name": "Events-Archive-a", "EventPattern": #"{"source":["x"]}"#]), ("DisableRule", ["Name": "Events-Archive-a"]),
      ("EnableRule", ["Name": "Events-Archive-a"]), ("DeleteRule", ["Name": "Events-Archive-a"]),
      ("RemoveTargets", ["Rule": "Events-Archive-a", "Ids": ["Events-Archive-a"]]),
      ("PutTargets", ["Rule": "Events-Archive-a", "Targets": [["Id": "1", "Arn": "arn:aws:sqs:eu-central-1:000000000000:q"]]]),
      (
        "TagResource",
        ["ResourceARN": "arn:aws:events:eu-central-1:000000000000:rule/Events-Archive-a", "Tags": [["Key": "k", "Value": "v"]]]
      ),
    ] as [(String, JSONObject)] {
      #expect(await bridge.fault(operation, input)?.code == "ManagedRuleException", "\(operation)")
    }
    try await bridge.call("DeleteArchive", ["ArchiveName": "a"])
    #expect(await bridge.fault("DescribeRule", ["Name": "Events-Archive-a"])?.code == "ResourceNotFoundException")
  }

  @Test func forcedRemovalEndsTheArchiving() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    try await bridge.call("RemoveTargets", ["Rule": "Events-Archive-a", "Ids": ["Events-Archive-a"], "Force": true])
    try await bridge.call("DeleteRule", ["Name": "Events-Archive-a", "Force": true])
    try await bridge.put([1])
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 0)
  }

  @Test func forgetsEventsWhoseTimeIsOver() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus), "RetentionDays": 2])
    // The events' own times do not matter for how long they stay.
    try await bridge.put(Array(1...700), time: "2020-01-01T00:00:00Z")
    await bridge.house.advance(by: .seconds(86_400))
    try await bridge.put([701])
    await bridge.house.advance(by: .seconds(86_400 - 1))
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 701)
    await bridge.house.advance(by: .seconds(61))
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 1)
    await bridge.house.advance(by: .seconds(86_400))
    let archive = try await bridge.call("DescribeArchive", ["ArchiveName": "a"])
    #expect(archive["EventCount"] == 0)
    #expect(archive["SizeBytes"] == 0)
    #expect(try await bridge.rows("events.archived") == 0)
  }

  @Test func aShorterRetentionAppliesToWhatIsKept() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    try await bridge.put([1, 2, 3])
    await bridge.house.advance(by: .seconds(3 * 86_400))
    try await bridge.call("UpdateArchive", ["ArchiveName": "a", "RetentionDays": 2, "Description": "d"])
    await bridge.house.drain()
    let archive = try await bridge.call("DescribeArchive", ["ArchiveName": "a"])
    #expect(archive["EventCount"] == 0)
    #expect(archive["Description"] == "d")
    // From now on.
    try await bridge.put([4])
    await bridge.house.advance(by: .seconds(2 * 86_400 + 60))
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 0)
  }

  @Test func anUpdatedPatternHoldsAtOnce() async throws {
    let bridge = try await Bridge()
    try await bridge.call(
      "CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus), "EventPattern": #"{"source":["x"]}"#])
    try await bridge.put([1])
    try await bridge.call("UpdateArchive", ["ArchiveName": "a", "EventPattern": #"{"source":["app"]}"#])
    try await bridge.put([2])
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 1)
  }

  @Test func deletionFreesEverythingAndTheNameCanBeUsedAgain() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    try await bridge.put(Array(1...1_100))
    try await bridge.call("DeleteArchive", ["ArchiveName": "a"])
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(Bridge.bus)])
    try await bridge.put([1])
    await bridge.house.drain()
    #expect(try await bridge.rows("events.archived") == 1)
    #expect(try await bridge.rows("events.archive-size") == 1)
    #expect(try await bridge.call("DescribeArchive", ["ArchiveName": "a"])["EventCount"] == 1)
  }

  @Test func refusals() async throws {
    let bridge = try await Bridge()
    let gone: JSONObject = ["ArchiveName": "gone"]
    for operation in ["DescribeArchive", "UpdateArchive", "DeleteArchive"] {
      let fault = await bridge.fault(operation, gone)
      #expect(fault?.description == "ResourceNotFoundException: Archive gone does not exist.")
    }
    var input: JSONObject = ["ArchiveName": "a", "EventSourceArn": "arn:aws:events:eu-central-1:000000000000:event-bus/none"]
    #expect(await bridge.fault("CreateArchive", input)?.description == "ResourceNotFoundException: Event bus none does not exist.")
    input["EventSourceArn"] = .string(Bridge.bus)
    input["EventPattern"] = #"{"source":[]}"#
    #expect(await bridge.fault("CreateArchive", input)?.code == "InvalidEventPatternException")
    input["EventPattern"] = nil
    try await bridge.call("CreateArchive", input)
    #expect(await bridge.fault("CreateArchive", input)?.description == "ResourceAlreadyExistsException: Archive a already exists.")
    input["ArchiveName"] = .string(String(repeating: "a", count: 49))
    #expect(await bridge.fault("CreateArchive", input)?.message.contains("Member must have length less than or equal to 48") == true)
    #expect(await bridge.fault("DeleteEventBus", ["Name": "default"])?.message == "Cannot delete event bus default.")
  }

  @Test func aBusWithAnArchiveIsNotDeleted() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateEventBus", ["Name": "b"])
    let arn = "arn:aws:events:eu-central-1:000000000000:event-bus/b"
    try await bridge.call("CreateArchive", ["ArchiveName": "a", "EventSourceArn": .string(arn)])
    #expect(await bridge.fault("DeleteEventBus", ["Name": "b"])?.message == "Event bus b can't be deleted since it has rules.")
    try await bridge.call("DeleteArchive", ["ArchiveName": "a"])
    try await bridge.call("DeleteEventBus", ["Name": "b"])
  }

  @Test func lists() async throws {
    let bridge = try await Bridge()
    try await bridge.call("CreateEventBus", ["Name": "b"])
    let other = "arn:aws:events:eu-central-1:000000000000:event-bus/b"
    for (name, bus) in [("x1", Bridge.bus), ("x2", other), ("y1", Bridge.bus)] {
      try await bridge.call("CreateArchive", ["ArchiveName": .string(name), "EventSourceArn": .string(bus)])
    }
    func names(_ input: JSONObject) async throws -> [String] {
      try await bridge.call("ListArchives", input)["Archives"]?.array?.compactMap { $0["ArchiveName"]?.string } ?? []
    }
    #expect(try await names([:]) == ["x1", "x2", "y1"])
    #expect(try await names(["NamePrefix": "x"]) == ["x1", "x2"])
    #expect(try await names(["EventSourceArn": .string(other)]) == ["x2"])
    #expect(try await names(["State": "DISABLED"]) == [])
    let first = try await bridge.call("ListArchives", ["Limit": 2])
    #expect(try await names(["NextToken": try #require(first["NextToken"])]) == ["y1"])
    #expect(
      await bridge.fault("ListArchives", ["NamePrefix": "x", "State": "ENABLED"])?.message
        == "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.")
  }
}

extension Bridge {
  /// How many rows of a kind are stored.
  func rows(_ kind: String) async throws -> Int {
    try await house.store.read { try $0.count(kind, in: TestHouse.partition, prefix: "") }
  }
}
