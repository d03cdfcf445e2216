import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Task states: their events, timeouts and heartbeats.
@Suite struct TaskTests {
  private static let batch = "arn:aws:states:::batch:submitJob.sync"

  private static func task(_ fields: String, resource: String = lambda) -> String {
    #"{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"\#(resource)",\#(fields)"End":true}}}"#
  }

  @Test func functionSucceeds() throws {
    var played = try Played(Self.task(#""Parameters":{"n.$":"$.a"},"ResultSelector":{"r.$":"$.x"},"ResultPath":"$.out","#), input: ["a": 1])
    played.send(.start)
    let request = try #require(played.requests.first)
    #expect(request.resource == .lambda(arn: lambda))
    #expect(request.input.value == ["n": 1])
    #expect(request.attempt == 0)
    #expect(request.taskToken == nil)
    played.succeed(request.id, ["x": 2, "y": 3])
    #expect(played.output == ["a": 1, "out": ["r": 2]])
    #expect(
      played.chain == [
        "1<0 ExecutionStarted", "2<0 TaskStateEntered", "3<2 LambdaFunctionScheduled", "4<3 LambdaFunctionStarted",
        "5<4 LambdaFunctionSucceeded", "6<5 TaskStateExited", "7<6 ExecutionSucceeded",
      ])
    let scheduled = try #require(played.events[2].json()["lambdaFunctionScheduledEventDetails"])
    #expect(scheduled == ["resource": .string(lambda), "input": #"{"n":1}"#, "inputDetails": ["truncated": false]])
    #expect(played.events[3].json().object?.keys == ["timestamp", "type", "id", "previousEventId"])
    #expect(played.events[4].json()["lambdaFunctionSucceededEventDetails"]?["output"] == #"{"x":2,"y":3}"#)
    #expect(played.divergences == [])
  }

  @Test func jobIsSubmittedAndWaitedFor() throws {
    var played = try Played(Self.task(#""Parameters":{"JobName":"j"},"TimeoutSeconds":60,"#, resource: Self.batch))
    played.send(.start)
    let id = played.task
    played.send(.taskStarted(id: id))
    played.send(.taskSubmitted(id: id, output: Payload(["JobId": "1"])))
    played.succeed(id, ["Status": "SUCCEEDED"])
    #expect(
      played.types == [
        "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded",
      ])
    #expect(
      played.events[2].json()["taskScheduledEventDetails"] == [
        "resourceType": "batch", "resource": "submitJob.sync", "region": "eu-west-1", "parameters": #"{"JobName":"j"}"#,
        "timeoutInSeconds": 60,
      ])
    #expect(
      played.events[4].json()["taskSubmittedEventDetails"] == [
        "resourceType": "batch", "resource": "submitJob.sync", "output": #"{"JobId":"1"}"#, "outputDetails": ["truncated": false],
      ])
    #expect(played.timers.isEmpty)
    #expect(played.divergences == [])
  }

  @Test(arguments: [
    (lambda, ExecutionEvent.TaskStage.schedule, ["LambdaFunctionScheduled", "LambdaFunctionScheduleFailed"]),
    (lambda, .start, ["LambdaFunctionScheduled", "LambdaFunctionStartFailed"]),
    (lambda, .run, ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed"]),
    ("arn:aws:states:::sqs:sendMessage", .start, ["TaskScheduled", "TaskStartFailed"]),
    ("arn:aws:states:::sqs:sendMessage", .submit, ["TaskScheduled", "TaskStarted", "TaskSubmitFailed"]),
    ("arn:aws:states:::sqs:sendMessage", .run, ["TaskScheduled", "TaskStarted", "TaskFailed"]),
    ("arn:aws:states:us-east-1:1:activity:a", .schedule, ["ActivityScheduled", "ActivityScheduleFailed"]),
    ("arn:aws:states:us-east-1:1:activity:a", .run, ["ActivityScheduled", "ActivityStarted", "ActivityFailed"]),
  ])
  func failures(_ resource: String, _ stage: ExecutionEvent.TaskStage, _ types: [String]) throws {
    var played = try Played(Self.task(#""Parameters":{},"#, resource: resource))
    played.send(.start)
    played.fail(played.task, "E", "C", stage: stage)
    #expect(played.types == ["TaskStateEntered"] + types + ["ExecutionFailed"])
    #expect(played.error == "E")
    #expect(played.cause == "C")
    #expect(played.events.last?.json()["executionFailedEventDetails"] == ["error": "E", "cause": "C"])
    #expect(played.divergences == [])
  }

  @Test func activityGetsATokenAndItsWorkerIsNamed() throws {
    var played = try Played(Self.task("", resource: "arn:aws:states:us-east-1:1:activity:a"))
    played.send(.start)
    #expect(played.requests.first?.taskToken == "token-1-name")
    played.send(.taskStarted(id: played.task, worker: "w"))
    #expect(played.events.last?.json()["activityStartedEventDetails"] == ["workerName": "w"])
    played.succeed(played.task, 1)
    #expect(played.output == 1)
  }

  @Test func tokenIsInTheContextObject() throws {
    var played = try Played(
      Self.task(#""Parameters":{"t.$":"$$.Task.Token"},"#, resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken"))
    played.send(.start)
    let request = try #require(played.requests.first)
    #expect(request.input.value == ["t": .string(request.taskToken ?? "")])
    #expect(played.divergences == [])
  }

  @Test func credentials() throws {
    var played = try Played(Self.task(#""Credentials":{"RoleArn.$":"$.role"},"#), input: ["role": "r"])
    played.send(.start)
    #expect(played.requests.first?.roleArn == "r")
    #expect(played.events.last?.json()["lambdaFunctionScheduledEventDetails"]?["taskCredentials"] == ["roleArn": "r"])
  }

  @Test func timesOut() throws {
    var played = try Played(Self.task(#""TimeoutSeconds":5,"#))
    try played.run()
    #expect(played.elapsed == 5)
    #expect(played.types == ["TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionTimedOut", "ExecutionFailed"])
    #expect(played.error == "States.Timeout")
    #expect(played.tasks.isEmpty)
    #expect(played.divergences == [])
  }

  @Test func timeoutByPath() throws {
    var played = try Played(Self.task(#""TimeoutSecondsPath":"$.t","HeartbeatSecondsPath":"$.h","#), input: ["t": 7, "h": 2])
    played.send(.start)
    #expect(played.requests.first?.timeoutSeconds == 7)
    #expect(played.requests.first?.heartbeatSeconds == 2)
    #expect(played.timers.values.map { ($0 - Played.start).milliseconds } == [7_000])
  }

  @Test(arguments: ["TimeoutSeconds", "HeartbeatSeconds"]) func noTimeIsNoTimeout(field: String) throws {
    var played = try Played(Self.task(#""\#(field)Path":"$.t","#), input: ["t": 0])
    try played.run()
    #expect(played.error == "States.Runtime" && played.requests.isEmpty)
    #expect(played.cause?.hasSuffix("The \(field)Path parameter references a non-positive value: $.t == 0") == true)
  }

  @Test func heartbeatsKeepATaskAlive() throws {
    var played = try Played(
      #"""
      {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:us-east-1:1:activity:a","HeartbeatSeconds":10,"TimeoutSeconds":100,
      "Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"D"}],"End":true},"D":{"Type":"Pass","Result":"silent","End":true}}}
      """#)
    played.send(.start)
    let id = played.task
    played.send(.taskStarted(id: id))
    for _ in 0..<5 {
      played.now = played.now + .seconds(9)
      played.send(.taskHeartbeat(id: id))
      #expect(played.outcome == nil)
    }
    #expect(played.timers.values.map { ($0 - Played.start).milliseconds }.sorted() == [55_000, 100_000])
    try played.run()
    #expect(played.elapsed == 55)
    #expect(played.output == "silent")
    #expect(played.types.contains("ActivityTimedOut"))
    #expect(played.divergences == [])
  }

  @Test func heartbeatTimeoutIsATimeout() throws {
    var played = try Played(Self.task(#""HeartbeatSeconds":1,"#, resource: "arn:aws:states:us-east-1:1:activity:a"))
    played.send(.start)
    played.send(.taskStarted(id: played.task))
    try played.run()
    #expect(played.error == "States.Timeout")
    #expect(played.divergences == [])
  }

  @Test func whatComesTooLateChangesNothing() throws {
    var played = try Played(Self.task(#""TimeoutSeconds":5,"#))
    played.send(.start)
    let id = played.task
    let before = played.events.count
    for event in [
      ExecutionEvent.start, .taskSucceeded(id: 99, output: .empty), .timerFired(id: id), .timerFired(id: .max), .timerFired(id: -1),
      .mapRunStarted(id: id, arn: "a"), .mapRunFailed(id: id, error: "E", cause: nil),
    ] { played.send(event) }
    #expect(played.ignored == 7)
    #expect(played.events.count == before)
    played.succeed(id, 1)
    for event in [
      ExecutionEvent.taskSucceeded(id: id, output: .empty), .taskHeartbeat(id: id), .abort(error: nil, cause: nil), .start,
      .timerFired(id: 2),
    ] { played.send(event) }
    #expect(played.ignored == 12)
    #expect(played.output == 1)
    #expect(played.divergences == [])
  }

  @Test func severalEventsInOneStep() throws {
    var played = try Played(Self.task(#""Parameters":{},"#, resource: Self.batch))
    played.send(.start)
    let id = played.task
    played.tasks[id] = nil
    played.send([
      .taskStarted(id: id), .taskSubmitted(id: id, output: .empty), .taskSucceeded(id: id, output: Payload(3)), .taskHeartbeat(id: id),
    ])
    #expect(played.output == 3)
    #expect(played.ignored == 1)
    #expect(played.divergences == [])
  }

  @Test func executionTimesOut() throws {
    var played = try Played(#"{"StartAt":"T","TimeoutSeconds":30,"States":{"T":{"Type":"Task","Resource":"\#(lambda)","End":true}}}"#)
    try played.run()
    #expect(played.elapsed == 30)
    #expect(played.state.status == .timedOut)
    #expect(played.types.last == "ExecutionTimedOut")
    #expect(played.events.last?.json()["executionTimedOutEventDetails"] == ["error": "States.Timeout"])
    #expect(played.tasks.isEmpty)
    #expect(played.divergences == [])
  }

  @Test func stopped() throws {
    var played = try Played(Self.task(#""TimeoutSeconds":5,"#))
    played.send(.start)
    played.send(.abort(error: "Stop", cause: nil))
    #expect(played.state.status == .aborted)
    #expect(played.events.last?.json()["executionAbortedEventDetails"] == ["error": "Stop"])
    #expect(played.tasks.isEmpty && played.timers.isEmpty)
    #expect(played.divergences == [])
  }
}
