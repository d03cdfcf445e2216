import Gzip
import Inlets
import JSON
import Protobuf
import ServiceKit
import Store
import Synchronization
import TestKit
import Testing
import Time
import Wire

@Suite struct ExportRequestTests {
  private static let path = "/_martlet/otlp/v1/metrics"
  private static let gauge: JSONValue = ["name": "g", "gauge": ["dataPoints": [["asDouble": 1]]]]

  @Test func gzipAndProtobufAreTaken() async throws {
    let inlet = try await InletHouse()
    var writer = ProtobufWriter()
    writer.message(1) { resource in
      resource.message(2) { scope in
        scope.message(2) { metric in
          metric.text(1, "g")
          metric.message(5) { $0.message(1) { $0.double(4, 7) } }
        }
      }
    }
    let answer = await inlet.request(
      Self.path, try Gzip.compress(writer.bytes), headers: [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")])
    #expect(answer.status == 200 && answer.body.isEmpty)
    #expect(answer.headers.contains { $0.name == "content-type" && $0.value == "application/x-protobuf" })
    #expect(inlet.stored("g").map(\.value) == [7] && inlet.stored("g").first?.namespace == "default")
  }

  @Test func whatCanNotBeReadIsRefusedInItsOwnEncoding() async throws {
    let inlet = try await InletHouse()
    let json = await inlet.request(Self.path, Array("{".utf8), headers: [("content-type", "application/json; charset=utf-8")])
    #expect(json.status == 400)
    #expect(try JSONValue(parsing: json.body)["code"] == 3)
    let protobuf = await inlet.request(Self.path, [0x0A, 0x05], headers: [("content-type", "application/x-protobuf")])
    #expect(protobuf.status == 400)
    var reader = ProtobufReader(protobuf.body)
    #expect(try reader.next()?.signed() == 3)
    #expect(await inlet.request(Self.path, [], headers: [("content-type", "text/plain")]).status == 415)
    #expect(await inlet.request(Self.path, [], headers: [("content-type", "application/json"), ("content-encoding", "br")]).status == 415)
    #expect(
      await inlet.request(Self.path, [1], headers: [("content-type", "application/json"), ("content-encoding", "gzip")]).status == 400)
    #expect(await inlet.request(Self.path, method: "GET").status == 405)
    #expect(await inlet.request("/_martlet/otlp/v1/traces").status == 404)
  }

  @Test func aBodyThatExpandsWithoutEndIsRefused() async throws {
    let inlet = try await InletHouse()
    let member = try Gzip.compress([UInt8](repeating: 0, count: 1 << 20))
    let bomb = Array(repeatElement(member, count: 33).joined())
    let answer = await inlet.request(
      Self.path, bomb, headers: [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")])
    #expect(answer.status == 400)
  }

  /// Stores nothing until it is told to.
  private final class Broken: MetricSink {
    let works = Mutex(false)
    let stored = Mutex<[MetricDatum]>([])
    func store(_ data: [MetricDatum], in partition: Partition) async throws {
      guard works.withLock({ $0 }) else { throw Fault.unavailable("The disk is full.") }
      stored.withLock { $0 += data }
    }
  }

  @Test func whatCouldNotBeStoredIsCountedWhenItComesAgain() async throws {
    let inlet = try await InletHouse()
    let broken = Broken()
    inlet.house.invoker.provide(metrics: broken)
    let start = inlet.house.clock.now()
    inlet.house.clock.advance(by: .seconds(5))
    let export = Export.metrics([Export.counter("hits", 9, start: start, at: inlet.house.clock.now())])
    let (status, answer) = try await inlet.post(json: export, to: "metrics")
    #expect(status == 503 && answer["code"] == 14)
    broken.works.withLock { $0 = true }
    let (again, _) = try await inlet.post(json: export, to: "metrics")
    #expect(again == 200)
    #expect(broken.stored.withLock { $0.map(\.value) } == [9])
  }

  @Test func logRecordsAreEvents() async throws {
    let inlet = try await InletHouse()
    let now = inlet.house.clock.now()
    func export(_ resource: [String: String]) -> JSONValue {
      let attributes = resource.sorted { $0.key < $1.key }.map { Export.attribute($0.key, $0.value) }
      let records: JSONValue = [
        ["timeUnixNano": Export.nanoseconds(now), "body": ["stringValue": "second"], "severityText": "INFO"],
        ["observedTimeUnixNano": Export.nanoseconds(now - .seconds(1)), "body": ["stringValue": "first"]],
        ["timeUnixNano": Export.nanoseconds(now + .seconds(8_000)), "body": ["stringValue": "too new"]],
      ]
      return ["resourceLogs": [["resource": ["attributes": .array(attributes)], "scopeLogs": [["logRecords": records]]]]]
    }
    let (status, answer) = try await inlet.post(json: export(["service.name": "shop 1", "host.name": "h"]), to: "logs")
    #expect(status == 200 && answer["partialSuccess"]?["rejectedLogRecords"] == "1")
    let bodies = try inlet.house.seen.lines("/otel/shop_1", "h").map { try JSONValue(parsing: $0)["body"]?.string }
    #expect(bodies == ["first", "second"])
    _ = try await inlet.post(json: export(["aws.log.group.names": "/a&/b", "aws.log.stream.names": "s:1"]), to: "logs")
    #expect(inlet.house.seen.lines("/a", "s_1").count == 2)
    _ = try await inlet.post(json: export([:]), to: "logs", headers: [("x-aws-log-group", "/header"), ("x-aws-log-stream", "x")])
    #expect(inlet.house.seen.lines("/header", "x").count == 2)
  }

  /// Refuses what it is told to.
  private struct Guard: Authorizer {
    let refused: String
    func authorize(_ action: String, on resource: ARN, by context: CallContext) throws {
      if action == refused { throw Fault.accessDenied("\(context.caller.arn) may not \(action) on \(resource)") }
    }
  }

  @Test(arguments: [("cloudwatch:PutMetricData", 403, 200), ("logs:PutLogEvents", 200, 403)])
  func permissionsAreAsked(_ refused: String, _ metrics: Int, _ logs: Int) async throws {
    let inlet = try await InletHouse()
    let context = inlet.room.context
    context.invoker.use(
      Pipeline(
        store: context.store, clock: context.clock, authorizer: Guard(refused: refused), audit: inlet.house.audit,
        measurements: Measurements(),
        identifiers: context.identifiers, log: context.log))
    #expect(try await inlet.post(json: Export.metrics([Self.gauge]), to: "metrics").status == metrics)
    let log: JSONValue = ["resourceLogs": [["scopeLogs": [["logRecords": [["body": ["stringValue": "x"]]]]]]]]
    #expect(try await inlet.post(json: log, to: "logs").status == logs)
  }
}
