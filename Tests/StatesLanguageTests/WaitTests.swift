import JSON
import JSONPath
import StatesLanguage
import Testing
import Time

/// Wait states: when they end, and their events.
@Suite struct WaitTests {
  @Test(arguments: [
    (#""Seconds":90"#, 90), (#""SecondsPath":"$.s""#, 30), (#""SecondsPath":"$.text""#, 15),
    (#""SecondsPath":"States.MathAdd($.s, 1)""#, 31),
    (#""Timestamp":"2026-03-01T10:00:10.25Z""#, 10.25), (#""Timestamp":"2026-03-01T12:00:10+02:00""#, 10),
    (#""TimestampPath":"$.t""#, 3_600), (#""TimestampPath":"$$.Execution.Input.t""#, 3_600), (#""Seconds":99999999"#, 99_999_999),
    (#""Seconds":0"#, 0), (#""TimestampPath":"$.past""#, 0),
  ])
  func ends(_ field: String, _ seconds: Double) throws {
    var played = try Played(
      #"{"StartAt":"W","States":{"W":{"Type":"Wait",\#(field),"OutputPath":"$.s","Assign":{"v.$":"$.s"},"Next":"P"},"P":{"Type":"Pass","Parameters":{"v.$":"$v","s.$":"$"},"End":true}}}"#,
      input: ["s": 30, "text": "15", "t": "2026-03-01T11:00:00Z", "past": "1999-12-31T23:59:59-08:00"])
    try played.run()
    #expect(played.elapsed == seconds)
    #expect(played.output == ["v": 30, "s": 30], "\(played.cause ?? "")")
    #expect(
      played.types == ["WaitStateEntered", "WaitStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"])
    #expect(played.divergences == [])
  }

  @Test func stoppedWhileWaiting() throws {
    var played = try Played(#"{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}"#)
    played.send(.start)
    #expect(played.state.openIDs == [1])
    #expect(played.state.isOpen(1))
    played.send(.abort(error: nil, cause: nil))
    #expect(played.timers.isEmpty)
    #expect(played.events.last?.type == .executionAborted)
    #expect(!played.state.isOpen(1))
  }

  @Test func toleratedFailuresOfAnInlineMap() throws {
    func run(_ count: Int) throws -> Played {
      var played = try Played(
        #"""
        {"StartAt":"M","States":{"M":{"Type":"Map","ToleratedFailureCount":\#(count),"MaxConcurrency":1,"End":true,"ItemProcessor":{"StartAt":"C","States":{
          "C":{"Type":"Choice","Choices":[{"Variable":"$","BooleanEquals":true,"Next":"S"}],"Default":"F"},"S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"E"}}}}}}
        """#, input: [true, false, false, true])
      try played.run()
      #expect(played.divergences == [])
      return played
    }
    #expect(try run(2).output == [true, ["Error": "E"], ["Error": "E"], true])
    let failed = try run(1)
    #expect(failed.error == "States.ExceedToleratedFailureThreshold")
    #expect(failed.types.count { $0 == "MapIterationFailed" } == 2)
    #expect(failed.types.suffix(2) == ["MapStateFailed", "ExecutionFailed"])
  }
}
