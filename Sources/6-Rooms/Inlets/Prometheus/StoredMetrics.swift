import Logging
import ServiceKit
import Telemetry
import Time
import Wire

/// Stored metrics for scrapers: `GET /_martlet/metrics?namespace=...`, as text of Prometheus or OpenMetrics.
///
/// Each series has its latest whole period of the last five minutes (or two periods, when they are longer), one sample for each statistic, at
/// the instant the period begins. Parameters: `namespace` and `name` (both may come again; `*` at the end stands for all that begin so),
/// `statistic` (Average, Sum, Minimum, Maximum, SampleCount; all without), `period` (60 seconds without), `limit` (10,000 series).
struct StoredMetrics: Sendable {
  static let path = "/_martlet/metrics"
  private static let mostSeries = 10_000
  private let context: RoomContext

  init(_ context: RoomContext) { self.context = context }

  /// What a scraper asks for.
  struct Query {
    var namespaces: [String] = []
    var names: [String] = []
    var statistics = Set(PrometheusStatistic.allCases)
    var period = 60
    var limit = StoredMetrics.mostSeries
  }
  private struct WrongQuery: Error {
    var message: String
  }

  static func refuse(_ status: Int, _ message: String) -> WireResponse {
    WireResponse(status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: Array((message + "\n").utf8))
  }

  func answer(_ request: WireRequest, _ call: CallContext) async -> WireResponse {
    guard request.method == "GET" || request.method == "HEAD" else {
      return Self.refuse(405, "\(request.path) takes GET, not \(request.method).")
    }
    do {
      let query = try Self.query(request.query)
      try context.invoker.authorize("cloudwatch:GetMetricData", on: call.caller.arn("cloudwatch", "*"), by: call)
      let format = Exposition.Format(accept: request.header("accept"))
      let text = try await exposition(query, format, call)
      return WireResponse(status: 200, headers: [("content-type", format.contentType)], body: Array(text.utf8))
    } catch let wrong as WrongQuery {
      return Self.refuse(400, wrong.message)
    } catch let fault as Fault {
      return Self.refuse(fault.status, fault.message)
    } catch {
      context.log.error("stored metrics could not be read", metadata: ["request": "\(call.requestID)", "error": "\(error)"])
      return Self.refuse(503, "The metrics could not be read; the server's log has the reason under request id \(call.requestID).")
    }
  }

  private static func query(_ text: String) throws(WrongQuery) -> Query {
    var query = Query()
    var statistics: Set<PrometheusStatistic> = []
    let items = text.split(separator: "&")
    guard items.count <= 100 else { throw WrongQuery(message: "The query has more than 100 parameters.") }
    for item in items {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(pair[0])
      guard let value = try? PercentCoding.decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true) else {
        throw WrongQuery(message: "The value of '\(name)' can not be read.")
      }
      switch name {
      case "namespace": query.namespaces.append(value)
      case "name": query.names.append(value)
      case "statistic":
        guard let statistic = PrometheusStatistic(rawValue: value) else {
          throw WrongQuery(message: "statistic must be Average, Sum, Minimum, Maximum or SampleCount, not '\(value)'.")
        }
        statistics.insert(statistic)
      case "period":
        guard let period = Int(value), [1, 5, 10, 20, 30].contains(period) || (period > 0 && period % 60 == 0 && period <= 86_400) else {
          throw WrongQuery(message: "period must be 1, 5, 10, 20, 30 or a multiple of 60 up to 86400, not '\(value)'.")
        }
        query.period = period
      case "limit":
        guard let limit = Int(value), (1...mostSeries).contains(limit) else {
          throw WrongQuery(message: "limit must be 1 to \(mostSeries), not '\(value)'.")
        }
        query.limit = limit
      default: throw WrongQuery(message: "'\(name)' is no parameter: use namespace, name, statistic, period and limit.")
      }
    }
    if !statistics.isEmpty { query.statistics = statistics }
    return query
  }

  private func exposition(_ query: Query, _ format: Exposition.Format, _ call: CallContext) async throws -> String {
    guard let source = context.invoker.measured else { throw Fault.unavailable("There is no room that stores metrics.") }
    let end = call.now.seconds / Int64(query.period) * Int64(query.period)
    let page = try await source.measured(
      MeasuredQuery(
        namespaces: query.namespaces, names: query.names, from: Timestamp(seconds: end - max(300, 2 * Int64(query.period))),
        to: Timestamp(seconds: end), period: query.period, limit: query.limit), in: call.caller.partition)
    var exposition = Exposition(format)
    for series in page.series {
      guard let point = series.points.last else { continue }
      let labels = PrometheusSeries.labels(series, call.caller.partition)
      for statistic in PrometheusStatistic.allCases where query.statistics.contains(statistic) {
        exposition.gauge(
          PrometheusSeries.name(series, statistic), help: "\(statistic.rawValue) of \(series.place.namespace) \(series.place.name).",
          labels,
          statistic.value(point), at: point.start.milliseconds)
      }
    }
    exposition.gauge(
      "martlet_exposition_truncated", help: "1 when there are more series than the limit.", PrometheusLabels(), page.next == nil ? 0 : 1,
      at: nil)
    return exposition.text()
  }
}
