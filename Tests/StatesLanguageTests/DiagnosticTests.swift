import JSON
import StatesLanguage
import Testing

/// What the parser says of definitions. Tests/Fixtures/states-language/diagnostics.json
@Suite struct DiagnosticTests {
  @Test(arguments: Fixture.cases("diagnostics"))
  func definition(_ item: FixtureCase) throws {
    let check = StateMachineDefinition.check(try #require(item["definition"]))
    #expect(JSONValue.array(check.diagnostics.map(\.json)) == item["diagnostics"])
    #expect((check.definition == nil) == !check.errors.isEmpty)
    #expect((check.invalidDefinition == nil) == check.errors.isEmpty)
  }

  @Test func sentenceOfTheFault() {
    let check = StateMachineDefinition.check(#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}"#)
    #expect(
      check.invalidDefinition
        == "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, "
        + "MISSING_END_STATE: Workflow has no terminal state at null'")
  }

  @Test(arguments: ["", "{", "null", "3", "\"x\"", "[]", "{\"StartAt\":}", "\u{FEFF}{}"])
  func noDefinition(_ text: String) {
    let check = StateMachineDefinition.check(text)
    #expect(check.definition == nil)
    #expect(!check.errors.isEmpty)
  }

  @Test func warningsDoNotRefuse() throws {
    let check = StateMachineDefinition.check(
      #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a":"$.b"},"Result":{"x.$":"$.y"},"End":true}}}"#)
    #expect(check.definition != nil)
    #expect(Set(check.diagnostics.map(\.code)) == [.noDollar, .passResultIsStatic])
    #expect(check.diagnostics.allSatisfy { $0.severity == .warning })
  }

  @Test func expressRefusals() throws {
    func messages(_ state: String) -> [String] {
      StateMachineDefinition.check(#"{"StartAt":"A","States":{"A":\#(state)}}"#, type: .express).errors.map(\.message)
    }
    #expect(
      messages(#"{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","End":true}"#)
        == ["Express state machine does not support Activity ARN"])
    #expect(
      messages(#"{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","Parameters":{},"End":true}"#)
        == ["Express state machine does not support '.sync' service integration"])
    #expect(
      messages(#"{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{},"End":true}"#)
        == ["Express state machine does not support '.waitForTaskToken' service integration"])
  }

  @Test func integrationsThatDoNotExist() {
    let text = #"{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::tea:brew","Parameters":{},"End":true}}}"#
    #expect(StateMachineDefinition.check(text).definition != nil)
    #expect(StateMachineDefinition.check(text) { $0.service != "tea" }.errors.map(\.code) == [.schema])
  }

  /// Definitions that try to exhaust the parser are refused and nothing worse.
  @Test func hostileDefinitions() throws {
    func nested(_ depth: Int, _ open: (Int) -> String, _ close: String, _ core: String) -> String {
      (0..<depth).map(open).joined() + core + String(repeating: close, count: depth)
    }
    let parallels = nested(
      60, { #"{"StartAt":"P\#($0)","States":{"P\#($0)":{"Type":"Parallel","End":true,"Branches":["# }, "]}}}",
      #"{"StartAt":"X","States":{"X":{"Type":"Succeed"}}}"#)
    #expect(StateMachineDefinition.check(parallels).errors.contains { $0.code == .tooDeeplyNested })
    let rules = nested(200, { _ in #"{"Not":"# }, "}", #"{"Variable":"$.a","IsNull":true}"#)
    let choice =
      #"{"StartAt":"C","States":{"C":{"Type":"Choice","Default":"D","Choices":[{"Next":"D","Not":\#(rules)}]},"D":{"Type":"Succeed"}}}"#
    #expect(StateMachineDefinition.check(choice).errors.contains { $0.code == .tooDeeplyNested })
    let payload = nested(400, { _ in #"{"a":"# }, "}", "1")
    let pass = #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":\#(payload),"End":true}}}"#
    #expect(StateMachineDefinition.check(pass).definition != nil)
    #expect(StateMachineDefinition.check(nested(100_000, { _ in "[" }, "]", "")).errors.map(\.code) == [.invalidJSON])
    let calls = nested(5_000, { _ in "States.Array(" }, ")", "1")
    #expect(
      !StateMachineDefinition.check(#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"\#(calls)"},"End":true}}}"#).errors
        .isEmpty)
  }

  /// Whatever a field holds, the answer is a list of findings.
  @Test func valuesOfEveryKindInEveryField() throws {
    let good = try JSONValue(
      parsing: #"""
        {"StartAt":"A","TimeoutSeconds":9,"Version":"1.0","Comment":"c","States":{
        "A":{"Type":"Task","Resource":"\#(lambda)","InputPath":"$","OutputPath":"$","ResultPath":"$.a","ResultSelector":{},"Parameters":{},
          "TimeoutSeconds":9,"HeartbeatSeconds":1,"Credentials":{"RoleArn":"r"},"Assign":{"v":1},"Next":"M",
          "Retry":[{"ErrorEquals":["X"],"IntervalSeconds":1,"MaxAttempts":1,"BackoffRate":1,"MaxDelaySeconds":2,"JitterStrategy":"FULL"}],
          "Catch":[{"ErrorEquals":["X"],"Next":"M","ResultPath":"$.e","Assign":{"v":1}}]},
        "M":{"Type":"Map","ItemsPath":"$","ItemSelector":{},"MaxConcurrency":1,"ToleratedFailureCount":1,"ToleratedFailurePercentage":1,
          "Label":"L","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON"},"Parameters":{}},
          "ItemBatcher":{"MaxItemsPerBatch":1,"MaxInputBytesPerBatch":1,"BatchInput":{}},
          "ResultWriter":{"Resource":"arn:aws:states:::s3:putObject","Parameters":{}},
          "ItemProcessor":{"StartAt":"I","ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"States":{"I":{"Type":"Succeed"}}},
          "Next":"P"},
        "P":{"Type":"Parallel","Branches":[{"StartAt":"B","States":{"B":{"Type":"Fail","Error":"e","Cause":"c"}}}],"Next":"C"},
        "C":{"Type":"Choice","Choices":[{"And":[{"Not":{"Variable":"$.a","StringMatches":"*"}},{"Variable":"$.a","TimestampEquals":"2020-01-01T00:00:00Z"}],
          "Next":"W"}],"Default":"W"},
        "W":{"Type":"Wait","SecondsPath":"$.s","End":true}}}
        """#)
    let first = StateMachineDefinition.check(good)
    #expect(first.definition != nil, "\(first.invalidDefinition ?? "")")
    let strange: [JSONValue] = [
      nil, true, 0, -1, 1.5, .int(.max), .int(.min), .double(1e308), .bigInteger("99999999999999999999"), "", "x", "$", "$.", "$[",
      "{% x %}", [], [1], [[]],
      [:], ["a": 1], ["x.$": 1],
    ]
    var checked = 0
    for place in Self.places(good) {
      for value in strange {
        let check = StateMachineDefinition.check(Self.replacing(good, place[...], with: value))
        #expect((check.definition == nil) == !check.errors.isEmpty)
        checked += 1
      }
    }
    #expect(checked > 1_500)
  }

  private enum Step { case name(String), index(Int) }

  private static func places(_ value: JSONValue) -> [[Step]] {
    var places: [[Step]] = []
    for (name, member) in value.object ?? [:] { places += [[.name(name)]] + Self.places(member).map { [.name(name)] + $0 } }
    for (index, element) in (value.array ?? []).enumerated() {
      places += [[.index(index)]] + Self.places(element).map { [.index(index)] + $0 }
    }
    return places
  }

  private static func replacing(_ document: JSONValue, _ place: ArraySlice<Step>, with value: JSONValue) -> JSONValue {
    switch (place.first, document) {
    case (.name(let name)?, .object(var object)):
      object[name] = replacing(object[name] ?? nil, place.dropFirst(), with: value)
      return .object(object)
    case (.index(let index)?, .array(var elements)):
      elements[index] = replacing(elements[index], place.dropFirst(), with: value)
      return .array(elements)
    default: return value
    }
  }
}
