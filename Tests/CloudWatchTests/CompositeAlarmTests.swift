import CloudWatch
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct CompositeAlarmTests {
  private func pair() async throws -> Watched {
    let watched = try await Watched()
    try await watched.alarm("a", ["TreatMissingData": "ignore"])
    try await watched.alarm("b", ["TreatMissingData": "ignore"])
    await watched.house.drain()
    return watched
  }

  @Test func followsItsChildrenInOneTransaction() async throws {
    let watched = try await pair()
    try await watched.composite("both", "ALARM(a) AND ALARM(b)", ["AlarmActions": ["https://example.test/both"]])
    try await watched.composite("outer", "ALARM(\"both\") OR INSUFFICIENT_DATA(a)")
    #expect(try await watched.describeComposite("both")["StateValue"] == "OK")
    #expect(try await watched.describeComposite("outer")["StateValue"] == "ALARM")
    let created = try await watched.describeComposite("both")["StateReason"]?.string
    #expect(created == "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:both was created and its alarm rule evaluates to OK")
    try await watched.set("a", "ALARM")
    #expect(try await watched.describeComposite("outer")["StateValue"] == "OK")
    try await watched.set("b", "ALARM")
    let both = try await watched.describeComposite("both")
    #expect(both["StateValue"] == "ALARM")
    #expect(
      both["StateReason"]?.string?.hasPrefix(
        "arn:aws:cloudwatch:eu-central-1:000000000000:alarm:b transitioned to ALARM at Thursday 01 January, 2026 00:00:00 UTC") == true)
    let data = try JSONValue(parsing: both["StateReasonData"]?.string ?? "")
    #expect(data["triggeringAlarms"]?.array?.count == 2)
    #expect(try await watched.describeComposite("outer")["StateValue"] == "ALARM")
    let event = try #require(watched.events("CloudWatch Alarm State Change", of: "both").last)
    #expect(event["configuration"]?["alarmRule"] == "ALARM(a) AND ALARM(b)")
    await watched.house.drain()
    let message = try JSONValue(parsing: try #require(watched.house.seen.requests.first).body)
    #expect(message["AlarmRule"] == "ALARM(a) AND ALARM(b)")
    #expect(message["TriggeringChildren"]?[0]?["State"]?["Value"] == "ALARM")
    #expect(message["Region"] == "EU (Frankfurt)")
    watched.close()
  }

  /// A diamond: the alarm on top sees both sides before it is judged, so that it does not flap.
  @Test func judgesWhatDependsOnSeveralOnce() async throws {
    let watched = try await pair()
    try await watched.composite("left", "ALARM(a)")
    try await watched.composite("right", "NOT ALARM(a)")
    try await watched.composite("top", "ALARM(left) AND ALARM(right)")
    try await watched.set("a", "ALARM")
    try await watched.set("a", "OK")
    #expect(try await watched.history("top", "StateUpdate").count == 1)
    watched.close()
  }

  /// What is part of a cycle follows an alarm outside of it all the same.
  @Test func cyclesFollowWhatIsBelowThem() async throws {
    let watched = try await pair()
    try await watched.composite("p", "ALARM(a)")
    try await watched.composite("q", "ALARM(p)")
    try await watched.composite("p", "ALARM(a) OR ALARM(q)")
    try await watched.set("a", "ALARM")
    #expect(try await watched.describeComposite("p")["StateValue"] == "ALARM")
    #expect(try await watched.describeComposite("q")["StateValue"] == "ALARM")
    watched.close()
  }

  @Test func cyclesEnd() async throws {
    let watched = try await pair()
    try await watched.composite("x", "ALARM(a)")
    try await watched.composite("y", "NOT ALARM(x)")
    try await watched.composite("x", "ALARM(a) OR ALARM(y)")
    try await watched.set("a", "ALARM")
    #expect(try await watched.describeComposite("x")["StateValue"] == "ALARM")
    let fault = await watched.house.fault("cloudwatch", "DeleteAlarms", ["AlarmNames": ["x"]])
    #expect(fault?.message == "Cannot delete x as there are composite alarm(s) depending on it.")
    watched.close()
  }

  @Test func relationsAreToldBothWays() async throws {
    let watched = try await pair()
    try await watched.composite("c", "ALARM(a) OR ALARM(b)")
    let children = try await watched.house.call("cloudwatch", "DescribeAlarms", ["ChildrenOfAlarmName": "c"])
    #expect(children["MetricAlarms"]?.array?.compactMap { $0["AlarmName"]?.string } == ["a", "b"])
    #expect(children["MetricAlarms"]?[0]?["Threshold"] == nil)
    let parents = try await watched.house.call("cloudwatch", "DescribeAlarms", ["ParentsOfAlarmName": "b"])
    #expect(parents["CompositeAlarms"]?[0]?["AlarmName"] == "c")
    let both = await watched.house.fault("cloudwatch", "DescribeAlarms", ["ParentsOfAlarmName": "b", "StateValue": "OK"])
    #expect(both?.code == "ValidationError")
    for (names, sentence) in [
      (["a", "b"], "Cannot delete a,b as there are composite alarm(s) depending on them."),
      (["b"], "Cannot delete b as there are composite alarm(s) depending on it."),
    ] as [(JSONValue, String)] {
      #expect(await watched.house.fault("cloudwatch", "DeleteAlarms", ["AlarmNames": names])?.message == sentence)
    }
    try await watched.house.call("cloudwatch", "DeleteAlarms", ["AlarmNames": ["c"]])
    try await watched.house.call("cloudwatch", "DeleteAlarms", ["AlarmNames": ["a", "b", "nobody"]])
    let gone = await watched.house.fault("cloudwatch", "DeleteAlarms", ["AlarmNames": ["a"]])
    #expect(gone?.code == "ResourceNotFound")
    watched.close()
  }

  @Test func wrongRulesAreRefused() async throws {
    let watched = try await pair()
    for (rule, sentence) in [
      ("ALARM(nobody)", "Could not save the composite alarm as alarms [nobody] in the alarm rule do not exist"),
      ("ALARM(a", "Error in AlarmRule ["), ("LOUD(a)", "Error in AlarmRule ["),
    ] {
      let fault = await watched.house.fault("cloudwatch", "PutCompositeAlarm", ["AlarmName": "w", "AlarmRule": .string(rule)])
      #expect(fault?.message.hasPrefix(sentence) == true, "\(rule): \(fault?.message ?? "")")
    }
    let taken = await watched.house.fault("cloudwatch", "PutCompositeAlarm", ["AlarmName": "a", "AlarmRule": "TRUE"])
    #expect(taken?.code == "ValidationError")
    watched.close()
  }

  private func suppressed() async throws -> Watched {
    let watched = try await pair()
    try await watched.composite(
      "c", "ALARM(a)",
      [
        "ActionsSuppressor": "b", "ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 180,
        "AlarmActions": ["https://example.test/alarm"], "OKActions": ["https://example.test/ok"],
      ])
    await watched.house.drain()
    return watched
  }
  private func told(_ watched: Watched) -> [String] { watched.house.seen.requests.map { String($0.url.suffix(5)) } }

  @Test func actsWhenTheWaitIsOverAndNobodySuppresses() async throws {
    let watched = try await suppressed()
    let before = told(watched).count
    try await watched.set("a", "ALARM")
    await watched.house.drain()
    #expect(try await watched.describeComposite("c")["ActionsSuppressedBy"] == "WaitPeriod")
    #expect(told(watched).count == before)
    let event = watched.events("CloudWatch Alarm State Change", of: "c").last
    #expect(event?["state"]?["actionsSuppressedReason"] == "Actions suppressed by WaitPeriod")
    await watched.house.advance(by: .seconds(121), step: .seconds(1))
    #expect(try await watched.describeComposite("c")["ActionsSuppressedBy"] == nil)
    #expect(told(watched).last == "alarm")
    watched.close()
  }

  @Test func isSilentWhileTheSuppressorIsInAlarmAndAfterIt() async throws {
    let watched = try await suppressed()
    let before = told(watched).count
    try await watched.set("a", "ALARM")
    await watched.house.advance(by: .seconds(30), step: .seconds(1))
    try await watched.set("b", "ALARM")
    #expect(try await watched.describeComposite("c")["ActionsSuppressedBy"] == "Alarm")
    await watched.house.advance(by: .seconds(500), step: .seconds(1))
    #expect(told(watched).count == before)
    try await watched.set("b", "OK")
    #expect(try await watched.describeComposite("c")["ActionsSuppressedBy"] == "ExtensionPeriod")
    // Over before the extension is: nothing has happened that anybody was told of.
    try await watched.set("a", "OK")
    await watched.house.advance(by: .seconds(300), step: .seconds(1))
    #expect(told(watched).count == before)
    try await watched.set("b", "ALARM")
    try await watched.set("a", "ALARM")
    try await watched.set("b", "OK")
    await watched.house.advance(by: .seconds(181), step: .seconds(1))
    #expect(told(watched).count == before + 1)
    #expect(told(watched).last == "alarm")
    watched.close()
  }
}
