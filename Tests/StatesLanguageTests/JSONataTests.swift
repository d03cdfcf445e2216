import JSON
import JSONPath
import StatesLanguage
import Testing

/// What single JSONata states make of their data. Tests/Fixtures/states-language/jsonata.json
@Suite struct JSONataTests {
  @Test(arguments: Fixture.cases("jsonata"))
  func state(_ item: FixtureCase) throws {
    var state = try #require(item["state"]?.object)
    let type = state["Type"]?.string ?? ""
    if !["Choice", "Succeed", "Fail"].contains(type), state["Next"] == nil { state["End"] = true }
    var states: JSONObject = ["S": .object(state)]
    for (name, other) in item["states"]?.object ?? [:] { states[name] = other }
    if let before = item["before"] { states["Before"] = before }
    var played = Played(
      try machine([
        "QueryLanguage": item["language"] ?? "JSONata", "StartAt": item["before"] == nil ? "S" : "Before", "States": .object(states),
      ]), input: Payload(try #require(item["input"])))
    try played.run { _ in
      if let failure = item["failure"]?.array { return .failure(failure.first?.string, failure.last?.string) }
      return item["answer"].map(TaskAnswer.output) ?? .none
    }
    #expect(played.divergences == [])
    if let requested = item["requested"] { #expect(played.requests.first?.input.value == requested) }
    if let output = item["output"] {
      #expect(played.output == output, "\(played.error ?? ""): \(played.cause ?? "")")
    } else {
      #expect(played.output == nil)
      #expect(played.error == item["error"]?.string)
      if let cause = item["cause"]?.string { #expect(played.cause == cause) }
    }
  }

  private static let undefined =
    #"{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Next":"T"},"T":{"Type":"Task","Resource":"\#(lambda)","#

  /// The event of the failed expression comes before everything that follows from it.
  @Test func evaluationFailedIsAnEvent() throws {
    var played = try Played(
      Self.undefined
        + #""Arguments":{"x":"{% $states.input.no %}"},"Retry":[{"ErrorEquals":["States.QueryEvaluationError"],"MaxAttempts":1}],"#
        + #""Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"Next":"C"},"C":{"Type":"Succeed"}}}"#)
    try played.run()
    #expect(
      played.chain == [
        "1<0 ExecutionStarted", "2<0 PassStateEntered", "3<2 PassStateExited", "4<3 TaskStateEntered", "5<3 EvaluationFailed",
        "6<5 EvaluationFailed", "7<6 TaskStateExited", "8<7 SucceedStateEntered", "9<8 SucceedStateExited", "10<9 ExecutionSucceeded",
      ])
    let details = played.events[4].json()["evaluationFailedEventDetails"]
    #expect(details?["location"] == "Arguments/x" && details?["state"] == "T" && details?["error"] == "States.QueryEvaluationError")
    #expect(played.elapsed == 1)
    #expect(played.divergences == [])
  }

  @Test func outputFailsAfterTheTask() throws {
    var played = try Played(Self.undefined + #""Output":"{% $states.result.no %}","End":true}}}"#)
    try played.run { _ in .output(["r": 1]) }
    #expect(
      played.types.suffix(4) == ["LambdaFunctionStarted", "LambdaFunctionSucceeded", "EvaluationFailed", "ExecutionFailed"])
    #expect(played.divergences == [])
  }

  /// Variables that were to be set are not when the state's output fails.
  @Test func assignIsAllOrNothing() throws {
    var played = try Played(
      Self.undefined
        + #""Assign":{"v":2},"Output":"{% $states.result.no %}","Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $exists($v) %}","Next":"C"}],"Next":"C"},"C":{"Type":"Succeed"}}}"#
    )
    try played.run { _ in .output([:]) }
    #expect(played.output == false)
  }

  /// A state that was stored by a version without the event before its own is read.
  @Test func stepsWithoutTheirPredecessor() throws {
    var played = try Played(
      #"{"QueryLanguage":"JSONata","StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Output":"{% $no %}","End":true}}}"#)
    played.send(.start)
    let text = try played.state.json().text.replacing("\"enteredAfter\":0,", with: "")
    #expect(!text.contains("enteredAfter"))
    played.state = try ExecutionState(json: JSONValue(parsing: text))
    played.fireNext()
    #expect(played.error == "States.QueryEvaluationError")
  }

  /// A variable that doubles in every round of a loop ends the execution, in either language.
  @Test(arguments: [
    #""Assign":{"v":"{% $append($v, $v) %}"}"#, #""QueryLanguage":"JSONPath","Assign":{"v.$":"States.Array($v, $v)"}"#,
  ])
  func growingVariables(_ assign: String) throws {
    let language = assign.contains("JSONPath") ? "JSONPath" : "JSONata"
    let text =
      #"{"QueryLanguage":"\#(language)","StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"v":["x"]},"Next":"B"},"B":{"Type":"Pass",\#(assign),"Next":"B2"},"#
      + (language == "JSONata"
        ? #""B2":{"Type":"Choice","Choices":[{"Condition":"{% false %}","Next":"C"}],"Default":"B"},"#
        : #""B2":{"Type":"Choice","Choices":[{"Variable":"$","IsNull":true,"Next":"C"}],"Default":"B"},"#) + #""C":{"Type":"Succeed"}}}"#
    var played = try Played(text, limits: .init(payloadBytes: 10_000, historyEvents: nil))
    try played.run()
    #expect(played.error == "States.DataLimitExceeded")
    #expect(played.divergences == [])
  }

  /// Expressions cannot use up the machine.
  @Test(arguments: [
    "[1..9000000] ~> $count()", "$string([1..9999999])", "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(1e9))",
    "$pad('', 1e9)", "$reduce([1..100000], function($a, $b) { [$a, $a] })",
  ])
  func hostileExpressions(_ expression: String) throws {
    var played = Played(
      try machine([
        "QueryLanguage": "JSONata", "StartAt": "S",
        "States": ["S": ["Type": "Pass", "Output": .string("{% \(expression) %}"), "End": true]],
      ]), input: .empty)
    try played.run()
    #expect(played.outcome != nil)
  }
}
