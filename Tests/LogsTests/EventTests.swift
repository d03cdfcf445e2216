import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct EventTests {
  @Test func eventsAreReadInTheOrderOfTime() async throws {
    let logged = try await LoggedHouse()
    let house = logged.house
    try await house.call("logs", "CreateLogGroup", ["logGroupName": "g"])
    try await house.call("logs", "CreateLogStream", ["logGroupName": "g", "logStreamName": "s"])
    let now = Double(house.clock.now().milliseconds)
    try await house.call(
      "logs", "PutLogEvents",
      [
        "logGroupName": "g", "logStreamName": "s",
        "logEvents": [["timestamp": .double(now - 1), "message": "first"], ["timestamp": .double(now), "message": "second"]],
      ])
    let page = try await house.call("logs", "GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "startFromHead": true])
    let messages = page["events"]?.array?.compactMap { $0["message"]?.string } ?? []
    #expect(messages == ["first", "second"])
  }
}
