import Inlets
import JSON
import ServiceKit
import Store
import TestKit
import Time
import Wire

/// The room with everything that leaves it written down.
struct InletHouse {
  let house: TestHouse
  let room: Inlets

  init(_ configuration: InletConfiguration = InletConfiguration(), limits: LimitProfile = .open) async throws {
    let house = try TestHouse(limits: limits)
    self.house = house
    room = try await house.open { Inlets($0, configuration) }
  }

  private init(_ house: TestHouse, _ room: Inlets) { (self.house, self.room) = (house, room) }

  /// The room of the next start, with the same store; the one before was stopped in order where it is said.
  func restarted(orderly: Bool) async throws -> InletHouse {
    if orderly { await room.stop() }
    let next = Inlets(room.context)
    try await next.start()
    return InletHouse(house, next)
  }

  func request(
    _ path: String, _ body: [UInt8] = [], method: String = "POST", query: String = "", headers: [(String, String)] = []
  ) async -> WireResponse {
    let request = WireRequest(method: method, path: path, query: query, headers: headers.map { (name: $0.0, value: $0.1) }, body: body)
    let context = CallContext(
      caller: .root(account: TestHouse.account, region: TestHouse.region), requestID: "r", now: house.clock.now())
    return await room.answer(request, context)
  }

  func post(json: JSONValue, to signal: String, headers: [(String, String)] = []) async throws -> (status: Int, answer: JSONValue) {
    let answer = await request("/_martlet/otlp/v1/\(signal)", json.bytes, headers: [("content-type", "application/json")] + headers)
    return (answer.status, try JSONValue(parsing: answer.body))
  }

  /// Metrics stored since the given number of them.
  func stored(_ name: String) -> [MetricDatum] { house.seen.metrics.filter { $0.name == name } }
}

/// Exports in JSON.
enum Export {
  static func metrics(
    _ metrics: [JSONValue], resource: [String: String] = ["service.name": "shop"]
  ) -> JSONValue {
    let attributes = resource.sorted { $0.key < $1.key }.map { attribute($0.key, $0.value) }
    return ["resourceMetrics": [["resource": ["attributes": .array(attributes)], "scopeMetrics": [["metrics": .array(metrics)]]]]]
  }

  static func attribute(_ key: String, _ value: String) -> JSONValue { ["key": .string(key), "value": ["stringValue": .string(value)]] }

  static func counter(_ name: String, _ value: Double, start: Timestamp, at time: Timestamp, attributes: [JSONValue] = []) -> JSONValue {
    [
      "name": .string(name), "unit": "{request}",
      "sum": [
        "aggregationTemporality": 2, "isMonotonic": true,
        "dataPoints": [
          [
            "startTimeUnixNano": nanoseconds(start), "timeUnixNano": nanoseconds(time), "asDouble": .double(value),
            "attributes": .array(attributes),
          ]
        ],
      ],
    ]
  }

  static func nanoseconds(_ time: Timestamp) -> JSONValue { .string("\(time.microseconds)000") }
}
