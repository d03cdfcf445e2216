import JSON
import ServiceKit
import Testing

@Suite struct TargetTests {
  private static let states = "arn:aws:states:eu-central-1:000000000000:stateMachine:m"
  private static let role: JSONValue = "arn:aws:iam::000000000000:role/r"

  private func refusal(_ target: JSONObject) async throws -> Fault? {
    let rules = try await RulesHouse()
    try await rules.rule("r")
    var target = target
    target["Id"] = target["Id"] ?? "t"
    let fault = await rules.fault("PutTargets", ["Rule": "r", "Targets": [.object(target)]])
    // What is refused is not kept.
    if fault != nil { #expect(try await rules.call("ListTargetsByRule", ["Rule": "r"])["Targets"]?.array?.isEmpty == true) }
    return fault
  }

  @Test(
    arguments: [
      (["Arn": "nonsense"], "Parameter nonsense is not valid. Reason: Provided Arn is not in correct format."),
      (["Arn": .string(states)], "RoleArn is required for target \(states)."),
      (
        ["Arn": "arn:aws:events:eu-central-1:000000000000:event-bus/b"],
        "RoleArn is required for target arn:aws:events:eu-central-1:000000000000:event-bus/b."
      ),
      (
        ["Arn": "arn:aws:batch:eu-central-1:000000000000:job-queue/q", "RoleArn": role],
        "Parameter(s) BatchParameters must be specified for target: t."
      ),
      (
        [
          "Arn": "arn:aws:batch:eu-central-1:000000000000:job-queue/q", "RoleArn": role,
          "BatchParameters": ["JobDefinition": "d", "JobName": "n", "ArrayProperties": ["Size": 1]],
        ], "Parameter ArrayProperties is not valid. Reason: Size must be in between 2 and 10000."
      ),
      (
        ["Arn": "arn:aws:batch:eu-central-1:000000000000:job-queue/q", "RoleArn": role, "BatchParameters": ["JobDefinition": "d"]],
        "1 validation error detected: Value null at 'targets.1.member.batchParameters.jobName' failed to satisfy constraint: Member must not be null"
      ),
      (["Arn": .string(RulesHouse.queue + ".fifo")], "Parameter(s) SqsParameters must be specified for target: t."),
      (
        ["Arn": .string(RulesHouse.queue), "KinesisParameters": ["PartitionKeyPath": "$.a"]],
        "Parameter(s) KinesisParameters not supported for target: t"
      ),
      (["Arn": .string(RulesHouse.queue), "Input": "not json"], "JSON syntax error in input for target t."),
      (["Arn": .string(RulesHouse.queue), "InputPath": "detail"], "InputPath for target t is invalid."),
      (["Arn": .string(RulesHouse.queue), "InputPath": "$.detail['a']"], "InputPath for target t is invalid."),
      (
        ["Arn": .string(RulesHouse.queue), "Input": "1", "InputPath": "$"],
        "Only one of Input, InputPath, or InputTransformer must be provided for target t."
      ),
      (
        ["Arn": .string(RulesHouse.queue), "InputTransformer": ["InputTemplate": "\"<nothing>\""]],
        "InputTemplate for target t contains invalid placeholder nothing."
      ),
      (
        ["Arn": .string(RulesHouse.queue), "InputTransformer": ["InputTemplate": "\"<aws.events.event.json>\""]],
        "InputTemplate for target t contains placeholder aws.events.event.json valid only for JSON template."
      ),
      (
        [
          "Arn": .string(RulesHouse.queue),
          "InputTransformer": ["InputPathsMap": ["aws.events.rule-name": "$.a"], "InputTemplate": "1"],
        ],
        "1 validation error detected: Value '{aws.events.rule-name=$.a}' at 'targets.1.member.inputTransformer.inputPathsMap' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [A-Za-z0-9\\_\\-]+]"
      ),
      (
        ["Arn": .string(RulesHouse.queue), "DeadLetterConfig": ["Arn": "arn:aws:sns:eu-central-1:000000000000:t"]],
        "sns is not supported as a dead letter resource."
      ),
      (
        ["Arn": .string(RulesHouse.queue), "DeadLetterConfig": ["Arn": .string(RulesHouse.queue + ".fifo")]],
        "SQS FIFO is not supported by Dead Letter Queues."
      ),
    ] as [(JSONObject, String)])
  func refusals(_ target: JSONObject, _ message: String) async throws {
    #expect(try await refusal(target) == Fault("ValidationException", message))
  }

  @Test func pathsAndTemplatesHaveLimits() async throws {
    let paths = { (count: Int) -> JSONValue in
      var map = JSONObject()
      for number in 0..<count { map["k\(number)"] = "$.a" }
      return .object(map)
    }
    let target = { (map: JSONValue, template: String) -> JSONObject in
      ["Arn": .string(RulesHouse.queue), "InputTransformer": ["InputPathsMap": map, "InputTemplate": .string(template)]]
    }
    #expect(try await refusal(target(paths(100), "\"<k99>\"")) == nil)
    #expect(try await refusal(target(paths(101), "1"))?.message.contains("less than or equal to 100") == true)
    #expect(try await refusal(target(paths(1), String(repeating: "1", count: 8_192))) == nil)
    #expect(try await refusal(target(paths(1), String(repeating: "1", count: 8_193)))?.message.contains("8192") == true)
    #expect(try await refusal(target(["AWSfoo": "$.a"], "{\"a\":<AWSfoo>,\"e\":<aws.events.event.json>}")) == nil)
  }

  @Test func idsAreGivenOnce() async throws {
    let rules = try await RulesHouse()
    try await rules.rule("r")
    let target: JSONValue = ["Id": "x", "Arn": .string(RulesHouse.queue)]
    #expect(
      await rules.fault("PutTargets", ["Rule": "r", "Targets": [target, target]])
        == Fault("ValidationException", "Parameter targets is not valid. Reason: More than one target with Id 'x' is provided."))
  }

  @Test func whatIsNotServedIsToldApart() async throws {
    let rules = try await RulesHouse()
    try await rules.rule("r")
    let answer = try await rules.call(
      "PutTargets",
      [
        "Rule": "r",
        "Targets": [
          ["Id": "s", "Arn": "arn:aws:glue:eu-central-1:000000000000:workflow/w", "RoleArn": Self.role],
          ["Id": "q", "Arn": .string(RulesHouse.queue)],
        ],
      ])
    #expect(answer["FailedEntryCount"] == 1)
    #expect(answer["FailedEntries"]?[0]?["TargetId"] == "s")
    #expect(
      try await rules.call("ListTargetsByRule", ["Rule": "r"]) == ["Targets": [["Id": "q", "Arn": .string(RulesHouse.queue)]]])
  }

  @Test func fiveTargetsByQuota() async throws {
    let targets = { (range: Range<Int>) in
      JSONValue.array(range.map { ["Id": .string("t\($0)"), "Arn": .string(RulesHouse.queue)] })
    }
    let strict = try await RulesHouse(limits: .aws)
    try await strict.rule("r")
    try await strict.call("PutTargets", ["Rule": "r", "Targets": targets(0..<5)])
    try await strict.call("PutTargets", ["Rule": "r", "Targets": targets(2..<4)])
    #expect(
      await strict.fault("PutTargets", ["Rule": "r", "Targets": targets(5..<6)])
        == Fault("LimitExceededException", "The requested resource exceeds the maximum number allowed."))
    let open = try await RulesHouse()
    try await open.rule("r")
    try await open.call("PutTargets", ["Rule": "r", "Targets": targets(0..<20)])
    let page = try await open.call("ListTargetsByRule", ["Rule": "r", "Limit": 15])
    let rest = try await open.call("ListTargetsByRule", ["Rule": "r", "NextToken": try #require(page["NextToken"])])
    #expect((page["Targets"]?.array?.count, rest["Targets"]?.array?.count) == (15, 5))
    #expect(rest["NextToken"] == nil)
  }

  @Test func removesAndTellsWhatIsNotThere() async throws {
    let rules = try await RulesHouse()
    try await rules.rule("r")
    try await rules.call("PutTargets", ["Rule": "r", "Targets": [["Id": "q", "Arn": .string(RulesHouse.queue)]]])
    let answer = try await rules.call("RemoveTargets", ["Rule": "r", "Ids": ["q", "z"]])
    #expect(answer["FailedEntryCount"] == 1)
    #expect(answer["FailedEntries"]?[0]?["TargetId"] == "z")
    #expect(answer["FailedEntries"]?[0]?["ErrorCode"] == "ResourceNotFoundException")
  }

  @Test func findsRulesByTarget() async throws {
    let rules = try await RulesHouse()
    for name in ["a", "b", "c", "d"] {
      try await rules.rule(name)
      let arn = name == "b" ? RulesHouse.queue + "2" : RulesHouse.queue
      try await rules.call("PutTargets", ["Rule": .string(name), "Targets": [["Id": "q", "Arn": .string(arn)]]])
    }
    let first = try await rules.call("ListRuleNamesByTarget", ["TargetArn": .string(RulesHouse.queue), "Limit": 2])
    #expect(first["RuleNames"] == ["a", "c"])
    let second = try await rules.call(
      "ListRuleNamesByTarget", ["TargetArn": .string(RulesHouse.queue), "Limit": 2, "NextToken": try #require(first["NextToken"])])
    #expect(second == ["RuleNames": ["d"]])
  }
}
