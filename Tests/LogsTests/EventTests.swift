import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct EventTests {
  @Test func eventsAreReadInTheOrderOfTime() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.put(["first", "second"], to: "g")
    let page = try await logs.call("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "startFromHead": true])
    #expect(logs.texts(page) == ["first", "second"])
    let again = try await logs.call(
      "GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "nextToken": page["nextForwardToken"] ?? .null])
    #expect(logs.texts(again) == [] && again["nextForwardToken"] == page["nextForwardToken"])
  }

  /// The text of a request is read without a value for each part, and gives what a document gives.
  @Test(arguments: [
    (#"[{"timestamp":1,"message":"plain"}]"#, ["plain"]),
    (#" [ { "message" : "a\tb\n\"c\" \\ \/ \u00e9 \ud83d\ude00" , "timestamp" : 1 } ] "#, ["a\tb\n\"c\" \\ / é 😀"]),
    (#"[{"timestamp":1,"message":"größer als 8 Byte 日本"},{"timestamp":2,"message":"x"}]"#, ["größer als 8 Byte 日本", "x"]),
    (#"[{"timestamp":1.0e0,"message":"number as AWS takes it too"}]"#, ["number as AWS takes it too"]),
    (#"[{"timestamp":1,"message":"with more","extra":[1,{"a":"]"}]}]"#, ["with more"]),
  ])
  func textIsReadAsItCame(text: String, messages: [String]) async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await raw(text, logs)
    #expect(try await logs.messages("g") == messages)
  }

  @Test(arguments: [
    (#"[{"timestamp":1}]"#, "logEvents.1.member.message"), (#"[{"message":"a"}]"#, "logEvents.1.member.timestamp"),
    (#"[]"#, "'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1"),
    (#"[{"timestamp":1,"message":""}]"#, "Member must have length greater than or equal to 1"),
    (#"[{"timestamp":-1,"message":"a"}]"#, "Member must have value greater than or equal to 0"),
    (#"[{"timestamp":2,"message":"a"},{"timestamp":1,"message":"b"}]"#, "must be in chronological order"),
    (#"[{"timestamp":1,"message":"a"]"#, "not valid JSON"), (#"[{"timestamp":1,"message":"\ud800"}]"#, "JSON"),
  ])
  func whatIsWrongWithTextIsToldAsAWSTellsIt(text: String, sentence: String) async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    do {
      try await raw(text, logs)
      Issue.record("no fault for \(text)")
    } catch let fault as Fault { #expect(fault.message.contains(sentence), "\(fault.message)") }
  }

  private func raw(_ text: String, _ logs: LoggedHouse) async throws {
    let body = Array(text.utf8)
    var context = CallContext(
      caller: .root(account: TestHouse.account, region: TestHouse.region), requestID: "r", now: logs.house.clock.now())
    context.raw = RawMember(body: body, range: 0..<body.count)
    _ = try await logs.house.invoker.call(
      "logs", "PutLogEvents", ["logGroupName": "g", "logStreamName": "s", "logEvents": nil], context)
  }

  @Test func whatIsTooOldOrTooNewIsToldAndTheRestIsKept() async throws {
    let logs = try await LoggedHouse(limits: .aws)
    try await logs.make("g")
    let (now, day) = (logs.now, Int64(86_400_000))
    let answer = try await logs.call(
      "PutLogEvents",
      [
        "logGroupName": "g", "logStreamName": "s",
        "logEvents": [
          ["timestamp": .int(now - 15 * day), "message": "old"], ["timestamp": .int(now), "message": "good"],
          ["timestamp": .int(now + 3 * 3_600_000), "message": "new"],
        ],
      ])
    #expect(answer["rejectedLogEventsInfo"] == ["tooNewLogEventStartIndex": 2, "tooOldLogEventEndIndex": 1])
    #expect(try await logs.messages("g") == ["good"])
    let wide = await logs.fault(
      "PutLogEvents",
      [
        "logGroupName": "g", "logStreamName": "s",
        "logEvents": [["timestamp": .int(now - 2 * day), "message": "a"], ["timestamp": .int(now), "message": "b"]],
      ])
    #expect(wide?.message == "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
  }

  @Test func aBatchIsBounded() async throws {
    let logs = try await LoggedHouse(limits: .aws)
    try await logs.make("g")
    let half = String(repeating: "x", count: 524_288)
    let fault = await logs.fault(
      "PutLogEvents",
      [
        "logGroupName": "g", "logStreamName": "s",
        "logEvents": [["timestamp": .int(logs.now), "message": .string(half)], ["timestamp": .int(logs.now), "message": .string(half)]],
      ])
    #expect(fault?.message == "Upload too large: 1048628 bytes exceeds limit of 1048576")
  }

  @Test func aSearchGoesBothWays() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.call("CreateLogStream", ["logGroupName": "g", "logStreamName": "t"])
    for minute in 0..<30 {
      try await logs.put(["m\(minute)"], at: logs.now - Int64(30 - minute) * 60_000, to: "g", minute % 2 == 0 ? "s" : "t")
    }
    let all = (0..<30).map { "m\($0)" }
    #expect(try await logs.messages("g") == all)
    var (token, found) = (JSONValue?.none, [String]())
    repeat {
      var input: JSONObject = ["logGroupName": "g", "startFromHead": false, "limit": 7]
      input["nextToken"] = token
      let page = try await logs.call("FilterLogEvents", .object(input))
      found += logs.texts(page)
      token = page["nextToken"]
    } while token.map { !$0.isNull } ?? false
    #expect(found == all.reversed())
    let few = try await logs.messages("g", ["filterPattern": "%m1[0-3]%", "logStreamNames": ["s"]])
    #expect(few == ["m10", "m12"])
  }

  @Test func fieldsAreCounted() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g")
    try await logs.put(
      [#"{"level":"info","request":{"id":1}}"#, #"{"level":"warn"}"#, "no JSON", #"{"level":1}"#], at: logs.now - 100, to: "g")
    let fields = try await logs.call("GetLogGroupFields", ["logGroupName": "g"])["logGroupFields"]?.array ?? []
    let percents = Dictionary(
      fields.compactMap { field in field["name"]?.string.map { ($0, field["percent"]?.int) } }, uniquingKeysWith: { $1 })
    #expect(percents["@message"] == 100 && percents["level"] == 75 && percents["request.id"] == 25)
  }

  @Test func streamsAreListedByTime() async throws {
    let logs = try await LoggedHouse()
    try await logs.make("g", "a")
    for (place, name) in ["b", "c", "d"].enumerated() {
      try await logs.call("CreateLogStream", ["logGroupName": "g", "logStreamName": .string(name)])
      try await logs.put(["x"], at: logs.now + 1_000 - Int64(place) * 10, to: "g", name)
    }
    var (token, found) = (JSONValue?.none, [String]())
    repeat {
      var input: JSONObject = ["logGroupName": "g", "orderBy": "LastEventTime", "descending": true, "limit": 2]
      input["nextToken"] = token
      let page = try await logs.call("DescribeLogStreams", .object(input))
      found += page["logStreams"]?.array?.compactMap { $0["logStreamName"]?.string } ?? []
      token = page["nextToken"]
    } while token.map { !$0.isNull } ?? false
    #expect(found == ["b", "c", "d", "a"])
    let fault = await logs.fault("DescribeLogStreams", ["logGroupName": "g", "orderBy": "LastEventTime", "logStreamNamePrefix": "b"])
    #expect(fault?.message == "Cannot order by LastEventTime with a logStreamNamePrefix.")
  }
}
