import JSON
import ServiceKit
import TestKit
import Testing
import Time

/// What goes to callers over HTTP as text is what the document says that others get.
@Suite struct WrittenDataTests {
  private func context(_ room: MetricRoom) -> CallContext {
    CallContext(caller: .root(account: TestHouse.account, region: TestHouse.region), requestID: "r", now: room.house.clock.now())
  }

  private func check(_ room: MetricRoom, _ input: JSONObject) async throws {
    var input = input
    input["StartTime"] = .int(room.now - 1_200)
    input["EndTime"] = .int(room.now)
    var context = context(room)
    let document = try await room.house.invoker.call("cloudwatch", "GetMetricData", .object(input), context)
    context.written = WrittenAnswer()
    _ = try await room.house.invoker.call("cloudwatch", "GetMetricData", .object(input), context)
    let text = String(decoding: try #require(context.written?.bytes), as: UTF8.self)
    #expect(text == document.text)
    #expect(document["MetricDataResults"]?.array?.isEmpty == false)
  }

  @Test func theTextIsThatOfTheDocument() async throws {
    let room = try await MetricRoom()
    try await room.put("a", [1, 0.1, 1.0 / 3, 1e12, -5, 0], [("host", "\"h\"")])
    try await room.put("b", [7, 8, 9], unit: "Bytes")
    try await room.put("b", [7, 8], unit: "Count")
    let queries: JSONValue = [
      MetricRoom.metric("a", "a", [("host", "\"h\"")]), MetricRoom.metric("b", "b"), MetricRoom.metric("c", "none"),
      MetricRoom.metric("d", "a", [("host", "\"h\"")]), ["Id": "e", "Expression": "b * 2", "Label": "ü ${MAX}"],
      ["Id": "s", "Expression": "SEARCH('{N,host} a', 'Sum', 60)"],
    ]
    for order in ["TimestampAscending", "TimestampDescending"] {
      try await check(room, ["MetricDataQueries": queries, "ScanBy": .string(order)])
      try await check(room, ["MetricDataQueries": queries, "ScanBy": .string(order), "MaxDatapoints": 4])
    }
  }

  /// Who wants no text, and writing operations, get documents.
  @Test func onlyWhoAsksGetsText() async throws {
    let room = try await MetricRoom()
    try await room.put("a", [1])
    #expect(try room.house.invoker.handler("cloudwatch", "GetMetricData").writesText)
    #expect(try !room.house.invoker.handler("cloudwatch", "ListMetrics").writesText)
    var context = context(room)
    context.written = WrittenAnswer()
    let list = try await room.house.invoker.call("cloudwatch", "ListMetrics", [:], context)
    #expect(context.written?.bytes == nil && list["Metrics"]?.array?.count == 1)
  }
}
