import MetricMath
import Series
import ServiceKit
import Time

/// Answers queries for metric data over a window: reads, computes, names.
struct DataRun: Sendable {
  let room: CloudWatch
  let reader: MetricReader
  let queries: [DataQuery]
  let plan: MetricDataPlan
  let window: TimeWindow
  /// Seconds ahead of UTC of times in labels.
  var offset = 0
  /// Whether each metric is one value, of the whole window.
  var isWhole = false

  /// Throws ValidationError for queries that can not be evaluated.
  init(_ queries: [DataQuery], in window: TimeWindow, _ reader: MetricReader, _ room: CloudWatch, offset: Int = 0) throws(Fault) {
    self.room = room
    self.reader = reader
    self.queries = queries
    self.window = window
    self.offset = offset
    do { plan = try MetricDataPlan(queries.map(\.math)) } catch { throw .refused(error) }
  }

  struct Answer: Sendable {
    /// In the order of the queries; those of one query in its own order.
    var results: [DataResult]
    var messages: [DataResult.Message]
  }

  /// Throws Fault.
  func answer() async throws -> Answer {
    let models = try await BandModels(run: self).models()
    let source = DataSource(reader, models: models)
    var series: [String: TimeSeries] = [:]
    var (failed, told, forbidden): ([String: String], [String: [DataResult.Message]], Set<String>) = ([:], [:], [])
    for query in queries {
      switch query.source {
      case .expression: continue
      case .foreign(let account, _):
        forbidden.insert(query.id)
        told[query.id] = [.init(code: "Forbidden", value: "The account \(account) is not linked to this account.")]
      case .metric(let metric):
        do {
          let (found, units) =
            isWhole
            ? (try reader.whole(metric, in: window), 1)
            : try reader.series(metric.key, metric.statistic, in: window, period: metric.period, unit: metric.unit)
          try source.charge(found.count)
          series[query.id] = found
          if units > 1 {
            told[query.id] = [
              .init(
                code: "MultipleUnits",
                value: "The metric has samples of \(units) units: name one, or the most frequent of each period counts.")
            ]
          }
        } catch let error as SeriesFault {
          failed[query.id] = error.message
        }
      }
    }
    let values = try evaluate(series, source)
    return Answer(results: results(values, failed, told, forbidden), messages: source.messages)
  }

  private func evaluate(_ series: [String: TimeSeries], _ source: DataSource) throws -> [String: [TimeSeries]] {
    do { return try plan.evaluate(series, in: window, from: source) } catch let fault as PlanFault { throw Fault.refused(fault) } catch let
      fault as SeriesFault
    { throw Fault.unavailable(fault.message) }
  }

  private func results(
    _ values: [String: [TimeSeries]], _ failed: [String: String], _ told: [String: [DataResult.Message]], _ forbidden: Set<String>
  ) -> [DataResult] {
    var results: [DataResult] = []
    for query in queries where query.returnsData {
      var status = DataResult.Status.complete
      var messages = told[query.id] ?? []
      if forbidden.contains(query.id) { status = .forbidden }
      for id in needed(by: query.id) {
        guard let reason = failed[id] else { continue }
        status = .internalError
        messages.append(.init(code: "InternalError", value: "The data of '\(id)' could not be read: \(reason)"))
      }
      let isMany = plan.types[query.id] == .array
      let all = values[query.id] ?? []
      if all.isEmpty {
        results.append(
          DataResult(id: query.id, label: "", series: TimeSeries(period: query.period ?? 300), status: status, messages: messages))
        results[results.count - 1].label = label(query, results[results.count - 1].series, isMany: false)
      }
      for series in all {
        results.append(
          DataResult(
            id: query.id, label: label(query, series, isMany: isMany), series: series, status: status, messages: messages))
      }
    }
    return results
  }

  /// The ids that a query is made of, its own among them.
  func needed(by id: String) -> Set<String> {
    var found: Set<String> = [id]
    var open = [id]
    while let next = open.popLast() {
      for id in plan.references(next)?.ids ?? [] where found.insert(id).inserted { open.append(id) }
    }
    return found
  }

  private func label(_ query: DataQuery, _ series: TimeSeries, isMany: Bool) -> String {
    let own = series.label.isEmpty ? (query.metric?.key.name ?? query.id) : series.label
    guard let label = query.label else { return own }
    let context = DynamicLabel.Context(
      label: own, statistic: query.metric.map { "\($0.statistic)" } ?? "", now: reader.now.seconds, offset: offset)
    return isMany ? label.render(series, ofMany: context) : label.render(series, context)
  }
}
