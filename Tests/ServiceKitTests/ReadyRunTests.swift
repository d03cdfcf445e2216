import JSON
import ServiceKit
import Testing
import Time

@Suite struct ReadyRunTests {
  @Test(arguments: [JSONValue.object(JSONObject()), ["MessageId": "m"], ["Large": .string(String(repeating: "x", count: 5_000))]])
  func aRunMadeReadyIsKeptAsOneThatWasNot(_ answer: JSONValue) throws {
    let owner = RunOwner.schedule("default", "s")
    let due = Timestamp(seconds: 1_767_225_600)
    let attempt = TargetAttempt(
      source: ARN(service: "scheduler", region: "eu-central-1", account: "000000000000", resource: "schedule/default/s"), target: "arn:t",
      id: "i", text: String(repeating: "s", count: 3_000), earlier: 0, first: due, policy: RetryPolicy(attempts: nil, ageInSeconds: nil),
      deadLetter: nil, attributes: [:])
    let ready = try ReadyRun(
      .given(owner, due: due, planned: due, at: due, invocation: "i"), planned: due, attempt.record(.delivered, at: due))
    let at = due + .microseconds(250_001)
    var whole = ScheduledRun.given(owner, due: due, planned: due, at: at, invocation: "i")
    whole.targets = [ScheduledRun.Target(only: attempt.record(.delivered, at: at, answer: answer))]
    #expect(try JSONValue(parsing: ready.body(at: at, answer: answer)) == JSONValue(encoding: whole))
    #expect(ready.key == whole.key)
    #expect(!ready.isLate(at: at) && ready.isLate(at: due + .milliseconds(1_001)))
  }
}
