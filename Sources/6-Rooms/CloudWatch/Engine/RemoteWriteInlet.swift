import Logging
import RemoteWrite
import Series
import ServiceKit
import Time
import Wire

/// Takes samples that Prometheus, or whatever speaks its remote write, sends: `POST /_martlet/api/v1/write`.
///
/// The label `__name__` is the metric's name, `__namespace__` the namespace ("Prometheus" without), all others are dimensions; samples
/// are kept by the second. Stale markers and values that are no finite numbers are passed over and counted. A sample that is there already
/// is not taken again, so that a sender may repeat a request. What can not be stored is named in an answer with status 400; the rest of
/// the request is stored. Source: Prometheus Remote-Write 1.0 specification.
/// Differs: version 2.0 of the protocol and native histograms are refused by name.
package struct RemoteWriteInlet: HTTPInlet {
  package static let path = "/_martlet/api/v1/write"
  private static let namespace = "Prometheus"
  private static let mostDimensions = 30
  private let context: RoomContext
  private let engine: MetricEngine
  private let longest: Int

  /// - Parameter longest: bytes that a request may have when it is expanded.
  package init(_ context: RoomContext, engine: MetricEngine, longest: Int = 256 << 20) {
    (self.context, self.engine, self.longest) = (context, engine, longest)
  }

  package func serves(_ request: WireRequest) -> Bool { request.path == Self.path }

  package func refuse(_ request: WireRequest, status: Int, message: String) -> WireResponse {
    WireResponse(status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: Array((message + "\n").utf8))
  }

  package func answer(_ request: WireRequest, _ call: CallContext) async -> WireResponse {
    if let wrong = wrong(request) { return wrong }
    do {
      try context.invoker.authorize("cloudwatch:PutMetricData", on: call.caller.arn("cloudwatch", "*"), by: call)
      guard let body = SnappyBlock.expand(request.body, limit: longest) else {
        return refuse(request, status: 400, message: "The body is no snappy block, or longer than \(longest) bytes when it is expanded.")
      }
      var outcome = Outcome()
      let batch = try collect(body, call, &outcome)
      guard outcome.isRequest || !batch.isEmpty else {
        return refuse(request, status: 400, message: "The body is no WriteRequest of Prometheus's remote write 1.0.")
      }
      try await engine.append(batch, unique: true)
      if let refused = outcome.message { return refuse(request, status: 400, message: refused) }
      return WireResponse(status: 204)
    } catch let fault as Fault {
      return refuse(request, status: fault.status, message: fault.message)
    } catch {
      context.log.error("remote write failed", metadata: ["request": "\(call.requestID)", "error": "\(error)"])
      return refuse(request, status: 503, message: "\(error)")
    }
  }

  private func wrong(_ request: WireRequest) -> WireResponse? {
    guard request.method == "POST" else { return refuse(request, status: 405, message: "\(Self.path) takes POST, not \(request.method).") }
    let type = request.header("content-type")?.lowercased() ?? "application/x-protobuf"
    if type.contains("io.prometheus.write.v2") || request.header("x-prometheus-remote-write-version")?.hasPrefix("2.") == true {
      return refuse(
        request, status: 415,
        message:
          "Remote write 2.0 is not served: send protobuf messages of version 1.0 (prometheus.WriteRequest), which is Prometheus's default.")
    }
    guard type.hasPrefix("application/x-protobuf") else {
      return refuse(request, status: 415, message: "The content type must be application/x-protobuf, not \(type).")
    }
    if let encoding = request.header("content-encoding"), encoding.lowercased() != "snappy" {
      return refuse(request, status: 415, message: "The content encoding must be snappy, not \(encoding).")
    }
    return nil
  }

  private func collect(_ body: [UInt8], _ call: CallContext, _ outcome: inout Outcome) throws(SeriesFault) -> MetricBatch {
    let scope = CloudWatch.scope(call.caller.partition)
    let space = MetricCollector.space(scope)
    let latest = call.now.seconds + 7_200
    var found = Outcome()
    let batch = try engine.collect(expected: body.count / 100) { collector throws(SeriesFault) in
      let read = body.withUnsafeBytes { bytes -> Result<Bool, SeriesFault> in
        do throws(SeriesFault) {
          return .success(
            try WriteRequest.read(bytes) { series throws(SeriesFault) in
              var handle = collector.find(series.labels, space: space)
              if handle == nil, let key = Self.key(series, scope, &found) {
                handle = try collector.define(series.labels, space: space, key: key, unit: nil)
              }
              if let handle { Self.add(series, handle, latest, &collector, &found) }
            })
        } catch { return .failure(error) }
      }
      found.isRequest = try read.get()
    }
    outcome = found
    if found.passed > 0 { context.counters.add("Martlet/RemoteWrite", "PassedOver", [:], Double(found.passed), in: call.caller.partition) }
    return batch
  }

  private static func add(
    _ series: WriteRequest.Series, _ handle: MetricHandle, _ latest: Int64, _ collector: inout MetricCollector, _ outcome: inout Outcome
  ) {
    series.samples { time, value in
      guard value.isFinite else { return outcome.passed += 1 }
      let second = time >= 0 ? time / 1_000 : -1
      if second > latest || !collector.add(handle, second: second, value: value) {
        outcome.refuse("a sample's time, \(time) ms since 1970, is before 1970 or more than two hours ahead")
      }
    }
  }

  /// Nil when it can not be a metric, which is then told.
  private static func key(_ series: WriteRequest.Series, _ scope: String, _ outcome: inout Outcome) -> MetricKey? {
    guard let labels = series.texts() else {
      outcome.refuse("a label is not UTF-8")
      return nil
    }
    var (namespace, name, dimensions): (String, String, [Series.Dimension]) = (Self.namespace, "", [])
    for (label, value) in labels where !value.isEmpty {
      switch label {
      case "__name__": name = value
      case "__namespace__": namespace = value
      default: dimensions.append(Dimension(name: label, value: value))
      }
    }
    let shown = name.isEmpty ? "a series without __name__" : "'\(name.prefix(80))'"
    if name.isEmpty || name.utf8.count > 255 || namespace.utf8.count > 255 {
      outcome.refuse("\(shown) needs a name and a namespace of 1 to 255 bytes")
    } else if dimensions.count > mostDimensions {
      outcome.refuse("\(shown) has \(dimensions.count) labels, and a metric \(mostDimensions) dimensions at most")
    } else if dimensions.contains(where: { $0.name.isEmpty || $0.name.utf8.count > 255 || $0.value.utf8.count > 1_024 }) {
      outcome.refuse("\(shown) has a label whose name is not 1 to 255 bytes or whose value is longer than 1,024")
    } else if Set(dimensions.map(\.name)).count < dimensions.count {
      outcome.refuse("\(shown) has a label twice")
    } else {
      if series.histograms > 0 { outcome.refuse("\(shown) is a native histogram, which is not stored") }
      return MetricKey(scope: scope, namespace: namespace, name: name, dimensions: dimensions)
    }
    return nil
  }

  private struct Outcome {
    var isRequest = false
    /// Samples that are no finite numbers.
    var passed = 0
    private var refused = 0
    private var first: String?

    mutating func refuse(_ reason: String) {
      refused += 1
      first = first ?? reason
    }

    var message: String? {
      first.map { "\(refused) series or samples were not stored, the others were: \($0)\(refused > 1 ? ", among others" : "")." }
    }
  }
}
