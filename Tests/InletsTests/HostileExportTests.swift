import Inlets
import JSON
import ServiceKit
import TestKit
import Testing
import Time

/// Exports whose numbers are the worst there are: nothing may end the server, and nothing may be stored that the store refuses.
@Suite struct HostileExportTests {
  private static let numbers: [JSONValue] = [
    0, 1, -1, 1e308, -1e308, .double(.leastNonzeroMagnitude), "NaN", "Infinity", "-Infinity", 1e108, 9_223_372_036_854_775_807,
  ]
  private static let counts: [JSONValue] = [0, 1, 2, "18446744073709551615", "9223372036854775808", 4_294_967_296]
  private static let integers: [JSONValue] = [0, 1, -1, 2_147_483_647, -2_147_483_648, 20, -11]

  private struct Random {
    var state: UInt64
    mutating func next(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(below))
    }
    mutating func pick(_ values: [JSONValue]) -> JSONValue { values[next(values.count)] }
    mutating func list(_ values: [JSONValue]) -> JSONValue { .array((0..<next(6)).map { _ in pick(values) }) }
  }

  private static func point(_ random: inout Random) -> JSONObject {
    [
      "startTimeUnixNano": random.pick(counts), "timeUnixNano": random.pick(counts), "count": random.pick(counts),
      "sum": random.pick(numbers), "min": random.pick(numbers), "max": random.pick(numbers), "flags": random.pick([0, 0, 0, 1]),
    ]
  }

  private static func metric(_ random: inout Random) -> JSONValue {
    var point = point(&random)
    var metric: JSONObject = ["name": "m", "unit": random.pick(["ns", "d", "By/s", "", "{x}", "/s", "%"])]
    let temporality = random.pick([0, 1, 2])
    switch random.next(4) {
    case 0:
      point["asDouble"] = random.pick(numbers)
      metric["sum"] = ["aggregationTemporality": temporality, "isMonotonic": true, "dataPoints": [.object(point)]]
    case 1:
      point["explicitBounds"] = random.next(2) == 0 ? [1, 2] : random.list(numbers)
      point["bucketCounts"] = random.next(2) == 0 ? [1, "18446744073709551615", 3] : random.list(counts)
      metric["histogram"] = ["aggregationTemporality": temporality, "dataPoints": [.object(point)]]
    case 2:
      point["scale"] = random.pick(integers)
      point["zeroCount"] = random.pick(counts)
      for side in ["positive", "negative"] {
        point[side] = ["offset": random.pick(integers), "bucketCounts": random.list(counts)]
      }
      metric["exponentialHistogram"] = ["aggregationTemporality": temporality, "dataPoints": [.object(point)]]
    default:
      point["quantileValues"] = [["quantile": random.pick(numbers), "value": random.pick(numbers)]]
      metric["summary"] = ["dataPoints": [.object(point)]]
    }
    return .object(metric)
  }

  @Test func whatIsStoredIsFinite() async throws {
    let inlet = try await InletHouse()
    var random = Random(state: 23)
    for _ in 0..<3_000 {
      let (status, _) = try await inlet.post(json: Export.metrics((0..<4).map { _ in Self.metric(&random) }), to: "metrics")
      #expect(status == 200)
    }
    let stored = inlet.house.seen.metrics
    #expect(stored.count > 1_000)
    for datum in stored {
      #expect(datum.value.isFinite)
      if let values = datum.values {
        #expect(!values.isEmpty)
        #expect(values.allSatisfy { $0.value.isFinite && $0.count > 0 && ($0.value * $0.count).isFinite })
      }
      if let summary = datum.summary {
        #expect(summary.count > 0 && summary.sum.isFinite && summary.min.isFinite && summary.max.isFinite && summary.min <= summary.max)
      }
    }
  }
}
