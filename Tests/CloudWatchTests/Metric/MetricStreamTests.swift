import FoundationEssentials
import JSON
import SQS
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct MetricStreamTests {
  static let role: JSONValue = "arn:aws:iam::000000000000:role/stream"

  func put(_ room: MetricRoom, _ more: JSONObject = JSONObject()) async throws {
    var input: JSONObject = ["Name": "s", "FirehoseArn": "http://collector/v1", "RoleArn": Self.role, "OutputFormat": "json"]
    for (name, value) in more { input[name] = value }
    try await room.call("PutMetricStream", .object(input))
  }

  /// The records that went to a URL.
  func sent(_ room: MetricRoom) throws -> [JSONValue] {
    try room.house.seen.requests.flatMap { request -> [JSONValue] in
      let body = try JSONValue(parsing: request.body)
      let text = try #require(body["records"]?[0]?["data"]?.string.flatMap { Data(base64Encoded: $0) })
      return try String(decoding: text, as: UTF8.self).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }
  }

  @Test func minutesFlowToAUrlAsFirehoseSendsThem() async throws {
    let room = try await MetricRoom()
    try await put(
      room, ["StatisticsConfigurations": [["IncludeMetrics": [["Namespace": "N", "MetricName": "a"]], "AdditionalStatistics": ["p50"]]]])
    let at = room.now
    for value in [1.0, 2, 6] {
      try await room.call(
        "PutMetricData",
        [
          "Namespace": "N",
          "MetricData": [
            ["MetricName": "a", "Value": .double(value), "Unit": "Seconds", "Dimensions": MetricRoom.dimensions([("d", "v")])]
          ],
        ])
    }
    await room.house.advance(by: .seconds(300), step: .seconds(5))
    let records = try sent(room)
    #expect(
      records == [
        [
          "metric_stream_name": "s", "account_id": "000000000000", "region": "eu-central-1", "namespace": "N", "metric_name": "a",
          "dimensions": ["d": "v"], "timestamp": .int(at * 1_000), "value": ["max": 6, "min": 1, "sum": 9, "count": 3, "p50": 2],
          "unit": "Seconds",
        ]
      ])
    let request = try #require(room.house.seen.requests.first)
    #expect(request.headers.contains { $0.name == "x-amz-firehose-protocol-version" && $0.value == "1.0" })
  }

  @Test func whatIsRefusedIsSentAgainAndNothingIsLost() async throws {
    let room = try await MetricRoom()
    try await put(room)
    room.house.seen.answer { _ in OutboundResponse(status: 503) }
    for minute in 0..<3 {
      try await room.call("PutMetricData", ["Namespace": "N", "MetricData": [["MetricName": "a", "Value": .int(Int64(minute))]]])
      await room.house.advance(by: .seconds(60), step: .seconds(5))
    }
    await room.house.advance(by: .seconds(120), step: .seconds(5))
    let refused = room.house.seen.requests.count
    #expect(refused > 3)
    room.house.seen.answer { _ in OutboundResponse(status: 200) }
    await room.house.advance(by: .seconds(600), step: .seconds(5))
    let delivered = try sent(room).suffix(3).compactMap { $0["value"]?["sum"]?.double }
    #expect(delivered.sorted() == [0, 1, 2])
    let attempts = try await room.call("ListStreamDeliveries", ["Name": "s", "MaxResults": 500])["Deliveries"]?.array ?? []
    #expect(attempts.filter { $0["Outcome"] == "DELIVERED" }.count == 3 && attempts.filter { $0["Outcome"] == "RETRYING" }.count == refused)
    #expect(await room.fault("ListStreamDeliveries", ["Name": "none"])?.code == "ResourceNotFoundException")
    let before = room.house.seen.requests.count
    await room.house.advance(by: .seconds(600), step: .seconds(30))
    #expect(room.house.seen.requests.count == before)
  }

  @Test func filtersChooseAndStopsStop() async throws {
    let room = try await MetricRoom()
    try await put(room, ["IncludeFilters": [["Namespace": "N", "MetricNames": ["a"]]]])
    func measure() async throws {
      try await room.put("a", [1])
      try await room.put("b", [1])
      try await room.put("a", [1], namespace: "M")
    }
    await room.house.advance(by: .seconds(60), step: .seconds(5))
    try await measure()
    await room.house.advance(by: .seconds(300), step: .seconds(5))
    #expect(try sent(room).map { $0["metric_name"] } == ["a"])
    try await room.call("StopMetricStreams", ["Names": ["s"]])
    #expect(try await room.call("GetMetricStream", ["Name": "s"])["State"] == "stopped")
    try await measure()
    await room.house.advance(by: .seconds(300), step: .seconds(5))
    try await room.call("StartMetricStreams", ["Names": ["s"]])
    await room.house.advance(by: .seconds(300), step: .seconds(5))
    #expect(try sent(room).count == 1)
    #expect(try await room.call("ListMetricStreams")["Entries"]?[0]?["State"] == "running")
    try await room.call("DeleteMetricStream", ["Name": "s"])
    #expect(await room.fault("GetMetricStream", ["Name": "s"])?.code == "ResourceNotFoundException")
  }

  @Test func queuesGetLines() async throws {
    let room = try await MetricRoom()
    try await room.house.open { SQS($0) }
    let url = try #require(try await room.house.call("sqs", "CreateQueue", ["QueueName": "metrics"])["QueueUrl"])
    try await put(room, ["FirehoseArn": "arn:aws:sqs:eu-central-1:000000000000:metrics"])
    try await room.call("PutMetricData", ["Namespace": "N", "MetricData": [["MetricName": "a", "Value": 7]]])
    await room.house.advance(by: .seconds(300), step: .seconds(5))
    let message = try await room.house.call("sqs", "ReceiveMessage", ["QueueUrl": url])["Messages"]?[0]?["Body"]?.string
    #expect(try JSONValue(parsing: #require(message))["value"]?["sum"] == 7)
  }

  @Test(
    arguments: [
      ("FirehoseArn", "arn:aws:firehose:eu-central-1:000000000000:deliverystream/x", "InvalidParameterValueException"),
      ("OutputFormat", "opentelemetry1.0", "InvalidParameterValueException"), ("OutputFormat", "xml", "ValidationError"),
      ("Name", "a b", "ValidationError"), ("IncludeFilters", [["Namespace": "N"]], "InvalidParameterCombinationException"),
      (
        "StatisticsConfigurations", [["IncludeMetrics": [["Namespace": "N", "MetricName": "m"]], "AdditionalStatistics": ["Sum"]]],
        "InvalidParameterValueException"
      ),
    ] as [(String, JSONValue, String)])
  func wrongStreamsAreRefused(_ member: String, _ value: JSONValue, _ code: String) async throws {
    let room = try await MetricRoom()
    var input: JSONObject = [
      "Name": "s", "FirehoseArn": "http://x", "RoleArn": Self.role, "OutputFormat": "json", "ExcludeFilters": [["Namespace": "M"]],
    ]
    input[member] = value
    #expect(await room.fault("PutMetricStream", .object(input))?.code == code)
  }
}
