import JSON
import ServiceKit
import TestKit
import Testing
import Time

/// One wrong datum and what is answered to it.
struct WrongDatum: Sendable, CustomStringConvertible {
  var members: JSONObject
  var code: String
  var sentence: String
  var description: String { sentence }

  static let all = [
    WrongDatum(
      members: ["MetricName": ""], code: "MissingRequiredParameterException",
      sentence: "The parameter MetricData.member.1.MetricName is required."),
    WrongDatum(
      members: ["Value": "NaN"], code: "InvalidParameterValueException",
      sentence: "The value NaN for parameter MetricData.member.1.Value is invalid."),
    WrongDatum(
      members: ["Value": 1e300], code: "InvalidParameterValueException",
      sentence: "The value 1.0E300 for parameter MetricData.member.1.Value is invalid."),
    WrongDatum(
      members: ["StatisticValues": ["SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1]], code: "InvalidParameterCombinationException",
      sentence:
        "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both."
    ),
    WrongDatum(
      members: ["Values": [1]], code: "InvalidParameterCombinationException",
      sentence:
        "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both."),
    WrongDatum(
      members: ["Value": .null, "Values": .array((0..<151).map { .int($0) })], code: "InvalidParameterValueException",
      sentence: "The collection MetricData.member.1.Values must not have a size greater than 150."),
    WrongDatum(
      members: ["Value": .null], code: "MissingRequiredParameterException",
      sentence:
        "At least one of the parameters MetricData.member.1.Value, MetricData.member.1.Values and MetricData.member.1.StatisticValues must be given."
    ),
    WrongDatum(
      members: ["Value": .null, "StatisticValues": ["SampleCount": 1, "Sum": 1, "Minimum": 1]], code: "MissingRequiredParameterException",
      sentence: "The parameter MetricData.member.1.StatisticValues.Maximum is required."),
    WrongDatum(
      members: ["Unit": "Furlongs"], code: "InvalidParameterValueException",
      sentence: "The value Furlongs for parameter MetricData.member.1.Unit is invalid."),
    WrongDatum(
      members: ["StorageResolution": 5], code: "InvalidParameterValueException",
      sentence: "The value 5 for parameter MetricData.member.1.StorageResolution is invalid: it must be 1 or 60."),
    WrongDatum(
      members: ["Dimensions": .array((0..<31).map { ["Name": .string("d\($0)"), "Value": "v"] })], code: "InvalidParameterValueException",
      sentence: "The collection MetricData.member.1.Dimensions must not have a size greater than 30."),
    WrongDatum(
      members: ["Dimensions": [["Name": "d", "Value": ""]]], code: "MissingRequiredParameterException",
      sentence: "The parameter MetricData.member.1.Dimensions.member.1.Value is required."),
    WrongDatum(
      members: ["Timestamp": .int(1_767_225_600 - 15 * 86_400)], code: "InvalidParameterValueException",
      sentence: "The parameter MetricData.member.1.Timestamp must specify a time no more than two weeks in the past."),
    WrongDatum(
      members: ["Timestamp": .int(1_767_225_600 + 7_201)], code: "InvalidParameterValueException",
      sentence: "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future."),
    WrongDatum(
      members: ["Value": "x"], code: "SerializationException",
      sentence: "STRING_VALUE can not be converted to Double at 'MetricData.member.1.Value'"),
  ]
}

@Suite struct PutMetricDataTests {
  @Test(arguments: WrongDatum.all)
  func wrongDataAreRefusedInAWSsWords(_ wrong: WrongDatum) async throws {
    let room = try await MetricRoom(limits: .aws)
    var datum: JSONObject = ["MetricName": "m", "Value": 1]
    for (name, value) in wrong.members { datum[name] = value }
    let fault = await room.fault("PutMetricData", ["Namespace": "N", "MetricData": [.object(datum)]])
    #expect(fault?.code == wrong.code)
    #expect(fault?.message == wrong.sentence)
  }

  @Test func requestsAreCheckedAsAWhole() async throws {
    let room = try await MetricRoom(limits: .aws)
    let datum: JSONValue = ["MetricName": "m", "Value": 1]
    func fault(_ input: JSONValue) async -> String { await room.fault("PutMetricData", input)?.message ?? "" }
    #expect(await fault(["MetricData": [datum]]) == "The parameter Namespace is required.")
    #expect(await fault(["Namespace": "AWS/EC2", "MetricData": [datum]]) == "The value AWS/EC2 for parameter Namespace is invalid.")
    #expect(await fault(["Namespace": "N"]) == "The parameter MetricData is required.")
    #expect(
      await fault(["Namespace": "N", "MetricData": .array(Array(repeating: datum, count: 1_001))])
        == "The collection MetricData must not have a size greater than 1000.")
    #expect(
      await fault(["Namespace": "N", "MetricData": [1]]) == "NUMBER_VALUE can not be converted to Structure at 'MetricData.member.1'")
  }

  @Test func dataOfEntitiesAreStoredAsWell() async throws {
    let room = try await MetricRoom()
    let entity: JSONValue = ["KeyAttributes": ["Type": "Service", "Name": "trainer", "Environment": "lab"]]
    let data: JSONValue = [["MetricName": "e", "Value": 4, "Timestamp": .int(room.now - 60)]]
    try await room.call(
      "PutMetricData",
      ["Namespace": "N", "EntityMetricData": [["Entity": entity, "MetricData": data]], "StrictEntityValidation": true])
    #expect(try await room.values([MetricRoom.metric("m", "e")])["e"] == [4])
    let wrong = await room.fault(
      "PutMetricData",
      [
        "Namespace": "N", "EntityMetricData": [["Entity": ["KeyAttributes": ["Type": "Service"]], "MetricData": data]],
        "StrictEntityValidation": true,
      ])
    #expect(wrong?.message == "The parameter EntityMetricData.member.1.Entity.KeyAttributes must have 2 to 4 entries.")
    // Without strict validation the data count and the entity does not.
    try await room.call("PutMetricData", ["Namespace": "N", "EntityMetricData": [["MetricData": data]]])
  }

  @Test func metricsAreListedInPages() async throws {
    let room = try await MetricRoom()
    let data = (0..<1_203).map { number -> JSONValue in
      ["MetricName": "m", "Value": 1, "Dimensions": MetricRoom.dimensions([("n", "\(number)")])]
    }
    try await room.call("PutMetricData", ["Namespace": "N", "MetricData": .array(data)])
    var (seen, pages, token): (Set<String>, [Int], JSONValue?) = ([], [], nil)
    repeat {
      let page = try await room.call("ListMetrics", ["Namespace": "N", "NextToken": token ?? .null, "RecentlyActive": "PT3H"])
      let metrics = page["Metrics"]?.array ?? []
      pages.append(metrics.count)
      seen.formUnion(metrics.compactMap { $0["Dimensions"]?[0]?["Value"]?.string })
      token = page["NextToken"]
    } while token != nil
    #expect(pages == [500, 500, 203] && seen.count == 1_203)
    let linked = try await room.call(
      "ListMetrics",
      ["Dimensions": [["Name": "n", "Value": "7"]], "IncludeLinkedAccounts": true, "OwningAccount": .string(TestHouse.account)])
    #expect(linked["OwningAccounts"] == [.string(TestHouse.account)])
    let foreign = try await room.call("ListMetrics", ["IncludeLinkedAccounts": true, "OwningAccount": "111111111111"])
    #expect(foreign["Metrics"] == [] && foreign["OwningAccounts"] == [])
    #expect(await room.fault("ListMetrics", ["NextToken": "x"])?.code == "InvalidParameterValueException")
    #expect(await room.fault("ListMetrics", ["OwningAccount": "1"])?.code == "InvalidParameterValueException")
  }
}
