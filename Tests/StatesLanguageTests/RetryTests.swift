import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Retry and Catch.
@Suite struct RetryTests {
  private static func task(_ fields: String) -> String {
    let caught = fields.contains("Caught") ? #","Caught":{"Type":"Pass","End":true}"# : ""
    return #"""
      {"StartAt":"T","States":{"T":{"Type":"Task","Resource":"\#(lambda)",\#(fields),"Next":"Done"},
      "Done":{"Type":"Pass","Parameters":{"done.$":"$"},"End":true}\#(caught)}}
      """#
  }

  /// The waits between attempts, in seconds.
  private static func waits(_ fields: String, error: String = "E") throws -> [Double] {
    var played = try Played(task(fields))
    var last = 0.0
    var waits: [Double] = []
    try played.run { request in
      .failure(error, nil)
    }
    #expect(played.divergences == [])
    for event in played.events where event.type == .lambdaFunctionScheduled {
      let at = (event.time - Played.start).secondsAsDouble
      if event.id > 3 { waits.append(at - last) }
      last = at
    }
    return waits
  }

  @Test func backoff() throws {
    #expect(try Self.waits(#""Retry":[{"ErrorEquals":["E"]}]"#) == [1, 2, 4])
    #expect(
      try Self.waits(#""Retry":[{"ErrorEquals":["E"],"IntervalSeconds":3,"BackoffRate":1.5,"MaxAttempts":4}]"#) == [3, 4.5, 6.75, 10.125])
    #expect(try Self.waits(#""Retry":[{"ErrorEquals":["E"],"IntervalSeconds":2,"MaxDelaySeconds":5,"MaxAttempts":4}]"#) == [2, 4, 5, 5])
    #expect(try Self.waits(#""Retry":[{"ErrorEquals":["E"],"MaxAttempts":0}]"#) == [])
    #expect(try Self.waits(#""Retry":[{"ErrorEquals":["E"],"IntervalSeconds":4,"JitterStrategy":"FULL","MaxAttempts":2}]"#) == [2, 4])
  }

  @Test func hugeNumbersOfBackoff() throws {
    let waits = try Self.waits(
      #""Retry":[{"ErrorEquals":["E"],"IntervalSeconds":99999999,"BackoffRate":1e308,"MaxAttempts":3}]"#)
    #expect(waits == [31_622_400, 31_622_400, 31_622_400])
  }

  @Test func namesThatCover() throws {
    func retried(_ names: String, _ error: String) throws -> Bool {
      try !Self.waits(#""Retry":[{"ErrorEquals":\#(names),"MaxAttempts":1}]"#, error: error).isEmpty
    }
    #expect(try retried(#"["States.ALL"]"#, "E"))
    #expect(try retried(#"["States.ALL"]"#, "States.Timeout"))
    #expect(try !retried(#"["States.ALL"]"#, "States.DataLimitExceeded"))
    #expect(try retried(#"["States.DataLimitExceeded"]"#, "States.DataLimitExceeded"))
    #expect(try retried(#"["States.TaskFailed"]"#, "E"))
    #expect(try !retried(#"["States.TaskFailed"]"#, "States.Timeout"))
    #expect(try retried(#"["X","E"]"#, "E"))
    #expect(try !retried(#"["X"]"#, "E"))
    #expect(try !retried(#"["e"]"#, "E"))
  }

  @Test func retriersCountByThemselves() throws {
    var played = try Played(
      Self.task(
        #""Retry":[{"ErrorEquals":["A"],"MaxAttempts":2},{"ErrorEquals":["B"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"],"MaxAttempts":0}]"#
      ))
    var errors = ["A", "B", "A", "B", "A"]
    var attempts: [Int] = []
    try played.run { request in
      attempts.append(request.attempt)
      return .failure(errors.removeFirst(), nil)
    }
    #expect(attempts == [0, 1, 2, 3])
    #expect(played.error == "B")
    #expect(played.divergences == [])
  }

  @Test func succeedsAfterRetries() throws {
    var played = try Played(Self.task(#""Parameters":{"n.$":"$$.State.RetryCount"},"Retry":[{"ErrorEquals":["States.ALL"]}]"#))
    var inputs: [JSONValue] = []
    try played.run { request in
      inputs.append(request.input.value)
      return request.attempt < 2 ? .failure("E", nil) : .output("ok")
    }
    #expect(inputs == [["n": 0], ["n": 1], ["n": 2]])
    #expect(played.output == ["done": "ok"])
    #expect(
      played.chain.prefix(12).map { String($0) } == [
        "1<0 ExecutionStarted", "2<0 TaskStateEntered", "3<2 LambdaFunctionScheduled", "4<3 LambdaFunctionStarted",
        "5<4 LambdaFunctionFailed",
        "6<5 LambdaFunctionScheduled", "7<6 LambdaFunctionStarted", "8<7 LambdaFunctionFailed", "9<8 LambdaFunctionScheduled",
        "10<9 LambdaFunctionStarted", "11<10 LambdaFunctionSucceeded", "12<11 TaskStateExited",
      ])
    #expect(played.divergences == [])
  }

  @Test func caught() throws {
    var played = try Played(
      Self.task(
        #""ResultPath":"$.out","Catch":[{"ErrorEquals":["X"],"Next":"Done"},{"ErrorEquals":["States.ALL"],"Next":"Caught","ResultPath":"$.error","Assign":{"why.$":"$.Cause"}}]"#
      ), input: ["a": 1])
    try played.run { _ in .failure("E", "C") }
    #expect(played.output == ["a": 1, "error": ["Error": "E", "Cause": "C"]])
    let exit = try #require(played.events.first { $0.type == .taskStateExited })
    #expect(exit.json()["stateExitedEventDetails"]?["assignedVariables"] == ["why": "\"C\""])
    #expect(
      played.types == [
        "TaskStateEntered", "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed", "TaskStateExited",
        "PassStateEntered",
        "PassStateExited", "ExecutionSucceeded",
      ])
    #expect(played.divergences == [])
  }

  @Test func caughtAfterRetriesAndWithoutNames() throws {
    var played = try Played(
      Self.task(#""Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":1}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}]"#))
    try played.run { _ in .failure(nil, nil) }
    #expect(played.output == [:])
    #expect(played.requests.count == 2)
    #expect(played.elapsed == 1)
    #expect(played.divergences == [])
  }

  @Test func runtimeErrorsAreNotCaught() throws {
    var played = try Played(
      Self.task(
        #""Parameters":{"x.$":"$.no"},"Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Caught"}]"#))
    try played.run()
    #expect(played.error == "States.Runtime")
    #expect(played.requests.isEmpty)
    #expect(played.divergences == [])
  }

  /// A result that does not fit can be caught, and what the state would have assigned is not.
  @Test func misfitOfTheResultIsCaught() throws {
    var played = try Played(
      #"""
      {"StartAt":"V","States":{"V":{"Type":"Pass","Assign":{"v":"old"},"Next":"T"},
      "T":{"Type":"Task","Resource":"\#(lambda)","Assign":{"v":"new"},"ResultPath":"$.a.b",
        "Catch":[{"ErrorEquals":["States.ResultPathMatchFailure"],"Next":"C"}],"End":true},
      "C":{"Type":"Pass","Parameters":{"v.$":"$v","e.$":"$.Error"},"End":true}}}
      """#, input: ["a": "text"])
    try played.run { _ in .output(1) }
    #expect(played.output == ["v": "old", "e": "States.ResultPathMatchFailure"])
    #expect(played.divergences == [])
  }

  @Test func timeoutIsRetried() throws {
    var played = try Played(
      Self.task(#""TimeoutSeconds":5,"Retry":[{"ErrorEquals":["States.Timeout"],"MaxAttempts":1,"IntervalSeconds":2}]"#))
    try played.run()
    #expect(played.elapsed == 12)
    #expect(played.requests.map(\.id).count == 2)
    #expect(Set(played.requests.map(\.id)).count == 2)
    #expect(played.error == "States.Timeout")
    #expect(played.divergences == [])
  }
}
