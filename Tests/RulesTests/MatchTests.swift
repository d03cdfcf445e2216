import JSON
import ServiceKit
import Testing

@Suite struct MatchTests {
  private static let event =
    #"{"id":"1","account":"0","source":"app","time":"2026-01-01T00:00:00Z","region":"r","detail-type":"t","detail":{"n":1}}"#

  @Test func testsPatterns() async throws {
    let rules = try await RulesHouse()
    for (pattern, result) in [(#"{"detail":{"n":[1]}}"#, true), (#"{"detail":{"n":[2]}}"#, false)] {
      let answer = try await rules.call("TestEventPattern", ["EventPattern": .string(pattern), "Event": .string(Self.event)])
      #expect(answer == ["Result": .bool(result)])
    }
  }

  @Test(arguments: ["", "[]", "{}", "{\"id\":", #"{"id":"1","account":"0","source":"app","time":"","region":"r"}"#])
  func anEventHasItsFields(_ event: String) async throws {
    let rules = try await RulesHouse()
    #expect(
      await rules.fault("TestEventPattern", ["EventPattern": #"{"a":[1]}"#, "Event": .string(event)])
        == Fault("ValidationException", "Parameter Event is not valid."))
  }

  @Test func explainsPatterns() async throws {
    let rules = try await RulesHouse()
    let answer = try await rules.call("ExplainMatch", ["EventPattern": #"{"detail":{"n":[2,3]}}"#, "Event": .string(Self.event)])
    #expect(
      answer == ["Result": false, "Reason": "detail.n is 1, expected 2 or 3", "Field": "detail.n", "Found": "is 1", "Expected": "2 or 3"])
    let match = try await rules.call("ExplainMatch", ["EventPattern": #"{"detail":{"n":[1]}}"#, "Event": #"{"detail":{"n":1}}"#])
    #expect(match == ["Result": true])
    #expect(await rules.fault("ExplainMatch", ["EventPattern": "{}", "Event": "{}"])?.code == "InvalidEventPatternException")
    #expect(await rules.fault("ExplainMatch", ["EventPattern": #"{"a":[1]}"#, "Event": "[]"])?.code == "ValidationException")
  }

  @Test func explainsRules() async throws {
    let rules = try await RulesHouse()
    try await rules.rule("a", pattern: #"{"source":["other"]}"#)
    try await rules.rule("b")
    try await rules.rule("c", ["State": "DISABLED"])
    try await rules.call("PutRule", ["Name": "d", "ScheduleExpression": "rate(1 hour)"])
    let one = try await rules.call("ExplainMatch", ["Rule": "a", "Event": .string(Self.event)])
    #expect(one["Reason"] == #"source is "app", expected "other""#)
    var reasons: [JSONValue?] = []
    var token: JSONValue?
    repeat {
      var input: JSONObject = ["Event": .string(Self.event), "Limit": 3]
      input["NextToken"] = token
      let page = try await rules.call("ExplainMatch", .object(input))
      reasons += page["Rules"]?.array?.map { $0["Result"] == true ? "matches" : $0["Reason"] } ?? []
      token = page["NextToken"]
    } while token != nil
    #expect(
      reasons == [
        #"source is "app", expected "other""#, "matches", "the event matches the pattern, but the rule is disabled",
        "the rule has no event pattern; it fires by its schedule rate(1 hour)",
      ])
    #expect(await rules.fault("ExplainMatch", ["Rule": "z", "Event": "{}"])?.message == "Rule z does not exist on EventBus default.")
  }
}
