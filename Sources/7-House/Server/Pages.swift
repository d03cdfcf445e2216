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
  let health: StoreHealth
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
    await Task.yield()
    switch (request.method, request.path) {
    case ("GET", "/"):
      return WireResponse(status: 302, headers: [("location", "/_martlet/health")])
    case ("GET", "/_martlet/health"), ("HEAD", "/_martlet/health"):
      return await answerHealth()
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

  /// 200 while every store can be written to, else 503 and which of them can not. Reading goes on meanwhile.
  private func answerHealth() async -> WireResponse {
    let stores = await health.faults()
    // It serves whatever is there; what it could not read, somebody should look at.
    let faults = faults()
    var document: JSONObject = ["status": .string(!stores.isEmpty ? "unwritable" : faults.isEmpty ? "ok" : "degraded")]
    if !stores.isEmpty { document["stores"] = .array(stores.map { ["name": .string($0.store), "reason": .string($0.reason)] }) }
    document["faults"] = .array(faults.map { .string($0) })
    document["version"] = .string(version)
    document["uptime_seconds"] = .double((clock.now() - started).secondsAsDouble)
    document["services"] = .array(invoker.services.map { .string($0.id) })
    return WireResponse(
      status: stores.isEmpty ? 200 : 503, headers: [("content-type", "application/json")], body: JSONValue.object(document).bytes)
  }
}
