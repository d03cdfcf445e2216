import MetricMath
import Series
import ServiceKit
import Store
import Synchronization
import Time

/// Answers what expressions need besides the request's own metrics: searches, Metrics Insights queries and bands.
final class DataSource: MetricMathSource, Sendable {
  let reader: MetricReader
  /// Models by the ids of the queries they are of.
  private let models: [String: AnomalyModel]
  private struct State {
    var points = 0
    var messages: [DataResult.Message] = []
  }
  private let state = Mutex(State())

  init(_ reader: MetricReader, models: [String: AnomalyModel] = [:]) {
    self.reader = reader
    self.models = models
  }

  /// What is to be told about the request as a whole.
  var messages: [DataResult.Message] { state.withLock { $0.messages } }

  /// Throws ValidationError when the request has read more points than one may.
  func charge(_ points: Int) throws(Fault) {
    let all = state.withLock { state in
      state.points += points
      return state.points
    }
    guard all <= MetricReader.mostPoints else {
      throw .broken("The request needs more than \(MetricReader.mostPoints) data points: use a longer period or a shorter time range.")
    }
  }

  private func tell(_ code: String, _ value: String) {
    state.withLock { state in
      if !state.messages.contains(where: { $0.value == value }) { state.messages.append(DataResult.Message(code: code, value: value)) }
    }
  }

  func series(found search: MathSearch, period: Int, in window: TimeWindow) throws -> [TimeSeries] {
    let period = search.period ?? period
    let most = SearchExpression.mostSeries
    let account = reader.partition.account
    let query = search.search
    let selection = MetricSelection(
      scope: CloudWatch.scope(reader.partition), namespace: query.namespace, name: query.metricName,
      dimensions: (query.schema?.dimensions ?? []).map { DimensionFilter(name: $0, value: nil) })
    var keys = reader.metrics(selection, in: window, limit: most + 1, where: { query.matches($0, localAccount: account) })
    if keys.count > most {
      keys.removeLast()
      tell("MaxMetricsExceeded", "The maximum number of allowed metrics, \(most), has been exceeded")
    }
    let names = SeriesNames(keys)
    let wanted = keys.map { MetricReader.Wanted(key: $0, statistic: search.statistic) }
    let found = read(wanted, in: window, period: period)
    try charge(found.reduce(0) { $0 + $1.series.count })
    return zip(keys, found).map { key, one in
      var series = one.series
      series.label = names.name(key)
      return series
    }
  }

  /// What is damaged is told, and empty.
  private func read(
    _ wanted: [MetricReader.Wanted], in window: TimeWindow, period: Int
  ) -> [(series: TimeSeries, units: Int)] {
    if let found = try? reader.series(of: wanted, in: window, period: period) { return found }
    var found: [(series: TimeSeries, units: Int)] = []
    for one in wanted {
      do throws(SeriesFault) {
        found.append(try reader.series(one.key, one.statistic, in: window, period: period))
      } catch {
        tell("InternalError", "The data of \(one.key.namespace) \(one.key.name) could not be read: \(error.message)")
        found.append((TimeSeries(period: period), 1))
      }
    }
    return found
  }

  func series(selected query: InsightsQuery, period: Int, in window: TimeWindow) throws -> [TimeSeries] {
    guard let found = try reader.series(selected: query, period: period, in: window) else {
      throw Fault.broken(
        "The query needs more than \(MetricReader.mostMetrics) metrics or too many data points: name what it is to be about, or use a longer period."
      )
    }
    try charge(found.reduce(0) { $0 + $1.count })
    return found
  }

  func band(of id: String, _ series: TimeSeries, width: Double, in window: TimeWindow) throws -> AnomalyBand? {
    models[id]?.band(width: width, in: window, period: series.period, label: series.label)
  }
}

/// What tells the series of one search apart, as a legend calls them.
struct SeriesNames {
  private let namespaces: Bool
  private let metricNames: Bool
  /// Names of dimensions whose values differ, or that some lack.
  private let dimensions: [String]

  init(_ keys: [MetricKey]) {
    namespaces = Set(keys.map(\.namespace)).count > 1
    metricNames = Set(keys.map(\.name)).count > 1
    var values: [String: Set<String>] = [:]
    var counts: [String: Int] = [:]
    var order: [String] = []
    for key in keys {
      for dimension in key.dimensions {
        if values[dimension.name] == nil { order.append(dimension.name) }
        values[dimension.name, default: []].insert(dimension.value)
        counts[dimension.name, default: 0] += 1
      }
    }
    dimensions = order.filter { (values[$0]?.count ?? 0) > 1 || counts[$0] != keys.count }
  }

  /// The metric's name where nothing else tells it apart.
  func name(_ key: MetricKey) -> String {
    var parts = namespaces ? [key.namespace] : []
    parts += dimensions.compactMap { name in key.dimensions.first { $0.name == name }?.value }
    if metricNames || parts.isEmpty { parts.append(key.name) }
    return parts.joined(separator: " ")
  }
}
