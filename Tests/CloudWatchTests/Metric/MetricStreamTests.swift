import FoundationEssentials
import JSON
import Protobuf
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

  /// A message's fields by their numbers.
  private func fields(_ reader: ProtobufReader) throws -> [Int: [ProtobufReader.Field]] {
    var (reader, found): (ProtobufReader, [Int: [ProtobufReader.Field]]) = (reader, [:])
    while let field = try reader.next() { found[field.number, default: []].append(field) }
    return found
  }

  /// The fields of the first message that a field holds.
  private func inside(_ found: [Int: [ProtobufReader.Field]], _ number: Int) throws -> [Int: [ProtobufReader.Field]] {
    let field = try #require(found[number]?.first)
    return try fields(field.message())
  }

  /// The pair of a KeyValue, or of a StringKeyValue.
  private func pair(_ field: ProtobufReader.Field, isOld: Bool) throws -> (String, String) {
    let own = try fields(field.message())
    let (key, value) = (try #require(own[1]?.first), try #require(own[2]?.first))
    if isOld { return (try key.text(), try value.text()) }
    let texts = try fields(value.message())[1]
    return (try key.text(), try texts?.first?.text() ?? "")
  }

  @Test(arguments: ["opentelemetry0.7", "opentelemetry1.0"]) func openTelemetryGetsSummaries(_ format: String) async throws {
    let isOld = format == "opentelemetry0.7"
    let room = try await MetricRoom()
    try await put(
      room,
      [
        "OutputFormat": .string(format),
        "StatisticsConfigurations": [["IncludeMetrics": [["Namespace": "N", "MetricName": "a"]], "AdditionalStatistics": ["p50"]]],
      ])
    let at = UInt64(room.now) * 1_000_000_000
    let data = [1.0, 2, 6].map { value -> JSONValue in
      ["MetricName": "a", "Value": .double(value), "Unit": "Kilobytes/Second", "Dimensions": MetricRoom.dimensions([("d", "v")])]
    }
    try await room.call("PutMetricData", ["Namespace": "N", "MetricData": .array(data)])
    await room.house.advance(by: .seconds(300), step: .seconds(5))
    let body = try JSONValue(parsing: try #require(room.house.seen.requests.first).body)
    let bytes = try #require(body["records"]?[0]?["data"]?.string.flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) })
    // The length before it takes two bytes.
    #expect(Int(bytes[0] & 0x7F) | Int(bytes[1]) << 7 == bytes.count - 2)
    let all = try inside(fields(ProtobufReader(Array(bytes.dropFirst(2)))), 1)
    let attributes = try inside(all, 1)[1] ?? []
    #expect(try attributes.map { try pair($0, isOld: false).1 }.prefix(3) == ["aws", "000000000000", "eu-central-1"])
    let metric = try inside(inside(all, 2), 2)
    #expect(try metric[1]?.first?.text() == "amazonaws.com/N/a" && metric[3]?.first?.text() == "kBy/s")
    let point = try inside(inside(metric, 11), 1)
    #expect(try point[2]?.first?.unsigned() == at && point[3]?.first?.unsigned() == at + 60_000_000_000)
    #expect(try point[4]?.first?.unsigned() == 3 && point[5]?.first?.double() == 9)
    let quantiles = try (point[6] ?? []).map { field in try fields(field.message()).mapValues { try $0[0].double() } }
    #expect(quantiles == [[1: 0, 2: 1], [1: 0.5, 2: 2], [1: 1, 2: 6]])
    let labels = try (point[isOld ? 1 : 7] ?? []).map { try pair($0, isOld: isOld) }
    #expect(labels.map(\.0) == ["Namespace", "MetricName", isOld ? "d" : "Dimensions"] && labels[1].1 == "a")
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
      ("OutputFormat", "xml", "ValidationError"),
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
