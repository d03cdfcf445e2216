import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Parallel and Map states.
@Suite struct ChildrenTests {
  private static let race = #"""
    {"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
      {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"\#(lambda)","End":true}}},
      {"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":60,"End":true}}},
      {"StartAt":"Q","States":{"Q":{"Type":"Parallel","End":true,"Branches":[
        {"StartAt":"B","States":{"B":{"Type":"Task","Resource":"\#(lambda)","End":true}}}]}}}],
      HANDLERS "Next":"End"},"End":{"Type":"Succeed"}CAUGHT}}
    """#

  /// The race with these fields of the Parallel state.
  private static func race(_ fields: String) -> String {
    race.replacing("HANDLERS", with: fields).replacing(
      "CAUGHT", with: fields.contains("Caught") ? #","Caught":{"Type":"Pass","End":true}"# : "")
  }

  @Test func branchesEndInAnyOrder() throws {
    var played = try Played(Self.race(#""ResultPath":"$.r","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}],"#))
    played.send(.start)
    #expect(played.requests.map(\.state) == ["A", "B"])
    #expect(played.timers.count == 1)
    played.succeed(played.requests[1].id, "b")
    played.fireNext()
    #expect(played.outcome == nil)
    played.succeed(played.requests[0].id, "a")
    #expect(played.output == ["r": ["a", [:], ["b"]]])
    #expect(
      Array(played.types.suffix(6)) == [
        "TaskStateExited", "ParallelStateSucceeded", "ParallelStateExited", "SucceedStateEntered", "SucceedStateExited",
        "ExecutionSucceeded",
      ])
    let exited = played.events.count - 5
    #expect(played.events.suffix(5).prefix(2).map(\.previousID) == [exited, exited])
    #expect(played.divergences == [])
  }

  @Test func failureCutsTheOthersOff() throws {
    var played = try Played(Self.race(#""Catch":[{"ErrorEquals":["E"],"Next":"Caught"}],"#))
    played.send(.start)
    played.fail(played.requests[0].id, "E", "C")
    #expect(played.output == ["Error": "E", "Cause": "C"])
    #expect(played.tasks.isEmpty && played.timers.isEmpty)
    let tail = played.types.drop { $0 != "LambdaFunctionFailed" }
    #expect(
      Array(tail) == [
        "LambdaFunctionFailed", "TaskStateAborted", "WaitStateAborted", "TaskStateAborted", "ParallelStateAborted", "ParallelStateFailed",
        "ParallelStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded",
      ])
    #expect(played.divergences == [])
    played.send(.taskSucceeded(id: played.requests[1].id, output: .empty))
    #expect(played.ignored == 1)
  }

  @Test func failureWithoutACatcher() throws {
    var played = try Played(Self.race(""))
    played.send(.start)
    played.fail(played.requests[1].id, "E", nil)
    #expect(played.error == "E")
    #expect(played.types.suffix(2) == ["ParallelStateFailed", "ExecutionFailed"])
    #expect(played.tasks.isEmpty && played.timers.isEmpty)
    #expect(played.divergences == [])
  }

  @Test func runtimeErrorInABranchEndsTheExecution() throws {
    var played = try Played(
      #"""
      {"StartAt":"P","States":{"P":{"Type":"Parallel","Branches":[
        {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"\#(lambda)","End":true}}},
        {"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$.no","End":true}}}],
        "Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"End":true},"C":{"Type":"Succeed"}}}
      """#)
    try played.run()
    #expect(played.error == "States.Runtime")
    #expect(played.tasks.isEmpty)
    #expect(played.divergences == [])
  }

  @Test func parallelIsRetriedAsAWhole() throws {
    var played = try Played(
      Self.race(#""Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1,"IntervalSeconds":7}],"#))
    played.send(.start)
    played.fail(played.requests[0].id, "E")
    #expect(played.timers.count == 1)
    played.fireNext()
    #expect(played.elapsed == 7)
    #expect(played.requests.count == 4)
    #expect(played.types.count { $0 == "ParallelStateStarted" } == 4)
    try played.run { .output(.string($0.state)) }
    #expect(played.output == ["A", [:], ["B"]])
    #expect(played.divergences == [])
  }

  @Test func branchesSeeVariablesAndKeepTheirOwn() throws {
    var played = try Played(
      #"""
      {"StartAt":"V","States":{"V":{"Type":"Pass","Assign":{"x":1},"Next":"P"},
      "P":{"Type":"Parallel","Branches":[
        {"StartAt":"A","States":{"A":{"Type":"Pass","Assign":{"y.$":"States.MathAdd($x, 1)"},"Next":"A2"},"A2":{"Type":"Pass","Parameters":{"y.$":"$y"},"End":true}}},
        {"StartAt":"B","States":{"B":{"Type":"Pass","Parameters":{"x.$":"$x"},"End":true}}}],"Assign":{"z.$":"$[0].y"},"Next":"E"},
      "E":{"Type":"Pass","Parameters":{"z.$":"$z","x.$":"$x"},"End":true}}}
      """#)
    try played.run()
    #expect(played.output == ["z": 2, "x": 1])
    #expect(played.divergences == [])
  }

  private static func map(_ fields: String, _ state: String = #"{"Type":"Task","Resource":"\#(lambda)","End":true}"#) -> String {
    let caught = fields.contains("\"C\"") ? #","C":{"Type":"Pass","End":true}"# : ""
    return
      #"{"StartAt":"M","States":{"M":{"Type":"Map",\#(fields)"ItemProcessor":{"StartAt":"I","States":{"I":\#(state)}},"End":true}\#(caught)}}"#
  }

  @Test func itemsInOrderAndContext() throws {
    var played = try Played(
      Self.map(
        #""ItemsPath":"$.l","ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","k.$":"$.k"},"ResultPath":"$.r","#),
      input: ["l": ["a", "b"], "k": 1])
    try played.run { .output($0.input.value) }
    #expect(played.output == ["l": ["a", "b"], "k": 1, "r": [["i": 0, "v": "a", "k": 1], ["i": 1, "v": "b", "k": 1]]])
    #expect(played.events[2].json()["mapStateStartedEventDetails"] == ["length": 2])
    #expect(played.events[3].json()["mapIterationStartedEventDetails"] == ["name": "M", "index": 0])
    #expect(played.divergences == [])
  }

  @Test func noItems() throws {
    var played = try Played(Self.map(""), input: [])
    try played.run()
    #expect(played.output == [])
    #expect(played.types == ["MapStateEntered", "MapStateStarted", "MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"])
  }

  @Test func noArray() throws {
    var played = try Played(Self.map(#""Catch":[{"ErrorEquals":["States.ALL"],"Next":"C"}],"#), input: 5)
    try played.run()
    #expect(played.error == "States.Runtime")
    #expect(played.cause?.hasSuffix("Reference path \"$\" must point to array.") == true)
  }

  @Test(arguments: [1, 2, 3, 40, 1_000])
  func concurrency(_ width: Int) throws {
    var played = try Played(Self.map("\"MaxConcurrency\":\(width),"), input: .array((0..<100).map { .int($0) }))
    played.send(.start)
    var most = 0
    while played.outcome == nil, let id = played.tasks.keys.max() {
      most = max(most, played.tasks.count)
      played.succeed(id, played.tasks[id]?.input.value ?? nil)
    }
    #expect(most == min(width, 40))
    #expect(played.output == .array((0..<100).map { .int($0) }))
    #expect(played.divergences == [])
  }

  @Test func concurrencyByPath() throws {
    var played = try Played(Self.map(#""ItemsPath":"$.l","MaxConcurrencyPath":"$.m","#), input: ["l": [1, 2, 3], "m": 2])
    played.send(.start)
    #expect(played.tasks.count == 2)
  }

  @Test func failedIterationEndsTheMap() throws {
    var played = try Played(Self.map(#""Catch":[{"ErrorEquals":["E"],"Next":"C"}],"#), input: [1, 2, 3])
    played.send(.start)
    played.fail(played.requests[1].id, "E")
    #expect(played.output == ["Error": "E"])
    #expect(played.tasks.isEmpty)
    let tail = Array(played.types.drop { $0 != "LambdaFunctionFailed" })
    #expect(
      tail == [
        "LambdaFunctionFailed", "TaskStateAborted", "MapIterationAborted", "TaskStateAborted", "MapIterationAborted", "TaskStateAborted",
        "MapIterationFailed", "MapStateFailed", "MapStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded",
      ])
    let aborted = played.events.filter { $0.type == .mapIterationAborted }.map { $0.json()["mapIterationAbortedEventDetails"]?["index"] }
    #expect(aborted == [0, 2])
    #expect(played.divergences == [])
  }

  @Test func mapIsRetried() throws {
    var played = try Played(Self.map(#""Retry":[{"ErrorEquals":["E"],"MaxAttempts":1}],"MaxConcurrency":1,"#), input: [1, 2])
    var failed = false
    try played.run { request in
      if request.input.value == 2, !failed {
        failed = true
        return .failure("E", nil)
      }
      return .output(request.input.value)
    }
    #expect(played.output == [1, 2])
    #expect(played.types.count { $0 == "MapStateStarted" } == 2)
    #expect(played.requests.count == 4)
    #expect(played.divergences == [])
  }

  @Test func nested() throws {
    var played = try Played(
      Self.map(
        "",
        #"{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"J","States":{"J":{"Type":"Task","Resource":"\#(lambda)","Parameters":{"v.$":"$","i.$":"$$.Map.Item.Index"},"End":true}}}}"#
      ), input: [[1, 2], [], [3]])
    try played.run { .output($0.input.value) }
    #expect(played.output == [[["v": 1, "i": 0], ["v": 2, "i": 1]], [], [["v": 3, "i": 0]]])
    #expect(played.divergences == [])
  }

  private static let distributed =
    #""ItemProcessor":{"ProcessorConfig":{"Mode":"DISTRIBUTED","ExecutionType":"EXPRESS"},"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"End":true}}}"#

  @Test func distributedRun() throws {
    var played = try Played(
      #"{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":7,"ToleratedFailurePercentage":20,"ToleratedFailureCount":3,"Label":"lab","ItemBatcher":{"MaxItemsPerBatch":2,"BatchInput":{"k.$":"$.k"}},"#
        + Self.distributed, input: ["l": [1, 2, 3], "k": "v"])
    played.send(.start)
    let request = try #require(played.mapRuns.values.first)
    #expect(request.label == "lab")
    #expect(request.executionType == .express)
    #expect(request.maxConcurrency == 7)
    #expect(request.toleratedFailureCount == 3)
    #expect(request.toleratedFailurePercentage == 20)
    guard case .inline(let inputs) = request.items else { throw Missing() }
    #expect(inputs.map(\.value) == [["BatchInput": ["k": "v"], "Items": [1, 2]], ["BatchInput": ["k": "v"], "Items": [3]]])
    try played.run()
    #expect(played.output == .array(inputs.map(\.value)))
    #expect(
      played.chain.map { String($0) } == [
        "1<0 ExecutionStarted", "2<0 MapStateEntered", "3<2 MapStateStarted", "4<3 MapRunStarted", "5<4 MapRunSucceeded",
        "6<5 MapStateSucceeded", "7<5 MapStateExited", "8<7 ExecutionSucceeded",
      ])
    #expect(played.divergences == [])
  }

  @Test func distributedRunFails() throws {
    var played = try Played(
      #"{"StartAt":"M","States":{"C":{"Type":"Pass","End":true},"M":{"Type":"Map","Catch":[{"ErrorEquals":["States.ExceedToleratedFailureThreshold"],"Next":"C"}],"#
        + Self.distributed, input: [1])
    played.send(.start)
    let id = try #require(played.mapRuns.keys.first)
    played.send(.mapRunStarted(id: id, arn: "a"))
    played.mapRuns[id] = nil
    played.send(.mapRunFailed(id: id, error: "States.ExceedToleratedFailureThreshold", cause: "c"))
    #expect(played.output == ["Error": "States.ExceedToleratedFailureThreshold", "Cause": "c"])
    #expect(played.types.contains("MapRunFailed") && played.types.contains("MapStateFailed"))
    #expect(played.divergences == [])
  }

  @Test func itemsThatAreRead() throws {
    var played = try Played(
      #"{"StartAt":"M","States":{"M":{"Type":"Map","ItemReader":{"Resource":"arn:aws:states:::s3:getObject","ReaderConfig":{"InputType":"JSON"},"Parameters":{"Bucket.$":"$.b"}},"ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","b.$":"$.b"},"#
        + Self.distributed, input: ["b": "bucket"])
    played.send(.start)
    let request = try #require(played.mapRuns.values.first)
    guard case .reader(let source, nil) = request.items else { throw Missing() }
    #expect(source.parameters.value == ["Bucket": "bucket"])
    #expect(source.configuration == ["InputType": "JSON"])
    let input = played.interpreter.childInput(
      MapItem(index: 4, value: "x"), of: played.state, mapRun: request.id, execution: played.info, now: played.now)
    #expect(try input?.get().value == ["i": 4, "v": "x", "b": "bucket"])
    #expect(
      played.interpreter.childInput(MapItem(index: 0, value: 0), of: played.state, mapRun: 77, execution: played.info, now: played.now)
        == nil)
  }

  @Test func batchesByWeight() throws {
    var played = try Played(
      #"{"StartAt":"M","States":{"M":{"Type":"Map","ItemBatcher":{"MaxInputBytesPerBatch":60},"# + Self.distributed,
      input: .array(Array(repeating: "0123456789", count: 6)))
    played.send(.start)
    guard case .inline(let batches)? = played.mapRuns.values.first?.items else { throw Missing() }
    #expect(batches.map { $0.value["Items"]?.array?.count } == [2, 2, 2])
  }

  @Test(arguments: [1, 40]) func membersOfAnObject(width: Int) throws {
    let processor = #"{"StartAt":"I","States":{"I":{"Type":"Wait","Seconds":1,"End":true}}}"#
    var plain = try Played(
      #"{"StartAt":"M","States":{"M":{"Type":"Map","ItemsPath":"$.o","MaxConcurrency":\#(width),"ItemProcessor":\#(processor),"End":true}}}"#,
      input: ["o": ["b": 1, "a": [2]]])
    try plain.run()
    #expect(plain.output == [["Key": "b", "Value": 1], ["Key": "a", "Value": [2]]])
    #expect(plain.divergences == [])
    var chosen = try Played(
      #"{"StartAt":"M","States":{"M":{"Type":"Map","ItemSelector":{"k.$":"$$.Map.Item.Key","v.$":"$$.Map.Item.Value","i.$":"$$.Map.Item.Index","s.$":"$$.Map.Item.Source"},"MaxConcurrency":\#(width),"ItemProcessor":\#(processor),"End":true}}}"#,
      input: ["b": 1, "a": [2]])
    try chosen.run()
    #expect(
      chosen.output == [
        ["k": "b", "v": 1, "i": 0, "s": "STATE_DATA"], ["k": "a", "v": [2], "i": 1, "s": "STATE_DATA"],
      ])
    #expect(chosen.divergences == [])
  }

  @Test func membersOfAnObjectAsExecutions() throws {
    var played = try Played(#"{"StartAt":"M","States":{"M":{"Type":"Map","# + Self.distributed, input: ["b": 1, "a": 2])
    played.send(.start)
    guard case .inline(let inputs)? = played.mapRuns.values.first?.items else { throw Missing() }
    #expect(inputs.map(\.value) == [["Key": "b", "Value": 1], ["Key": "a", "Value": 2]])
  }
}
