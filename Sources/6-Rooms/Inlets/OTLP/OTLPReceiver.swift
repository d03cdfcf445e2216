import Gzip
import JSON
import Logging
import Protobuf
import ServiceKit
import Telemetry
import Time
import Wire

/// Takes exports of the OpenTelemetry protocol over HTTP: `POST /_martlet/otlp/v1/metrics` and `/v1/logs`, protobuf or JSON, plain or gzip.
///
/// Everything taken is on disk before the answer. Source: OpenTelemetry Protocol 1.9, "OTLP/HTTP".
struct OTLPReceiver: Sendable {
  static let base = "/_martlet/otlp/"
  /// The most that a body may be once it is expanded.
  static let longestBody = 32 << 20
  private let context: RoomContext
  private let counts: InletCounts
  private let namespace: String?
  private let series: CumulativeSeries

  init(_ context: RoomContext, _ counts: InletCounts, namespace: String?) {
    self.context = context
    self.counts = counts
    self.namespace = namespace
    series = CumulativeSeries(listeningSince: context.clock.now())
  }

  /// Goes on where an orderly stop left off.
  func start() async throws { series.restore(try await KeptCounters.take(context)) }

  func stop() async {
    do { try await KeptCounters.write(series.handOver(), context) } catch {
      context.log.error("what cumulative series counted is not kept for the next start", metadata: ["error": "\(error)"])
    }
  }

  private struct Refusal: Error {
    var status: Int
    var message: String
    init(_ status: Int, _ message: String) {
      self.status = status
      self.message = message
    }
  }

  func answer(_ request: WireRequest, _ call: CallContext) async -> WireResponse {
    do {
      let encoding = Self.encoding(request)
      guard let signal = Self.signal(request.path) else {
        throw Refusal(404, "\(request.path) is not served: metrics go to \(Self.base)v1/metrics, logs to \(Self.base)v1/logs.")
      }
      guard request.method == "POST" else { throw Refusal(405, "\(request.path) takes POST, not \(request.method).") }
      guard let encoding else { throw Refusal(415, "The content type must be application/x-protobuf or application/json.") }
      let body = try Self.expand(request)
      counts.add("otlp", signal == .metrics ? "metricRequests" : "logRequests")
      let answer = signal == .metrics ? try await metrics(body, encoding, request, call) : try await logs(body, encoding, request, call)
      return WireResponse(status: 200, headers: [("content-type", encoding.contentType)], body: answer)
    } catch let refusal as Refusal {
      return Self.refuse(request, refusal.status, refusal.message)
    } catch let fault as Fault {
      return Self.refuse(request, fault.status, fault.message)
    } catch {
      context.log.error("an OTLP export was not stored", metadata: ["request": "\(call.requestID)", "error": "\(error)"])
      return Self.refuse(
        request, 503, "The export could not be stored; the server's log has the reason under request id \(call.requestID).")
    }
  }

  static func refuse(_ request: WireRequest, _ status: Int, _ message: String) -> WireResponse {
    let encoding = encoding(request) ?? .json
    var headers = [(name: "content-type", value: encoding.contentType)]
    if status == 503 || status == 429 { headers.append(("retry-after", "5")) }
    return WireResponse(
      status: status, headers: headers, body: OTLPAnswer.failure(encoding, code: OTLPAnswer.code(status: status), message: message))
  }

  // MARK: The request

  private static func signal(_ path: String) -> OTLPAnswer.Signal? {
    switch path {
    case base + "v1/metrics": .metrics
    case base + "v1/logs": .logs
    default: nil
    }
  }

  private static func encoding(_ request: WireRequest) -> OTLPAnswer.Encoding? {
    let type = request.header("content-type")?.split(separator: ";").first.map { $0.trimmingSpaces() } ?? ""
    switch type {
    case "application/x-protobuf", "application/protobuf": return .protobuf
    case "application/json": return .json
    default: return nil
    }
  }

  private static func expand(_ request: WireRequest) throws -> [UInt8] {
    switch request.header("content-encoding") ?? "identity" {
    case "identity", "":
      guard request.body.count <= longestBody else { throw Refusal(413, "The body is longer than \(longestBody) bytes.") }
      return request.body
    case "gzip":
      do { return try Gzip.expand(request.body, limit: longestBody) } catch { throw Refusal(400, error.description) }
    case let other: throw Refusal(415, "The content encoding '\(other)' is not served: gzip is, and none.")
    }
  }

  private func decode<Part>(
    _ body: [UInt8], _ encoding: OTLPAnswer.Encoding, _ protobuf: ([UInt8]) throws(ProtobufError) -> [Part],
    _ json: (JSONValue) throws(OTLPError) -> [Part]
  ) throws -> [Part] {
    do {
      return encoding == .protobuf ? try protobuf(body) : try json(try JSONValue(parsing: body))
    } catch {
      counts.add("otlp", "malformedRequests", isFault: true)
      throw Refusal(400, "The request can not be read: \(error)")
    }
  }

  private var oldest: Timestamp { context.limits == .aws ? context.clock.now() - .seconds(14 * 86_400) : Timestamp(seconds: 0) }

  // MARK: Metrics and logs

  private func metrics(
    _ body: [UInt8], _ encoding: OTLPAnswer.Encoding, _ request: WireRequest, _ call: CallContext
  ) async throws -> [UInt8] {
    try context.invoker.authorize("cloudwatch:PutMetricData", on: call.caller.arn("cloudwatch", "*"), by: call)
    if series.isOver { throw Fault.unavailable("The server is stopping.") }
    let parts = try decode(body, encoding, OTLPProtobuf.metrics, OTLPJSON.metrics)
    let header = request.header("x-aws-metric-namespace").flatMap { $0.isEmpty || $0.hasPrefix(":") ? nil : $0 }
    var translation = MetricTranslation(series, now: call.now, oldest: oldest, namespace: header ?? namespace)
    for part in parts { translation.add(part) }
    do {
      guard let sink = context.invoker.metrics else { throw Fault.unavailable("There is no room that stores metrics.") }
      if !translation.samples.isEmpty { try await sink.store(translation.samples, in: call.caller.partition) }
    } catch {
      series.undo(translation.changes)
      throw error
    }
    counts.add("otlp", "samples", translation.samples.count)
    counts.add("otlp", "rejectedDataPoints", translation.rejected, isFault: true)
    var message = Self.sentence(translation.rejections)
    if translation.cutDimensions > 0 {
      message += "\(message.isEmpty ? "" : " ")\(translation.cutDimensions) points kept \(OTLPDimensions.most) of their dimensions."
    }
    return OTLPAnswer.success(encoding, .metrics, rejected: translation.rejected, message: message)
  }

  private func logs(
    _ body: [UInt8], _ encoding: OTLPAnswer.Encoding, _ request: WireRequest, _ call: CallContext
  ) async throws -> [UInt8] {
    let parts = try decode(body, encoding, OTLPProtobuf.logs, OTLPJSON.logs)
    func header(_ name: String) -> String? { request.header(name).flatMap { $0.isEmpty ? nil : $0 } }
    var translation = LogTranslation(now: call.now, oldest: oldest, group: header("x-aws-log-group"), stream: header("x-aws-log-stream"))
    for part in parts { translation.add(part) }
    for place in translation.lines.keys {
      let resource = call.caller.arn("logs", "log-group:\(place.group):log-stream:\(place.stream)")
      try context.invoker.authorize("logs:PutLogEvents", on: resource, by: call)
    }
    guard let sink = context.invoker.logs else { throw Fault.unavailable("There is no room that stores logs.") }
    for (place, lines) in translation.lines {
      try await sink.append(lines.sorted { $0.time < $1.time }, group: place.group, stream: place.stream, in: call.caller.partition)
      counts.add("otlp", "logRecords", lines.count)
    }
    let rejected = translation.rejections.values.reduce(0, +)
    counts.add("otlp", "rejectedLogRecords", rejected, isFault: true)
    return OTLPAnswer.success(encoding, .logs, rejected: rejected, message: Self.sentence(translation.rejections))
  }

  private static func sentence(_ rejections: [String: Int]) -> String {
    rejections.sorted { $0.key < $1.key }.prefix(10).map { "\($0.key): \($0.value)." }.joined(separator: " ")
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).lowercased()
  }
}
