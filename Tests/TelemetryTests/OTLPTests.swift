import JSON
import Protobuf
import Telemetry
import Testing

@Suite struct OTLPTests {
  private static let json = """
    {"resourceMetrics": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}, "scopeMetrics": [{
      "scope": {"name": "scope"}, "unknown": 1, "metrics": [
        {"name": "temperature", "unit": "Cel", "gauge": {"dataPoints": [
          {"attributes": [{"key": "room", "value": {"stringValue": "a"}}], "timeUnixNano": "2000000000", "asDouble": 21.5}]}},
        {"name": "requests", "unit": "{request}", "sum": {"aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE", "isMonotonic": true,
          "dataPoints": [{"startTimeUnixNano": 1000000000, "timeUnixNano": "2000000000", "asInt": "-3"}]}},
        {"name": "latency", "histogram": {"aggregationTemporality": 1, "dataPoints": [
          {"count": "6", "sum": 60, "bucketCounts": ["1", 2, "3"], "explicitBounds": [5, 10], "min": 1, "max": 30}]}},
        {"name": "sizes", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [
          {"count": 4, "sum": 20, "scale": -1, "zeroCount": "1", "positive": {"offset": -2, "bucketCounts": ["1", "2"]}}]}},
        {"name": "rpc", "summary": {"dataPoints": [{"count": 10, "sum": 55, "quantileValues": [{"quantile": 0.99, "value": 9}]}]}}
      ]}]}]}
    """

  private static func check(_ parts: [OTLPMetrics]) throws {
    let part = try #require(parts.first)
    #expect(parts.count == 1 && part.origin.scope == "scope")
    #expect(part.origin.resource == [OTLPAttribute("service.name", .text("shop"))])
    #expect(part.metrics.map(\.name) == ["temperature", "requests", "latency", "sizes", "rpc"])
    guard case .gauge(let gauges) = part.metrics[0].data, case .sum(let sums, .cumulative, isMonotonic: true) = part.metrics[1].data,
      case .histogram(let explicit, .delta) = part.metrics[2].data, case .histogram(let exponential, .cumulative) = part.metrics[3].data,
      case .summary(let summaries) = part.metrics[4].data
    else {
      Issue.record("A metric is of the wrong kind.")
      return
    }
    #expect(gauges.first?.value == 21.5 && gauges.first?.instant.time == 2_000_000_000)
    #expect(gauges.first?.instant.attributes == [OTLPAttribute("room", .text("a"))])
    #expect(sums.first?.value == -3 && sums.first?.instant.start == 1_000_000_000)
    guard case .explicit(let bounds, let counts) = try #require(explicit.first).buckets else {
      Issue.record("The histogram is not explicit.")
      return
    }
    #expect(bounds == [5, 10] && counts == [1, 2, 3] && explicit.first?.min == 1 && explicit.first?.max == 30)
    guard case .exponential(let buckets) = try #require(exponential.first).buckets else {
      Issue.record("The histogram is not exponential.")
      return
    }
    #expect(buckets.scale == -1 && buckets.zeroCount == 1 && buckets.positive.offset == -2 && buckets.positive.counts == [1, 2])
    #expect(summaries.first?.count == 10 && summaries.first?.quantiles.first?.value == 9)
  }

  @Test func protobufAndJSONSayTheSame() throws {
    try Self.check(try OTLPProtobuf.metrics(OTLPSamples.every))
    try Self.check(try OTLPJSON.metrics(try JSONValue(parsing: Self.json)))
  }

  @Test func aLogRecordBecomesADocument() throws {
    let parts = try OTLPProtobuf.logs(OTLPSamples.log)
    let part = try #require(parts.first)
    let document = try #require(part.records.first).document(part.origin)
    let expected = """
      {"resource":{"attributes":{"service.name":"shop"}},"scope":{"name":"scope"},"timeUnixNano":1700000000000000001,\
      "observedTimeUnixNano":1700000000000000002,"severityNumber":17,"severityText":"ERROR","body":"it broke","attributes":{"order":"7"},\
      "traceId":"abcd"}
      """
    #expect(document.text == expected)
    let json = """
      {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"scope":{"name":"scope"},
      "logRecords":[{"timeUnixNano":"1700000000000000001","observedTimeUnixNano":"1700000000000000002","severityNumber":"SEVERITY_NUMBER_ERROR",
      "severityText":"ERROR","body":{"stringValue":"it broke"},"attributes":[{"key":"order","value":{"stringValue":"7"}}],"traceId":"ABCD"}]}]}]}
      """
    let same = try OTLPJSON.logs(try JSONValue(parsing: json))
    #expect(try #require(same.first).records.first?.document(part.origin).text == expected)
  }

  @Test(arguments: [
    #"{"resourceMetrics": {}}"#, #"{"resourceMetrics": [1]}"#, #"[]"#,
    #"{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": 1}]}]}]}"#,
    #"{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"sum": {"dataPoints": [{"asInt": "9223372036854775808"}]}}]}]}]}"#,
    #"{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"timeUnixNano": -1}]}}]}]}]}"#,
  ])
  func wrongDocumentsAreRefused(_ text: String) throws {
    let document = try JSONValue(parsing: text)
    #expect(throws: OTLPError.self) { try OTLPJSON.metrics(document) }
  }

  @Test func deepValuesAreRefused() throws {
    var value = ProtobufWriter()
    value.text(1, "deep")
    for _ in 0..<60 {
      var outer = ProtobufWriter()
      outer.message(5) { $0.data(1, value.bytes) }
      value = outer
    }
    var request = ProtobufWriter()
    request.message(1) { $0.message(2) { $0.message(2) { $0.data(5, value.bytes) } } }
    #expect(throws: ProtobufError.self) { try OTLPProtobuf.logs(request.bytes) }
  }

  /// Nothing that comes may end the server: bytes changed, cut and doubled at places that a seed decides.
  @Test func damagedExportsAreReadOrRefused() {
    var random = Seeded(seed: 11)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = random.next() % 2 == 0 ? OTLPSamples.every : OTLPSamples.log
      for _ in 0...Int(random.next() % 4) where !bytes.isEmpty {
        let place = Int(random.next() % UInt64(bytes.count))
        switch random.next() % 4 {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.removeSubrange(place...)
        case 2: bytes.insert(contentsOf: bytes[place...].prefix(20), at: place)
        default: bytes[place] ^= 0x80
        }
      }
      do {
        for part in try OTLPProtobuf.metrics(bytes) { #expect(part.metrics.allSatisfy { $0.pointCount >= 0 }) }
      } catch { refused += 1 }
      do {
        for part in try OTLPProtobuf.logs(bytes) { for record in part.records { _ = record.document(part.origin).bytes } }
      } catch { refused += 1 }
    }
    #expect(refused > 1_000)
  }

  @Test func answersTellWhatWasRejected() throws {
    #expect(OTLPAnswer.success(.protobuf, .metrics, rejected: 0, message: "").isEmpty)
    #expect(OTLPAnswer.success(.json, .logs, rejected: 0, message: "") == Array("{}".utf8))
    let json = OTLPAnswer.success(.json, .logs, rejected: 2, message: "too old")
    #expect(try JSONValue(parsing: json) == ["partialSuccess": ["rejectedLogRecords": "2", "errorMessage": "too old"]])
    var reader = ProtobufReader(OTLPAnswer.success(.protobuf, .metrics, rejected: 2, message: "too old"))
    var partial = try #require(try reader.next()).message()
    #expect(try partial.next()?.signed() == 2)
    #expect(try partial.next()?.text() == "too old")
  }
}

/// SplitMix64.
struct Seeded {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
