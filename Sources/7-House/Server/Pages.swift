import JSON
import ServiceKit
import Time
import Wire

/// What is served below `/_martlet/`, and where a browser is sent.
struct Pages: Sendable {
  let version: String
  let started: Timestamp
  let clock: any WallClock
  let invoker: Invoker
  let measurements: Measurements
  let jobs: JobCredentials
  let faults: @Sendable () -> [String]

  /// Leads the paths of operations beyond AWS's, which are calls and no pages.
  static let api = "/_martlet/api/"

  /// The answer to a request for one of these pages; nil for every other request.
  func answer(_ request: WireRequest, _ requestID: String) async -> WireResponse? {
    guard !request.path.hasPrefix(Self.api) else { return nil }
    guard request.path.hasPrefix("/_martlet/") || (request.path == "/" && request.method == "GET" && request.query.isEmpty) else {
      return nil
    }
    switch (request.method, request.path) {
    case ("GET", "/"):
      return WireResponse(status: 302, headers: [("location", "/_martlet/health")])
    case ("GET", "/_martlet/health"), ("HEAD", "/_martlet/health"):
      let services = JSONValue.array(invoker.services.map { .string($0.id) })
      // It serves whatever is there; what it could not read, somebody should look at.
      let faults = faults()
      let health: JSONValue = [
        "status": faults.isEmpty ? "ok" : "degraded", "faults": .array(faults.map { .string($0) }), "version": .string(version),
        "uptime_seconds": .double((clock.now() - started).secondsAsDouble),
        "services": services,
      ]
      return WireResponse(status: 200, headers: [("content-type", "application/json")], body: health.bytes)
    case ("GET", "/_martlet/metrics"):
      return WireResponse(
        status: 200, headers: [("content-type", "text/plain; version=0.0.4; charset=utf-8")], body: Array(measurements.exposition().utf8))
    case ("GET", "/_martlet/credentials"):
      return await jobs.answer(request)
    default:
      let message: JSONValue = ["message": .string("There is no page \(request.path).")]
      return WireResponse(status: 404, headers: [("content-type", "application/json")], body: message.bytes)
    }
  }
}
