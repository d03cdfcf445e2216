import Inlets
import JSON
import ServiceKit
import TestKit
import Testing
import Time

@Suite struct MetricExportTests {
  @Test func aGaugeIsASampleWithDimensions() async throws {
    let inlet = try await InletHouse()
    let now = inlet.house.clock.now()
    let gauge: JSONValue = [
      "name": "queue.time", "unit": "min",
      "gauge": [
        "dataPoints": [
          [
            "timeUnixNano": Export.nanoseconds(now), "asInt": "2",
            "attributes": [Export.attribute("queue", "a"), Export.attribute("env", "point")],
          ]
        ]
      ],
    ]
    let (status, answer) = try await inlet.post(
      json: Export.metrics(
        [gauge],
        resource: [
          "service.name": "shop", "service.namespace": "eu", "service.instance.id": "i-1", "telemetry.sdk.name": "x", "process.pid": "1",
          "env": "resource",
        ]), to: "metrics")
    #expect(status == 200 && answer == [:])
    let datum = try #require(inlet.stored("queue.time").first)
    #expect(datum.namespace == "eu/shop" && datum.unit == "Seconds" && datum.value == 120 && datum.time == now)
    #expect(datum.dimensions == ["queue": "a", "env": "point", "service.name": "shop", "service.namespace": "eu"])
  }

  @Test func whatCountsFromABeginningIsStoredAsWhatWasAdded() async throws {
    let inlet = try await InletHouse()
    let clock = inlet.house.clock
    let begin = clock.now() + .seconds(1)
    func send(_ value: Double, start: Timestamp, after seconds: Int64) async throws {
      let time = begin + .seconds(seconds)
      clock.advance(to: time)
      let (status, _) = try await inlet.post(json: Export.metrics([Export.counter("hits", value, start: start, at: time)]), to: "metrics")
      #expect(status == 200)
    }
    try await send(10, start: begin, after: 10)
    try await send(25, start: begin, after: 20)
    // Sent again, as exporters do that got no answer.
    try await send(25, start: begin, after: 20)
    try await send(25, start: begin, after: 30)
    // A new process.
    try await send(4, start: begin + .seconds(35), after: 40)
    // A reset that does not tell of itself.
    try await send(3, start: begin + .seconds(35), after: 50)
    #expect(inlet.stored("hits").map(\.value) == [10, 15, 0, 4, 3])
    #expect(inlet.stored("hits").allSatisfy { $0.unit == "Count" })
  }

  /// After an orderly stop counting goes on; after a crash it begins with the first point, and nothing is counted twice.
  @Test func countersGoOnAfterARestart() async throws {
    var inlet = try await InletHouse()
    let clock = inlet.house.clock
    let begin = clock.now() + .seconds(1)
    func send(_ value: Double) async throws -> Int {
      clock.advance(by: .seconds(10))
      let histogram: JSONValue = [
        "name": "time",
        "histogram": [
          "aggregationTemporality": 2,
          "dataPoints": [
            [
              "startTimeUnixNano": Export.nanoseconds(begin), "timeUnixNano": Export.nanoseconds(clock.now()), "count": .double(value),
              "sum": .double(value * 2), "bucketCounts": ["0", .string("\(Int(value))")], "explicitBounds": [1],
            ]
          ],
        ],
      ]
      return try await inlet.post(
        json: Export.metrics([Export.counter("hits", value, start: begin, at: clock.now()), histogram]), to: "metrics"
      ).status
    }
    #expect(try await send(10) == 200)
    let before = inlet
    inlet = try await inlet.restarted(orderly: true)
    #expect(try await send(25) == 200)
    #expect(inlet.stored("hits").map(\.value) == [10, 15])
    #expect(inlet.stored("time").map { $0.values?.reduce(0) { $0 + $1.count } } == [10, 15])
    // What stops takes nothing more: it would be counted twice.
    #expect(try await before.post(json: Export.metrics([]), to: "metrics").status == 503)
    inlet = try await inlet.restarted(orderly: false)
    #expect(try await send(30) == 200)
    #expect(try await send(31) == 200)
    #expect(inlet.stored("hits").map(\.value) == [10, 15, 1])
  }

  @Test func aSeriesThatBeganBeforeTheServerHasItsFirstPointAsBeginning() async throws {
    let inlet = try await InletHouse()
    let clock = inlet.house.clock
    let start = clock.now() - .seconds(3_600)
    for value in [1_000.0, 1_007] {
      clock.advance(by: .seconds(10))
      _ = try await inlet.post(json: Export.metrics([Export.counter("hits", value, start: start, at: clock.now())]), to: "metrics")
    }
    #expect(inlet.stored("hits").map(\.value) == [7])
  }

  @Test func instancesAreCountedApartAndStoredTogether() async throws {
    let inlet = try await InletHouse()
    let clock = inlet.house.clock
    let start = clock.now()
    for (instance, value) in [("a", 5.0), ("b", 7), ("a", 6), ("b", 9)] {
      clock.advance(by: .seconds(1))
      let export = Export.metrics(
        [Export.counter("hits", value, start: start, at: clock.now())], resource: ["service.name": "shop", "service.instance.id": instance])
      _ = try await inlet.post(json: export, to: "metrics")
    }
    #expect(inlet.stored("hits").map(\.value) == [5, 7, 1, 2])
    #expect(Set(inlet.stored("hits").map(\.dimensions)).count == 1)
  }

  @Test func aHistogramKeepsCountSumMinimumAndMaximum() async throws {
    let inlet = try await InletHouse()
    let histogram: JSONValue = [
      "name": "latency", "unit": "ms",
      "histogram": [
        "aggregationTemporality": 1,
        "dataPoints": [
          ["count": 6, "sum": 66, "min": 2, "max": 40, "explicitBounds": [5, 10, 25], "bucketCounts": [2, 2, 1, 1]]
        ],
      ],
    ]
    _ = try await inlet.post(json: Export.metrics([histogram]), to: "metrics")
    let values = try #require(inlet.stored("latency").first?.values)
    #expect(values.reduce(0) { $0 + $1.count } == 6)
    #expect(abs(values.reduce(0) { $0 + $1.count * $1.value } - 66) < 1e-9)
    #expect(values.first?.value == 2 && values.last?.value == 40)
    // As many values as the buckets say lie within them.
    #expect(values.filter { $0.value <= 5 }.reduce(0) { $0 + $1.count } == 2)
    #expect(values.filter { $0.value > 5 && $0.value <= 10 }.reduce(0) { $0 + $1.count } == 2)
  }

  @Test func aCumulativeHistogramIsStoredAsWhatWasAdded() async throws {
    let inlet = try await InletHouse()
    let clock = inlet.house.clock
    let start = clock.now()
    func send(_ counts: [Int], _ sum: Double) async throws {
      clock.advance(by: .seconds(10))
      let point: JSONValue = [
        "startTimeUnixNano": Export.nanoseconds(start), "timeUnixNano": Export.nanoseconds(clock.now()),
        "count": .int(Int64(counts.reduce(0, +))), "sum": .double(sum), "explicitBounds": [10, 20],
        "bucketCounts": .array(counts.map { .int(Int64($0)) }),
      ]
      let metric: JSONValue = ["name": "h", "histogram": ["aggregationTemporality": 2, "dataPoints": [point]]]
      _ = try await inlet.post(json: Export.metrics([metric]), to: "metrics")
    }
    try await send([1, 1, 0], 20)
    try await send([1, 3, 0], 50)
    try await send([1, 3, 0], 50)
    // Began anew.
    try await send([1, 0, 0], 4)
    let stored = inlet.stored("h").map { $0.values ?? [] }
    #expect(stored.map { $0.reduce(0) { $0 + $1.count } } == [2, 2, 1])
    #expect(stored.map { $0.reduce(0) { $0 + $1.count * $1.value } } == [20, 30, 4])
  }

  @Test func anExponentialHistogramIsADistribution() async throws {
    let inlet = try await InletHouse()
    let clock = inlet.house.clock
    let start = clock.now()
    func send(scale: Int, _ offset: Int, _ counts: [Int], _ sum: Double) async throws {
      clock.advance(by: .seconds(10))
      let point: JSONValue = [
        "startTimeUnixNano": Export.nanoseconds(start), "timeUnixNano": Export.nanoseconds(clock.now()), "scale": .int(Int64(scale)),
        "count": .int(Int64(counts.reduce(1, +))), "sum": .double(sum), "zeroCount": 1,
        "positive": ["offset": .int(Int64(offset)), "bucketCounts": .array(counts.map { .int(Int64($0)) })],
      ]
      let metric: JSONValue = ["name": "e", "exponentialHistogram": ["aggregationTemporality": 2, "dataPoints": [point]]]
      _ = try await inlet.post(json: Export.metrics([metric]), to: "metrics")
    }
    // Bounds 1, 2, 4, 8; then 1, 4, 16, the buckets joined two and two.
    try await send(scale: 0, 0, [1, 2, 0], 8)
    try await send(scale: -1, 0, [3, 4], 50)
    let stored = inlet.stored("e").map { $0.values ?? [] }
    #expect(stored.map { $0.reduce(0) { $0 + $1.count } } == [4, 4])
    #expect(abs(try #require(stored.last).reduce(0) { $0 + $1.count * $1.value } - 42) < 1e-9)
    #expect(stored.first?.first == MetricDatum.Counted(0, 1))
    #expect(stored.last?.allSatisfy { $0.value >= 4 && $0.value <= 16 } == true)
  }

  @Test func aSummaryIsAStatisticSetAndQuantiles() async throws {
    let inlet = try await InletHouse()
    let clock = inlet.house.clock
    let start = clock.now()
    for (count, sum) in [(10, 50.0), (14, 90)] {
      clock.advance(by: .seconds(10))
      let point: JSONValue = [
        "startTimeUnixNano": Export.nanoseconds(start), "timeUnixNano": Export.nanoseconds(clock.now()), "count": .int(Int64(count)),
        "sum": .double(sum), "quantileValues": [["quantile": 0.5, "value": 8], ["quantile": 0.99, "value": 20]],
      ]
      _ = try await inlet.post(json: Export.metrics([["name": "rpc", "summary": ["dataPoints": [point]]]]), to: "metrics")
    }
    let sets = inlet.stored("rpc").compactMap(\.summary)
    #expect(sets.map(\.count) == [10, 4] && sets.map(\.sum) == [50, 40] && sets.last?.min == 8 && sets.last?.max == 20)
    #expect(inlet.stored("rpc").filter { $0.dimensions["quantile"] == "0.99" }.map(\.value) == [20, 20])
  }

  @Test func whatCanNotBeStoredIsTold() async throws {
    let inlet = try await InletHouse(limits: .aws)
    let now = inlet.house.clock.now()
    func gauge(_ value: JSONValue, _ time: Timestamp) -> JSONValue {
      ["name": "g", "gauge": ["dataPoints": [["timeUnixNano": Export.nanoseconds(time), "asDouble": value]]]]
    }
    let (status, answer) = try await inlet.post(
      json: Export.metrics([
        gauge(1, now), gauge("NaN", now), gauge(1, now + .seconds(7_300)), gauge(1, now - .seconds(15 * 86_400)), gauge(1e300, now),
      ]), to: "metrics")
    #expect(status == 200)
    #expect(answer["partialSuccess"]?["rejectedDataPoints"] == "4")
    #expect(answer["partialSuccess"]?["errorMessage"]?.string?.contains("two hours in the future") == true)
    #expect(inlet.stored("g").count == 1)
    let counted = await inlet.house.counted()
    #expect(counted.first { $0.name == "RejectedDataPoints" }?.value == 4)
  }

  @Test func noMetricHasMoreThanThirtyDimensions() async throws {
    let inlet = try await InletHouse()
    let attributes = (0..<40).map { Export.attribute("k\($0)", "v") }
    let gauge: JSONValue = ["name": "g", "gauge": ["dataPoints": [["asDouble": 1, "attributes": .array(attributes)]]]]
    let (_, answer) = try await inlet.post(json: Export.metrics([gauge]), to: "metrics")
    #expect(inlet.stored("g").first?.dimensions.count == 30)
    #expect(answer["partialSuccess"]?["rejectedDataPoints"] == "0")
    #expect(answer["partialSuccess"]?["errorMessage"]?.string?.contains("30") == true)
  }

  @Test func theNamespaceCanBeSaid() async throws {
    var configuration = InletConfiguration()
    configuration.otlpNamespace = "Configured"
    let inlet = try await InletHouse(configuration)
    let gauge: JSONValue = ["name": "g", "gauge": ["dataPoints": [["asDouble": 1]]]]
    _ = try await inlet.post(json: Export.metrics([gauge]), to: "metrics")
    _ = try await inlet.post(json: Export.metrics([gauge]), to: "metrics", headers: [("x-aws-metric-namespace", "Header")])
    #expect(inlet.stored("g").map(\.namespace) == ["Configured", "Header"])
  }
}
