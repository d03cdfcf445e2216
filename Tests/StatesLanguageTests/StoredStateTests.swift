import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Executions whose events come in every order, each step taken from the stored state too.
@Suite struct StoredStateTests {
  private static let rich = #"""
    {"StartAt":"Set","TimeoutSeconds":100000,"States":{
    "Set":{"Type":"Pass","Assign":{"v":{"deep":[1,2.50,null,"é"]},"big":123456789012345678901234567890},"Next":"Fan"},
    "Fan":{"Type":"Parallel","ResultPath":"$.fan","Retry":[{"ErrorEquals":["Again"],"MaxAttempts":2,"JitterStrategy":"FULL"}],
      "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Each","ResultPath":"$.fan"}],"Next":"Each","Branches":[
      {"StartAt":"Job","States":{"Job":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","Parameters":{"v.$":"$v.deep"},"TimeoutSeconds":90,
        "Retry":[{"ErrorEquals":["E"],"MaxAttempts":2},{"ErrorEquals":["States.Timeout"],"MaxAttempts":1}],"Next":"Rest"},"Rest":{"Type":"Wait","Seconds":7,"End":true}}},
      {"StartAt":"Act","States":{"Act":{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","HeartbeatSeconds":20,"Assign":{"w.$":"$"},
        "Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"Late"}],"Next":"Late"},"Late":{"Type":"Pass","Parameters":{"b.$":"$big"},"End":true}}},
      {"StartAt":"Tell","States":{"Tell":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"t.$":"$$.Task.Token"},
        "Credentials":{"RoleArn":"r"},"End":true}}}]},
    "Each":{"Type":"Map","ItemsPath":"$.items","MaxConcurrency":2,"ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value"},
      "ToleratedFailureCount":1,"Retry":[{"ErrorEquals":["Again"],"MaxAttempts":1,"IntervalSeconds":3}],
      "Catch":[{"ErrorEquals":["States.ALL"],"Next":"Runs","ResultPath":"$.each"}],"ResultPath":"$.each","Next":"Runs",
      "ItemProcessor":{"StartAt":"Kind","States":{
        "Kind":{"Type":"Choice","Choices":[{"Variable":"$.v","IsNumeric":true,"Next":"Call"},{"Variable":"$.v","StringMatches":"w*","Next":"Nap"}],"Default":"Bad"},
        "Nap":{"Type":"Wait","Seconds":3,"Next":"Call"},"Bad":{"Type":"Fail","Error":"Bad"},
        "Call":{"Type":"Task","Resource":"\#(lambda)","Assign":{"i.$":"$$.Map.Item.Index"},"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],"Next":"Inner"},
        "Inner":{"Type":"Map","ItemsPath":"States.Array(1, 2)","ItemProcessor":{"StartAt":"Leaf","States":{"Leaf":{"Type":"Task","Resource":"\#(lambda)","Parameters":{"i.$":"$i"},"End":true}}},"End":true}}}},
    "Runs":{"Type":"Map","ItemsPath":"$.items","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Leaf2",
      "States":{"Leaf2":{"Type":"Pass","End":true}}},"Retry":[{"ErrorEquals":["E"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"End"}],"Next":"End"},
    "End":{"Type":"Succeed"}}}
    """#
  private static let richJSONata = #"""
    {"QueryLanguage":"JSONata","StartAt":"Set","TimeoutSeconds":100000,"States":{
    "Set":{"Type":"Pass","Assign":{"v":{"deep":[1,2.50,null,"é"]},"n":"{% $count($states.input.items) %}"},"Next":"Fan"},
    "Fan":{"Type":"Parallel","Arguments":{"items":"{% $states.input.items %}"},"Retry":[{"ErrorEquals":["Again"],"MaxAttempts":2,"JitterStrategy":"FULL"}],
      "Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"e":"{% $states.errorOutput.Error %}"},"Output":"{% $merge([$states.input, {'fan': $states.errorOutput}]) %}","Next":"Each"}],
      "Output":"{% $merge([$states.input, {'fan': $states.result}]) %}","Next":"Each","Branches":[
      {"StartAt":"Job","States":{"Job":{"Type":"Task","Resource":"arn:aws:states:::batch:submitJob.sync","Arguments":{"v":"{% $v.deep %}"},"TimeoutSeconds":"{% 80 + $n %}",
        "Retry":[{"ErrorEquals":["E"],"MaxAttempts":2},{"ErrorEquals":["States.Timeout"],"MaxAttempts":1}],"Next":"Rest"},"Rest":{"Type":"Wait","Seconds":"{% $n + 2 %}","End":true}}},
      {"StartAt":"Act","States":{"Act":{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","HeartbeatSeconds":20,"Assign":{"w":"{% $states.result %}"},
        "Catch":[{"ErrorEquals":["States.HeartbeatTimeout","States.QueryEvaluationError"],"Next":"Late"}],"Next":"Late"},"Late":{"Type":"Pass","Output":{"b":"{% $v %}"},"End":true}}},
      {"StartAt":"Tell","States":{"Tell":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Arguments":{"t":"{% $states.context.Task.Token %}"},
        "Credentials":{"RoleArn":"{% 'r' %}"},"Output":"{% $states.result.r %}","End":true}}}]},
    "Each":{"Type":"Map","Items":"{% $states.input.items %}","MaxConcurrency":2,"ItemSelector":{"i":"{% $states.context.Map.Item.Index %}","v":"{% $states.context.Map.Item.Value %}"},
      "ToleratedFailureCount":"{% 1 %}","Retry":[{"ErrorEquals":["Again"],"MaxAttempts":1,"IntervalSeconds":3}],
      "Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $states.input %}","Next":"Runs"}],"Output":"{% $states.input %}","Next":"Runs",
      "ItemProcessor":{"StartAt":"Kind","States":{
        "Kind":{"Type":"Choice","Choices":[{"Condition":"{% $type($states.input.v) = 'number' %}","Assign":{"k":"number"},"Next":"Call"},{"Condition":"{% $states.input.v = 'wait' %}","Next":"Nap"}],"Default":"Bad"},
        "Nap":{"Type":"Wait","Seconds":3,"Next":"Call"},"Bad":{"Type":"Pass","Output":"{% $states.input.v.none %}","End":true},
        "Call":{"Type":"Task","Resource":"\#(lambda)","Assign":{"i":"{% $states.context.Map.Item.Index %}"},"Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],"Next":"Inner"},
        "Inner":{"Type":"Map","Items":[1,2],"ItemProcessor":{"StartAt":"Leaf","States":{"Leaf":{"Type":"Task","Resource":"\#(lambda)","Arguments":{"i":"{% $i %}"},"End":true}}},"End":true}}}},
    "Runs":{"Type":"Map","Items":"{% $states.input.items %}","ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"},"StartAt":"Leaf2",
      "States":{"Leaf2":{"Type":"Pass","End":true}}},"Retry":[{"ErrorEquals":["E"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"End"}],"Next":"End"},
    "End":{"Type":"Succeed","Output":"{% {'n': $n} %}"}}}
    """#
  private static let input: JSONValue = ["items": [1, "wait", 2, "bad", nil], "text": "a \" \\ \u{1F600}"]

  /// A generator with a seed, so that a failure can be looked at again.
  private struct Dice {
    var state: UInt64
    mutating func roll(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  @Test(arguments: 1...150)
  func anyOrder(_ seed: Int) throws { try play(Self.rich, seed) }

  @Test(arguments: 1...150)
  func anyOrderInJSONata(_ seed: Int) throws { try play(Self.richJSONata, seed) }

  private func play(_ text: String, _ seed: Int) throws {
    var dice = Dice(state: UInt64(seed))
    let limits = InterpreterEnvironment.Limits(
      payloadBytes: seed % 5 == 0 ? 400 : nil, historyEvents: seed % 3 == 0 ? 20 + dice.roll(120) : nil,
      inlineConcurrency: 1 + dice.roll(4),
      statesPerAdvance: 1 + dice.roll(12))
    var played = try Played(text, input: Self.input, limits: limits)
    played.send(.start)
    var used: [Int] = []
    while played.outcome == nil, played.steps < 3_000 { Self.act(&played, &dice, &used) }
    #expect(played.outcome != nil)
    #expect(played.divergences == [])
    #expect(played.tasks.isEmpty && played.timers.isEmpty && played.mapRuns.isEmpty)
    #expect(played.events.map(\.id) == Array(1...played.events.count))
    #expect(played.events.allSatisfy { $0.previousID < $0.id && $0.previousID >= 0 })
    #expect(played.events.count { $0.type.rawValue.hasPrefix("Execution") } == 2)
  }

  /// One thing that may happen next.
  private static func act(_ played: inout Played, _ dice: inout Dice, _ used: inout [Int]) {
    let choice = dice.roll(20)
    if choice == 0, played.fireNext() { return }
    if choice == 1, let stale = used.last {
      return played.send(.taskFailed(id: stale, error: "Stale", cause: nil))
    }
    if choice == 2, dice.roll(40) == 0 { return played.send(.abort(error: "Stop", cause: "by hand")) }
    if let id = played.mapRuns.keys.min(), choice < 12 {
      used.append(id)
      if dice.roll(2) == 0 { played.send(.mapRunStarted(id: id, arn: "run")) }
      played.mapRuns[id] = nil
      return dice.roll(2) == 0
        ? played.send(.mapRunFailed(id: id, error: "E", cause: nil)) : played.send(.mapRunSucceeded(id: id, output: Payload([1, 2])))
    }
    let open = played.tasks.keys.sorted()
    guard !open.isEmpty, choice > 4 else {
      played.fireNext()
      return
    }
    let id = open[dice.roll(open.count)]
    switch dice.roll(9) {
    case 0: played.send(.taskStarted(id: id, worker: "w"))
    case 1: played.send(.taskSubmitted(id: id, output: Payload(["JobId": "j"])))
    case 2: played.send(.taskHeartbeat(id: id))
    case 3:
      played.fail(
        id, ["E", "Again", "Other", "States.Timeout"][dice.roll(4)], "c", stage: [.schedule, .start, .submit, .run][dice.roll(4)])
    default:
      used.append(id)
      played.succeed(id, dice.roll(8) == 0 ? .string(String(repeating: "x", count: 500)) : ["r": .int(Int64(id))])
    }
  }

  @Test func unreadableStatesAreRefused() throws {
    var played = try Played(Self.rich, input: Self.input)
    played.send(.start)
    let stored = try played.state.json()
    var newer = try #require(stored.object)
    newer["format"] = 99
    var damaged = try #require(stored.object)
    damaged["state"] = ["status": "RUNNING"]
    var strange = try #require(stored["state"]?.object)
    strange["status"] = "DANCING"
    for bad: JSONValue in [
      nil, [], [:], .object(newer), .object(damaged), ["format": 1, "state": .object(strange)], ["format": "1", "state": [:]],
    ] {
      #expect(throws: ExecutionState.Unreadable.self) { try ExecutionState(json: bad) }
    }
    #expect(try ExecutionState(json: stored).openIDs == played.state.openIDs)
  }

  /// A state of another definition ends the execution, and nothing worse.
  @Test func stateOfAnotherDefinition() throws {
    for steps in 1...40 {
      var played = try Played(Self.rich, input: Self.input)
      try played.run(limit: steps) { _ in .output(1) }
      guard played.outcome == nil else { break }
      for text in [
        #"{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#,
        #"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Parallel","End":true,"Branches":[{"StartAt":"C","States":{"C":{"Type":"Succeed"}}}]}}}"#,
      ] {
        var other = try Played(text)
        other.state = try ExecutionState(json: try played.state.json())
        other.send(.timerFired(id: 1))
        #expect(other.error == "States.Runtime" || other.ignored == 1)
      }
    }
  }

  @Test func theSameStepGivesTheSameResult() throws {
    var one = try Played(Self.rich, input: Self.input)
    var other = try Played(Self.rich, input: Self.input)
    try one.run { .output($0.input.value) }
    try other.run { .output($0.input.value) }
    #expect(one.events.map { $0.json().text } == other.events.map { $0.json().text })
    #expect(one.types.contains("MapRunSucceeded"))
  }
}
