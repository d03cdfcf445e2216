import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Bounds, and executions that try to pass them.
@Suite struct LimitTests {
  private static func limits(_ bytes: Int? = nil, events: Int? = nil, states: Int = 1_000) -> InterpreterEnvironment.Limits {
    .init(payloadBytes: bytes, historyEvents: events, statesPerAdvance: states)
  }

  private static let crowd = #"""
    {"StartAt":"M","TimeoutSeconds":1000,"States":{"M":{"Type":"Map","MaxConcurrency":2,"ItemProcessor":{"StartAt":"P","States":{"P":{"Type":"Parallel","End":true,
      "Branches":[{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"\#(lambda)","TimeoutSeconds":50,"End":true}}},
        {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"Next":"V"},"V":{"Type":"Pass","End":true}}},
        {"StartAt":"D","States":{"D":{"Type":"Map","ItemsPath":"States.Array(1)","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},
          "StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"End":true}}}]}}},"Catch":[{"ErrorEquals":["States.ALL"],"Next":"E"}],"Next":"E"},
    "E":{"Type":"Succeed"}}}
    """#

  /// Wherever the history fills up, the execution fails in its last event and leaves nothing running.
  @Test(arguments: 2...60)
  func fullHistory(_ limit: Int) throws {
    var played = try Played(Self.crowd, input: [1, 2, 3], limits: Self.limits(events: limit))
    try played.run { _ in .output("ok") }
    #expect(played.events.count <= limit)
    #expect(played.outcome != nil)
    #expect(played.tasks.isEmpty && played.timers.isEmpty && played.mapRuns.isEmpty)
    #expect(played.divergences == [])
    if played.events.count == limit, played.error != nil {
      #expect(played.cause == "The execution reached the maximum number of history events (\(limit)).")
      #expect(played.types.last == "ExecutionFailed")
    } else {
      #expect(played.output != nil)
    }
  }

  @Test func payloads() throws {
    let big = JSONValue.string(String(repeating: "x", count: 200))
    func run(_ text: String, input: JSONValue = [:], output: JSONValue = nil) throws -> Played {
      var played = try Played(text, input: input, limits: Self.limits(100))
      try played.run { _ in .output(output) }
      #expect(played.divergences == [])
      return played
    }
    let pass = #"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"a.$":"States.Format('{}{}', $, $)"},"End":true}}}"#
    #expect(try run(pass, input: "x").output == ["a": "xx"])
    #expect(try run(pass, input: .string(String(repeating: "x", count: 60))).error == "States.DataLimitExceeded")
    #expect(try run(pass, input: big).error == "States.DataLimitExceeded")
    func task(_ names: String) -> String {
      #"{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"\#(lambda)","Catch":[{"ErrorEquals":["\#(names)"],"Next":"C","ResultPath":null}],"End":true},"C":{"Type":"Succeed"}}}"#
    }
    #expect(try run(task("States.DataLimitExceeded"), output: big).output == [:])
    let refused = try run(task("States.ALL"), output: big)
    #expect(refused.error == "States.DataLimitExceeded")
    #expect(refused.types.contains("LambdaFunctionFailed"))
  }

  private static let loop = #"""
    {"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"n.$":"States.MathAdd($.n, -1)"},"Next":"C"},
    "C":{"Type":"Choice","Choices":[{"Variable":"$.n","NumericEquals":0,"Next":"E"}],"Default":"A"},"E":{"Type":"Succeed"}}}
    """#

  @Test(arguments: [1, 2, 7, 1_000])
  func oneStepEntersOnlySoManyStates(_ states: Int) throws {
    var played = try Played(Self.loop, input: ["n": 50], limits: Self.limits(states: states))
    played.send(.start)
    var seen = 0
    repeat {
      let entered = played.events.count { $0.type.rawValue.hasSuffix("StateEntered") }
      #expect(entered - seen <= states)
      seen = entered
    } while played.fireNext()
    #expect(played.output == ["n": 0])
    #expect(played.elapsed == 0)
    #expect(played.divergences == [])
    var whole = try Played(Self.loop, input: ["n": 50])
    try whole.run()
    #expect(played.chain == whole.chain)
  }

  @Test func branchesShareTheBudget() throws {
    var played = try Played(Self.crowd, input: [1, 2, 3], limits: Self.limits(states: 1))
    try played.run { _ in .output("ok") }
    #expect(played.output == [["ok", 1, [1]], ["ok", 2, [1]], ["ok", 3, [1]]])
    #expect(played.divergences == [])
  }

  @Test func endlessLoopStaysInSteps() throws {
    var played = try Played(
      #"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.a","IsPresent":true,"Next":"E"}],"Default":"A"},"E":{"Type":"Succeed"}}}"#,
      limits: Self.limits(events: 25_000))
    try played.run()
    #expect(played.events.count == 25_000)
    #expect(played.error == "States.Runtime")
    #expect(played.steps < 40)
  }

  /// Data that grows deeper in every round ends the execution before it can exhaust anything.
  @Test(arguments: [
    #""Parameters":{"a.$":"$"}"#, #""Parameters":{"a":{"a":{"a":{"a.$":"$"}}}}"#, #""ResultPath":"$.a""#,
    #""Assign":{"v.$":"States.Array($v)"}"#, #""InputPath":"States.Array($)""#,
  ])
  func deepData(_ fields: String) throws {
    var played = try Played(
      #"{"StartAt":"S","States":{"S":{"Type":"Pass","Assign":{"v":[]},"Next":"A"},"A":{"Type":"Pass",\#(fields),"Next":"B"},"B":{"Type":"Choice","Choices":[{"Variable":"$.zz","IsPresent":true,"Next":"E"}],"Default":"A"},"E":{"Type":"Succeed"}}}"#,
      limits: Self.limits(states: 50))
    try played.run(limit: 200)
    #expect(played.error == "States.Runtime")
    #expect(played.cause?.contains("nested") == true)
    #expect(played.divergences == [])
  }

  /// An input as deep as the parser takes goes through every kind of state.
  @Test func deepInput() throws {
    let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
    var played = try Played(
      try machine(
        #"""
        {"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"v.$":"$"},"Next":"M"},
        "M":{"Type":"Map","ItemProcessor":{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":1,"Next":"T"},"T":{"Type":"Task","Resource":"\#(lambda)","End":true}}},"End":true}}}
        """#), input: Payload(parsing: deep))
    try played.run { .output($0.input.value) }
    #expect(played.output?.text == deep)
    #expect(played.divergences == [])
  }

  @Test func deepFlows() throws {
    var core = #"{"StartAt":"X","States":{"X":{"Type":"Task","Resource":"\#(lambda)","End":true}}}"#
    for depth in 0..<30 {
      core =
        depth.isMultiple(of: 2)
        ? #"{"StartAt":"P\#(depth)","States":{"P\#(depth)":{"Type":"Parallel","End":true,"Branches":[\#(core)]}}}"#
        : #"{"StartAt":"M\#(depth)","States":{"M\#(depth)":{"Type":"Map","End":true,"ItemsPath":"States.Array(1)","ItemProcessor":\#(core)}}}"#
    }
    var played = try Played(core, limits: Self.limits(states: 3))
    try played.run { _ in .output("x") }
    #expect(played.output?.text == String(repeating: "[", count: 30) + "\"x\"" + String(repeating: "]", count: 30))
    #expect(played.divergences == [])
  }

  @Test func variablesTogetherAreBounded() throws {
    var limits = InterpreterEnvironment.Limits.open
    limits.variableBytes = 20
    func played(_ second: String) throws -> Played {
      var played = try Played(
        #"{"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"a":"123456789"},"Next":"B"},"B":{"Type":"Pass","Assign":{\#(second)},"End":true}}}"#,
        limits: limits)
      played.send(.start)
      return played
    }
    #expect(try played(#""b":1234"#).output == [:])
    #expect(try played(#""b":"123456789012""#).error == "States.DataLimitExceeded")
    // What is replaced does not count.
    #expect(try played(#""a":"123456789012""#).output == [:])
  }

  @Test func hugeNumbersInData() throws {
    for number in [
      "1e308", "-1e308", "123456789012345678901234567890", "9223372036854775807", "-9223372036854775808", "0.1", "null", "\"9\"", "[]",
      "{}",
    ] {
      let input = try Payload(parsing: #"{"n":\#(number),"l":[1,2,3]}"#)
      for state in [
        #"{"Type":"Wait","SecondsPath":"$.n","End":true}"#, #"{"Type":"Wait","TimestampPath":"$.n","End":true}"#,
        #"{"Type":"Task","Resource":"\#(lambda)","TimeoutSecondsPath":"$.n","End":true}"#,
        #"{"Type":"Task","Resource":"\#(lambda)","HeartbeatSecondsPath":"$.n","End":true}"#,
        #"{"Type":"Map","ItemsPath":"$.l","MaxConcurrencyPath":"$.n","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Wait","Seconds":1,"End":true}}},"End":true}"#,
        #"{"Type":"Map","ItemsPath":"$.l","ToleratedFailureCountPath":"$.n","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Fail"}}},"End":true}"#,
        #"{"Type":"Map","ItemsPath":"$.l","ToleratedFailurePercentagePath":"$.n","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Fail"}}},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.MathAdd($.n, $.n)"},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.ArrayRange($.n, 9, 1)"},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.ArrayRange(0, 9, $.n)"},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.ArrayPartition($.l, $.n)"},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.ArrayGetItem($.l, $.n)"},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.MathRandom(0, $.n, $.n)"},"End":true}"#,
        #"{"Type":"Pass","Parameters":{"a.$":"States.MathRandom($.n, 5)"},"End":true}"#,
      ] {
        var played = Played(
          try machine(#"{"StartAt":"S","States":{"S":\#(state)}}"#), input: input)
        try played.run { _ in .output(1) }
        #expect(played.outcome != nil, "\(number) \(state)")
        #expect(played.divergences == [])
      }
    }
  }
}
