import MetricMath
import ServiceKit
import Store
import Time

/// What expressions are made of over a long time, read once, so that they can be evaluated over many short ranges of it.
struct MathPast: MetricMathSource {
  private let math: AlarmMath
  private let models: [String: AnomalyModel]
  private let account: String
  /// By how much the periods of the present evaluation have been moved back.
  private var shift: Int64 = 0
  private var series: [String: TimeSeries] = [:]
  /// By the text of the query.
  private var measured: [String: [InsightsQuery.Measured]] = [:]

  init(_ math: AlarmMath, _ reading: AlarmReading, from: Int64, to: Int64) throws {
    self.math = math
    models = reading.models ?? [:]
    account = reading.partition.account
    for (id, metric) in math.metrics { series[id] = try reading.series(metric, label: id, from: from, to: to) }
    let source = AlarmMathSource(reading, math)
    for (_, query) in math.plan.insights {
      // Where the first begins there is nothing to be moved.
      measured[query.text] = try source.measured(query, period: math.period, in: TimeWindow(start: from, end: to))
    }
  }

  func results(from: Int64, to: Int64) throws -> [String: [TimeSeries]] {
    var source = self
    source.shift = math.shift(from)
    let shift = source.shift
    let part = series.mapValues { $0.part(from: from, to: to).moved(by: -shift) }
    return try math.plan.evaluate(
      part, in: TimeWindow(start: from - shift, end: to - shift), period: math.period, from: source
    ).mapValues { $0.map { $0.moved(by: shift) } }
  }

  func series(found search: MathSearch, period: Int, in window: TimeWindow) throws -> [TimeSeries] { [] }

  func series(selected query: InsightsQuery, period: Int, in window: TimeWindow) throws -> [TimeSeries] {
    let part = (measured[query.text] ?? []).compactMap { one -> InsightsQuery.Measured? in
      let buckets = one.buckets.filter { window.contains($0.time - shift) }.map { bucket in
        var moved = bucket
        moved.time -= shift
        return moved
      }
      return buckets.isEmpty ? nil : InsightsQuery.Measured(one.metric, tags: one.tags, buckets)
    }
    return query.evaluate(part, period: period, localAccount: account)
  }

  func band(of id: String, _ series: TimeSeries, width: Double, in window: TimeWindow) throws -> AnomalyBand? {
    models[id]?.band(width: width, in: window, period: series.period, label: series.label)
  }
}

extension TimeSeries {
  /// The points from an instant, inclusive, to another, exclusive.
  fileprivate func part(from: Int64, to: Int64) -> TimeSeries {
    func place(_ time: Int64) -> Int {
      var (low, high) = (0, times.count)
      while low < high {
        let middle = (low + high) / 2
        if times[middle] < time { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let range = place(from)..<max(place(from), place(to))
    return TimeSeries(label: label, metric: metric, period: period, times: Array(times[range]), values: Array(values[range]))
  }
}
