import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// States that are tried by themselves.
@Suite struct StateTestTests {
  private func test(_ state: String, input: JSONValue = [:], language: String = "JSONPath") throws -> StateTest {
    let definition = try machine(
      #"{"QueryLanguage":"\#(language)","StartAt":"S","States":{"S":\#(state),"N":{"Type":"Succeed"},"C":{"Type":"Succeed"}}}"#
        .replacing(#""Type":"Choice""#, with: #""Type":"Choice""#), reachable: true)
    let place = try #require(definition.place(of: "S"))
    return StateTest(definition, place: place, environment: Played.environment(), info: Played.info(Payload(input)))
  }

  /// Compiles with transitions to N and C, whether or not the state has them.
  private func machine(_ text: String, reachable: Bool) throws -> StateMachineDefinition {
    var json = try JSONValue(parsing: text)
    // A first state leads everywhere, so that every state can be reached.
    var states = try #require(json["States"]?.object)
    let isJSONata = json["QueryLanguage"] == "JSONata"
    let rule: (JSONValue) -> JSONValue = { next in
      isJSONata ? ["Condition": true, "Next": next] : ["Variable": "$.x", "IsPresent": true, "Next": next]
    }
    states["First"] = ["Type": "Choice", "Choices": .array(["S", "N", "C"].map { rule(.string($0)) }), "Default": "S"]
    json = ["QueryLanguage": json["QueryLanguage"] ?? "JSONPath", "StartAt": "First", "States": .object(states)]
    return try StatesLanguageTests.machine(json)
  }

  private func outcome(_ test: StateTest) throws -> StateTest.Outcome {
    guard case .ended(let outcome) = try test.begin(now: Played.start) else { throw Missing() }
    return outcome
  }

  @Test func passInEveryStage() throws {
    let outcome = try outcome(
      test(
        #"{"Type":"Pass","InputPath":"$.a","Parameters":{"p.$":"$.b"},"ResultPath":"$.r","OutputPath":"$.r","Assign":{"v.$":"$.p"},"Next":"N"}"#,
        input: ["a": ["b": 1], "c": 2]))
    #expect(outcome.status == .succeeded && outcome.nextState == "N")
    #expect(outcome.output?.value == ["p": 1])
    #expect(
      outcome.json(.debug)
        == [
          "output": #"{"p":1}"#,
          "inspectionData": [
            "input": #"{"a":{"b":1},"c":2}"#, "afterInputPath": #"{"b":1}"#, "afterParameters": #"{"p":1}"#, "result": #"{"p":1}"#,
            "afterResultPath": #"{"a":{"b":1},"c":2,"r":{"p":1}}"#, "variables": #"{"v":1}"#,
          ], "nextState": "N", "status": "SUCCEEDED",
        ])
    #expect(outcome.json(.info) == ["output": #"{"p":1}"#, "nextState": "N", "status": "SUCCEEDED"])
  }

  @Test func jsonata() throws {
    var test = try test(
      #"{"Type":"Pass","Output":{"n":"{% $v + $states.input.n %}"},"Assign":{"w":"{% $v %}"},"End":true}"#, input: ["n": 1],
      language: "JSONata")
    test.variables = ["v": 2]
    let outcome = try outcome(test)
    #expect(outcome.output?.value == ["n": 3])
    #expect(outcome.nextState == nil)
    #expect(outcome.inspectionData["variables"] == #"{"v":2,"w":2}"#)
    #expect(outcome.inspectionData["afterArguments"] == #"{"n":1}"#)
    #expect(outcome.inspectionData["afterInputPath"] == nil)
  }

  @Test func choiceFailAndWait() throws {
    let choice = try outcome(
      test(#"{"Type":"Choice","Choices":[{"Variable":"$.a","NumericEquals":1,"Next":"N"}],"Default":"C"}"#, input: ["a": 2]))
    #expect(choice.status == .succeeded && choice.nextState == "C")
    let fail = try outcome(test(#"{"Type":"Fail","Error":"E","Cause":"why"}"#))
    #expect(fail.json(.info) == ["error": "E", "cause": "why", "status": "FAILED"])
    let wait = try test(#"{"Type":"Wait","Seconds":5,"Next":"N"}"#, input: ["a": 1])
    guard case .wait(let until) = try wait.begin(now: Played.start) else { throw Missing() }
    #expect(until == Played.start + .seconds(5))
    let done = try wait.finish(.succeeded(.empty), now: Played.start)
    #expect(done.status == .succeeded && done.output?.value == ["a": 1])
  }

  private static let task =
    #"{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"x.$":"$.x"},"ResultSelector":{"r.$":"$.Payload"},"ResultPath":"$.out","#
    + #""Retry":[{"ErrorEquals":["A"],"MaxAttempts":1},{"ErrorEquals":["B"],"IntervalSeconds":3,"MaxAttempts":3,"BackoffRate":2}],"#
    + #""Catch":[{"ErrorEquals":["X"],"Next":"N"},{"ErrorEquals":["States.ALL"],"ResultPath":"$.error","Next":"C"}],"Next":"N"}"#

  @Test func mockedResult() throws {
    var test = try test(Self.task, input: ["x": 1])
    test.mock = .result(["Payload": 7])
    let outcome = try outcome(test)
    #expect(outcome.output?.value == ["x": 1, "out": ["r": 7]])
    #expect(outcome.inspectionData["afterParameters"] == #"{"x":1}"#)
    #expect(outcome.inspectionData["result"] == #"{"Payload":7}"#)
    #expect(outcome.inspectionData["afterResultSelector"] == #"{"r":7}"#)
  }

  @Test func retriesAndCatches() throws {
    var test = try test(Self.task, input: ["x": 1])
    test.mock = .failure(error: "B", cause: "busy")
    test.configuration.retrierRetryCount = 2
    let retried = try outcome(test)
    #expect(retried.status == .retriable && retried.error == "B" && retried.cause == "busy")
    #expect(retried.inspectionData["errorDetails"] == ["retryIndex": 1, "retryBackoffIntervalSeconds": 12])
    test.configuration.retrierRetryCount = 3
    let caught = try outcome(test)
    #expect(caught.status == .caught && caught.nextState == "C")
    #expect(caught.output?.value == ["x": 1, "error": ["Error": "B", "Cause": "busy"]])
    #expect(caught.inspectionData["errorDetails"] == ["catchIndex": 1])
    #expect(caught.error == "B")
  }

  @Test func callsAreMadeByTheCaller() throws {
    let test = try test(Self.task, input: ["x": 1])
    guard case .call(let request) = try test.begin(now: Played.start) else { throw Missing() }
    #expect(request.input.value == ["x": 1])
    #expect(try test.finish(.succeeded(Payload(["Payload": true])), now: Played.start).output?.value["out"] == ["r": true])
    #expect(try test.finish(.failed(error: "X", cause: nil), now: Played.start).nextState == "N")
  }

  private static let map =
    #"{"Type":"Map","ItemsPath":"$.l","ItemSelector":{"v.$":"$$.Map.Item.Value"},"MaxConcurrency":4,"ToleratedFailureCount":1,"ResultPath":"$.r","#
    + #""ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"Next":"N"}"#

  @Test func map() throws {
    var test = try test(Self.map, input: ["l": [1, 2]])
    #expect(throws: StateTest.Refusal.self) { try test.begin(now: Played.start) }
    test.mock = .result(["a", "b"])
    let outcome = try outcome(test)
    #expect(outcome.output?.value["r"] == ["a", "b"])
    let data = outcome.inspectionData
    #expect(data["afterItemsPath"] == "[1,2]" && data["afterItemSelector"] == #"[{"v":1},{"v":2}]"#)
    #expect(data["maxConcurrency"] == 4 && data["toleratedFailureCount"] == 1)
    test.configuration.mapIterationFailureCount = 1
    #expect(try self.outcome(test).status == .succeeded)
    test.configuration.mapIterationFailureCount = 2
    let failed = try self.outcome(test)
    #expect(failed.status == .failed && failed.error == "States.ExceedToleratedFailureThreshold")
    test.configuration = .init()
    test.mock = .failure(error: "E", cause: nil)
    test.configuration.errorCausedByState = "I"
    #expect(try self.outcome(test).error == "E")
    test.configuration.errorCausedByState = "Z"
    #expect(throws: StateTest.Refusal.self) { try test.begin(now: Played.start) }
  }

  @Test func readersAndBatches() throws {
    var test = try test(
      #"{"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"CSV","CSVHeaderLocation":"FIRST_ROW"},"Parameters":{"Bucket":"b","Key":"k"}},"#
        + #""ItemBatcher":{"MaxItemsPerBatch":2},"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"Next":"N"}"#
    )
    test.mock = .result([])
    test.configuration.mapItemReaderData = "h\n1\n2\n3"
    #expect(
      try outcome(test).inspectionData["afterItemBatcher"]
        == #"[{"Items":[{"h":"1"},{"h":"2"}]},{"Items":[{"h":"3"}]}]"#)
  }

  @Test func parallel() throws {
    var test = try test(
      #"{"Type":"Parallel","Branches":[{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}}],"Next":"N"}"#, input: ["a": 1])
    test.mock = .result([1, 2])
    #expect(throws: StateTest.Refusal.self) { try test.begin(now: Played.start) }
    test.mock = .result([1])
    #expect(try outcome(test).output?.value == [1])
  }

  @Test func refusals() throws {
    var pass = try test(#"{"Type":"Pass","End":true}"#)
    pass.mock = .result(1)
    #expect(throws: StateTest.Refusal.self) { try pass.begin(now: Played.start) }
    var contextual = try test(#"{"Type":"Pass","End":true}"#)
    contextual.context = [:]
    #expect(throws: StateTest.Refusal.self) { try contextual.begin(now: Played.start) }
    let sync = try test(#"{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","Parameters":{},"End":true}"#)
    #expect(throws: StateTest.Refusal.self) { try sync.begin(now: Played.start) }
    let activity = try test(#"{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","End":true}"#)
    #expect(throws: StateTest.Refusal.self) { try activity.begin(now: Played.start) }
  }

  @Test func givenContext() throws {
    var test = try test(
      #"{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"t.$":"$$.Task.Token"},"End":true}"#)
    test.mock = .result(1)
    test.context = ["Task": ["Token": "given"]]
    #expect(try outcome(test).inspectionData["afterParameters"] == #"{"t":"given"}"#)
  }

  @Test func secretsOfHTTPTasks() throws {
    var test = try test(
      #"{"Type":"Task","Resource":"arn:aws:states:::http:invoke","Parameters":{"ApiEndpoint":"https://x"},"End":true}"#)
    test.mock = .result(["ResponseBody": 1])
    let exchange = HTTPExchange(
      request: ["method": "GET", "headers": "[Authorization: Bearer s3cret]"], response: ["statusCode": "200"], secrets: ["s3cret"])
    let outcome = try outcome(test)
    let hidden = outcome.json(.trace, http: exchange)["inspectionData"]
    #expect(hidden?["request"]?["headers"] == "[Authorization: Bearer [REDACTED]]")
    #expect(hidden?["response"]?["statusCode"] == "200")
    let shown = outcome.json(.trace, http: exchange, revealSecrets: true)["inspectionData"]
    #expect(shown?["request"]?["headers"] == "[Authorization: Bearer s3cret]")
    #expect(outcome.json(.debug, http: exchange)["inspectionData"]?["request"] == nil)
  }
}
