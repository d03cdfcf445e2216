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

  /// Whether the answer takes a fraction of a millisecond, as far as can be told before it is read.
  var isBrief: Bool {
    guard queries.count <= 8, plan.bands.isEmpty, plan.searches.isEmpty else { return false }
    let seconds = min(max(0, window.end - window.start), 1 << 32)
    var (samples, points): (Int64, Int64) = (0, 0)
    func add(_ series: Int, _ period: Int?) {
      // Jobs are measured every few seconds; a finer metric is kept for some hours.
      samples += Int64(series) * (seconds / 10)
      points += seconds / Int64(max(period ?? 60, 1))
    }
    for query in queries { if let metric = query.metric { add(1, metric.period) } }
    for (id, query) in plan.insights { add(reader.candidates(query), queries.first { $0.id == id }?.period) }
    return samples <= 20_000 && points <= 2_000
  }

  struct Answer: Sendable {
    /// In the order of the queries; those of one query in its own order.
    var results: [DataResult]
    var messages: [DataResult.Message]
  }

  /// Throws Fault.
  func answer() async throws -> Answer {
    let models = try BandModels(run: self).models()
    let source = DataSource(reader, models: models)
    var read = Read()
    for query in queries {
      guard case .foreign(let account, _) = query.source else { continue }
      read.forbidden.insert(query.id)
      read.messages[query.id] = [.init(code: "Forbidden", value: "The account \(account) is not linked to this account.")]
    }
    let metrics = queries.compactMap { query in query.metric.map { (query.id, $0) } }
    for (period, wanted) in Dictionary(grouping: metrics, by: \.1.period).sorted(by: { $0.key < $1.key }) {
      try self.read(wanted, period, &read, source)
    }
    let values = try evaluate(read.series, source)
    return Answer(results: results(values, read), messages: source.messages)
  }

  /// What the metrics of the queries yielded.
  private struct Read {
    var series: [String: TimeSeries] = [:]
    var messages: [String: [DataResult.Message]] = [:]
    /// Why the data of a query could not be read.
    var failed: [String: String] = [:]
    var forbidden: Set<String> = []
  }

  private func read(_ wanted: [(id: String, metric: DataQuery.Metric)], _ period: Int, _ read: inout Read, _ source: DataSource)
    throws(Fault)
  {
    let found: [(series: TimeSeries, units: Int)]
    do throws(SeriesFault) {
      if isWhole {
        var whole: [(series: TimeSeries, units: Int)] = []
        for one in wanted { whole.append((try reader.whole(one.metric, in: window), 1)) }
        found = whole
      } else {
        found = try reader.series(
          of: wanted.map { MetricReader.Wanted(key: $0.metric.key, statistic: $0.metric.statistic, unit: $0.metric.unit) }, in: window,
          period: period)
      }
    } catch {
      // Something is damaged: each by itself, so that only those fail whose data it is.
      if wanted.count > 1 {
        for one in wanted { try self.read([one], period, &read, source) }
      } else {
        for one in wanted { read.failed[one.id] = error.message }
      }
      return
    }
    for (one, result) in zip(wanted, found) {
      try source.charge(result.series.count)
      read.series[one.id] = result.series
      guard result.units > 1 else { continue }
      read.messages[one.id] = [
        .init(
          code: "MultipleUnits",
          value: "The metric has samples of \(result.units) units: name one, or the most frequent of each period counts.")
      ]
    }
  }

  private func evaluate(_ series: [String: TimeSeries], _ source: DataSource) throws -> [String: [TimeSeries]] {
    do { return try plan.evaluate(series, in: window, from: source) } catch let fault as PlanFault { throw Fault.refused(fault) } catch let
      fault as SeriesFault
    { throw Fault.unavailable(fault.message) }
  }

  private func results(_ values: [String: [TimeSeries]], _ read: Read) -> [DataResult] {
    var results: [DataResult] = []
    for query in queries where query.returnsData {
      var status = DataResult.Status.complete
      var messages = read.messages[query.id] ?? []
      if read.forbidden.contains(query.id) { status = .forbidden }
      for id in needed(by: query.id) {
        guard let reason = read.failed[id] else { continue }
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
