import JSON
import ServiceKit
import Testing

@Suite struct RuleTests {
  @Test func describesWhatWasPut() async throws {
    let rules = try await RulesHouse()
    let arn = try await rules.call(
      "PutRule",
      ["Name": "r", "EventPattern": #"{"a":[1]}"#, "Description": "d", "State": "DISABLED", "Tags": [["Key": "k", "Value": "v"]]])
    #expect(arn == ["RuleArn": "arn:aws:events:eu-central-1:000000000000:rule/r"])
    #expect(
      try await rules.call("DescribeRule", ["Name": "r"]) == [
        "Name": "r", "Arn": "arn:aws:events:eu-central-1:000000000000:rule/r", "EventPattern": #"{"a":[1]}"#, "State": "DISABLED",
        "Description": "d", "EventBusName": "default", "CreatedBy": "000000000000",
      ])
    let tags = try await rules.call("ListTagsForResource", ["ResourceARN": "arn:aws:events:eu-central-1:000000000000:rule/r"])
    #expect(tags == ["Tags": [["Key": "k", "Value": "v"]]])
  }

  @Test func aBusIsNamedOrGivenByItsARN() async throws {
    let rules = try await RulesHouse()
    try await rules.call("CreateEventBus", ["Name": "orders"])
    try await rules.rule("r", ["EventBusName": "arn:aws:events:eu-central-1:000000000000:event-bus/orders"])
    let found = try await rules.call("DescribeRule", ["Name": "r", "EventBusName": "orders"])
    #expect(found["Arn"] == "arn:aws:events:eu-central-1:000000000000:rule/orders/r")
    #expect(
      await rules.fault("DescribeRule", ["Name": "r"]) == Fault("ResourceNotFoundException", "Rule r does not exist on EventBus default."))
    #expect(
      await rules.fault("DescribeRule", ["Name": "r", "EventBusName": "none"])
        == Fault("ResourceNotFoundException", "Event bus none does not exist."))
    #expect(
      await rules.fault("DescribeRule", ["Name": "r", "EventBusName": "a b"])?.message.contains("regular expression pattern") == true)
  }

  @Test func aBusOfAnotherAccountIsNotTakenForOnesOwn() async throws {
    let rules = try await RulesHouse()
    for (bus, code) in [
      ("arn:aws:events:eu-central-1:111111111111:event-bus/default", "AccessDeniedException"),
      ("arn:aws:events:us-west-2:000000000000:event-bus/default", "ValidationException"),
    ] {
      let fault = await rules.fault("PutRule", ["Name": "r", "EventPattern": #"{"a":[1]}"#, "EventBusName": .string(bus)])
      #expect(fault?.code == code && fault?.message.contains(bus) == true)
      #expect(await rules.fault("DescribeEventBus", ["Name": .string(bus)])?.code == code)
    }
    #expect(try await rules.call("ListRules") == ["Rules": []])
  }

  @Test func faultsShowStructuresAsJSON() async throws {
    let rules = try await RulesHouse()
    let entries = Array(repeating: ["Source": "a", "DetailType": "t", "Detail": "{}"] as JSONValue, count: 11)
    let message = await rules.fault("PutEvents", ["Entries": .array(entries)])?.message
    #expect(message?.contains(#"'[{"source":"a","detailType":"t","detail":"{}"}, "#) == true)
    #expect(message?.hasSuffix("Member must have length less than or equal to 10") == true)
  }

  @Test(
    arguments: [
      ([:], "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."),
      (
        ["ScheduleExpression": "rate(1 minute)", "EventBusName": "orders"], "ValidationException",
        "ScheduleExpression is supported only on the default event bus."
      ),
      (
        ["EventPattern": #"{"a":"b"}"#], "InvalidEventPatternException",
        "Event pattern is not valid. Reason: \"a\" must be an object or an array\n at [Source: (String)\"{\"a\":\"b\"}\"; line: 1, column: 7]"
      ),
      (
        ["EventPattern": #"{"a":[1]}"#, "Tags": [["Key": "k", "Value": ""], ["Key": "k", "Value": ""]]], "ValidationException",
        "Invalid parameter: Duplicated keys are not allowed."
      ),
    ] as [(JSONObject, String, String)])
  func refusals(_ input: JSONObject, _ code: String, _ message: String) async throws {
    let rules = try await RulesHouse()
    try await rules.call("CreateEventBus", ["Name": "orders"])
    var input = input
    input["Name"] = "r"
    #expect(await rules.fault("PutRule", .object(input)) == Fault(code, message))
  }

  @Test func quotasOfAWS() async throws {
    let strict = try await RulesHouse(limits: .aws)
    let long = #"{"a":["\#(String(repeating: "x", count: 2_040))"]}"#
    #expect(
      await strict.fault("PutRule", ["Name": "r", "EventPattern": .string(long)])
        == Fault("ValidationException", "Parameter EventPattern for rule r exceeds limit of 2048."))
    for number in 0..<300 { try await strict.rule("r\(number)") }
    #expect(
      await strict.fault("PutRule", ["Name": "one-more", "EventPattern": #"{"a":[1]}"#])
        == Fault("LimitExceededException", "The requested resource exceeds the maximum number allowed."))
    try await strict.rule("r7", pattern: #"{"b":[1]}"#)
    let open = try await RulesHouse()
    try await open.rule("r", pattern: long)
  }

  @Test func aRuleWithTargetsIsNotDeleted() async throws {
    let rules = try await RulesHouse()
    try await rules.rule("r")
    try await rules.call("PutTargets", ["Rule": "r", "Targets": [["Id": "q", "Arn": .string(RulesHouse.queue)]]])
    for force in [false, true] {
      #expect(
        await rules.fault("DeleteRule", ["Name": "r", "Force": .bool(force)])
          == Fault("ValidationException", "Rule can't be deleted since it has targets."))
    }
    try await rules.call("RemoveTargets", ["Rule": "r", "Ids": ["q"]])
    try await rules.call("DeleteRule", ["Name": "r"])
    // One that is not there is deleted, too.
    try await rules.call("DeleteRule", ["Name": "r"])
    #expect(await rules.fault("DescribeRule", ["Name": "r"])?.code == "ResourceNotFoundException")
  }

  @Test func listsByNameInPages() async throws {
    let rules = try await RulesHouse()
    for name in ["b2", "a", "b1", "b3"] { try await rules.rule(name) }
    let first = try await rules.call("ListRules", ["NamePrefix": "b", "Limit": 2])
    #expect(first["Rules"]?.array?.compactMap { $0["Name"]?.string } == ["b1", "b2"])
    #expect(first["Rules"]?[0]?["CreatedBy"] == nil)
    let token = try #require(first["NextToken"]?.string)
    let second = try await rules.call("ListRules", ["NamePrefix": "b", "Limit": 2, "NextToken": .string(token)])
    #expect(second["Rules"]?.array?.compactMap { $0["Name"]?.string } == ["b3"])
    #expect(second["NextToken"] == nil)
  }

  @Test func switchesOnAndOff() async throws {
    let rules = try await RulesHouse()
    try await rules.rule("r")
    try await rules.call("DisableRule", ["Name": "r"])
    #expect(try await rules.call("DescribeRule", ["Name": "r"])["State"] == "DISABLED")
    try await rules.call("EnableRule", ["Name": "r"])
    #expect(try await rules.call("DescribeRule", ["Name": "r"])["State"] == "ENABLED")
    #expect(await rules.fault("EnableRule", ["Name": "none"])?.message == "Rule none does not exist on EventBus default.")
  }

  @Test func tagsOfRules() async throws {
    let rules = try await RulesHouse(limits: .aws)
    try await rules.rule("r")
    let arn: JSONValue = "arn:aws:events:eu-central-1:000000000000:rule/r"
    let many: [JSONValue] = (0..<51).map { ["Key": .string("k\($0)"), "Value": ""] }
    #expect(await rules.fault("TagResource", ["ResourceARN": arn, "Tags": .array(many)])?.code == "ValidationException")
    try await rules.call("TagResource", ["ResourceARN": arn, "Tags": [["Key": "a", "Value": "1"], ["Key": "b", "Value": "2"]]])
    try await rules.call("UntagResource", ["ResourceARN": arn, "TagKeys": ["a"]])
    #expect(try await rules.call("ListTagsForResource", ["ResourceARN": arn]) == ["Tags": [["Key": "b", "Value": "2"]]])
    #expect(
      await rules.fault("ListTagsForResource", ["ResourceARN": "arn:aws:events:eu-central-1:000000000000:rule/none"])
        == Fault("ResourceNotFoundException", "Rule none does not exist on EventBus default."))
    #expect(
      await rules.fault("ListTagsForResource", ["ResourceARN": "nonsense"])
        == Fault("ValidationException", "Parameter nonsense is not valid. Reason: Provided Arn is not in correct format."))
  }
}
