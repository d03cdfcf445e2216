import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Executions that are run state by state.
@Suite struct DebugSessionTests {
  private func session(_ text: String, input: JSONValue = [:], mocks: JSONValue? = nil) throws -> DebugSession {
    DebugSession(
      try machine(text), info: Played.info(Payload(input)), environment: Played.environment(),
      mocks: try mocks.map { try TaskMocks($0) } ?? TaskMocks())
  }

  private func place(_ session: DebugSession) -> String {
    switch session.upcoming {
    case .state(let name, let input, let depth): "\(depth) \(name) \(input.text)"
    case .answer(let state): "answer \(state)"
    case .task(let request): "task \(request.state)"
    case .timer(let state, _): "timer \(state)"
    case .mapRun(let state): "map run \(state)"
    case .ended(.succeeded(let output)): "succeeded \(output.text)"
    case .ended(.failed(let error, _)): "failed \(error ?? "")"
    case .ended: "ended"
    }
  }

  private static let line =
    #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"n.$":"$.n"},"Assign":{"v.$":"$.n"},"Next":"W"},"W":{"Type":"Wait","Seconds":60,"Next":"T"},"#
    + #""T":{"Type":"Task","Resource":"\#(lambda)","ResultPath":"$.t","Next":"B"},"B":{"Type":"Pass","Parameters":{"all.$":"$","v.$":"$v"},"End":true}}}"#

  @Test func stepByStep() throws {
    var session = try session(Self.line, input: ["n": 1])
    var places = [place(session)]
    while session.step() { places.append(place(session)) }
    #expect(places == [#"0 A {"n":1}"#, #"0 W {"n":1}"#, "timer W", #"0 T {"n":1}"#, "task T"])
    #expect(session.answer(.result("r")) == true)
    #expect(place(session) == #"0 B {"n":1,"t":"r"}"#)
    #expect(session.step() == true)
    #expect(place(session) == #"succeeded {"all":{"n":1,"t":"r"},"v":1}"#)
    #expect(session.step() == false)
    #expect(session.now == Played.start + .seconds(60))
    #expect(session.events.map(\.id) == Array(1...session.events.count))
  }

  @Test func backAndForth() throws {
    var session = try session(Self.line, input: ["n": 1], mocks: ["T": ["result": 5]])
    let first = place(session)
    var count = 0
    while session.step() { count += 1 }
    let end = place(session)
    let events = session.events.map { $0.json().text }
    for _ in 0..<count { #expect(session.back() == true) }
    #expect(session.back() == false)
    #expect(place(session) == first && session.now == Played.start)
    while session.step() {}
    #expect(place(session) == end)
    #expect(session.events.map { $0.json().text } == events)
  }

  @Test func dataIsChanged() throws {
    var session = try session(Self.line, input: ["n": 1], mocks: ["T": ["result": 5]])
    session.step()
    #expect(session.last?.stages.map(\.stage.rawValue).prefix(3) == ["input", "afterInputPath", "afterParameters"])
    #expect(session.redo(.afterParameters, with: ["n": 9]) == true)
    #expect(place(session) == #"0 W {"n":9}"#)
    #expect(session.variables == ["v": 9])
    #expect(session.setInput(["n": 10]) == true)
    #expect(session.setVariable("v", "changed") == true)
    while session.step() {}
    #expect(place(session) == #"succeeded {"all":{"n":10,"t":5},"v":"changed"}"#)
    #expect(session.redo(.output, with: "other") == true)
    #expect(place(session) == #"succeeded "other""#)
    #expect(session.redo(.afterItemsPath, with: 1) == false)
    #expect(session.setInput(1) == false)
    #expect(session.setVariable("v", 1) == false)
  }

  @Test func aTaskIsAnsweredAnew() throws {
    var session = try session(Self.line, input: ["n": 1])
    while session.step() {}
    session.answer(.failure(error: "E", cause: nil))
    #expect(place(session) == "failed E")
    #expect(session.back() == true)
    #expect(place(session) == "task T")
    session.answer(.result(1))
    #expect(session.redo(.result, with: 2) == true)
    #expect(place(session) == #"0 B {"n":1,"t":2}"#)
  }

  @Test func attempts() throws {
    var session = try session(
      #"{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"\#(lambda)","Retry":[{"ErrorEquals":["Busy"],"MaxAttempts":5}],"End":true}}}"#,
      mocks: ["T": [["error": "Busy"], ["error": "Busy"], ["result": "ok"]]])
    while session.step() {}
    #expect(place(session) == #"succeeded "ok""#)
    #expect(session.events.count { $0.type == .lambdaFunctionFailed } == 2)
  }

  @Test func parallelAndMap() throws {
    var session = try session(
      #"{"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[{"StartAt":"X","States":{"X":{"Type":"Pass","Result":1,"End":true}}},"#
        + #"{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"End":true}}}],"End":true}}}"#,
      input: ["l": ["a", "b"]])
    var places = [place(session)]
    while session.step() { places.append(place(session)) }
    #expect(
      places == [
        #"0 P {"l":["a","b"]}"#, #"1 X {"l":["a","b"]}"#, #"1 M {"l":["a","b"]}"#, #"2 I "a""#, #"2 I "b""#, #"succeeded [1,["a","b"]]"#,
      ])
  }

  @Test func mapRuns() throws {
    let text =
      #"{"StartAt":"M","States":{"M":{"Type":"Map","ToleratedFailureCount":1,"ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"T","States":{"T":{"Type":"Task","Resource":"\#(lambda)","End":true}}},"End":true}}}"#
    var mocked = try session(text, input: [1, 2], mocks: ["T": ["result": "r"]])
    mocked.step()
    #expect(place(mocked) == "map run M")
    while mocked.step() {}
    #expect(place(mocked) == #"succeeded ["r","r"]"#)
    var unmocked = try session(text, input: [1, 2])
    while unmocked.step() {}
    #expect(place(unmocked) == "failed States.ExceedToleratedFailureThreshold")
  }

  @Test func mocksOfStepFunctionsLocal() throws {
    let file: JSONValue = [
      "StateMachines": ["M": ["TestCases": ["Happy": ["T": "Fine"], "Sad": ["T": "Broken"]]]],
      "MockedResponses": [
        "Fine": ["0": ["Return": ["a": 1]]],
        "Broken": ["0-1": ["Throw": ["Error": "E", "Cause": "c"]], "2": ["Return": 2]],
      ],
    ]
    let sad = try TaskMocks(file, testCase: "Sad")
    #expect(sad.answer("T", attempt: 1) == .failure(error: "E", cause: "c"))
    #expect(sad.answer("T", attempt: 2) == .result(2) && sad.answer("T", attempt: 99) == .result(2))
    #expect(sad.answer("U", attempt: 0) == nil)
    #expect(try TaskMocks(file, testCase: "Happy").answer("T", attempt: 0) == .result(["a": 1]))
    for bad: JSONValue in [
      [], ["T": [:]], ["T": []], ["T": 1], ["MockedResponses": [:]],
      ["StateMachines": ["M": ["TestCases": ["A": ["T": "R"]]]], "MockedResponses": ["R": ["0-999999999": ["Return": 1]]]],
      ["StateMachines": ["M": ["TestCases": ["A": ["T": "R"]]]], "MockedResponses": ["R": ["1": ["Return": 1]]]],
      ["StateMachines": ["M": ["TestCases": ["A": ["T": "R"]]]], "MockedResponses": ["R": ["x": ["Return": 1]]]],
    ] {
      #expect(throws: TaskMocks.Wrong.self) { try TaskMocks(bad) }
    }
    #expect(throws: TaskMocks.Wrong.self) { try TaskMocks(file) }
  }
}
