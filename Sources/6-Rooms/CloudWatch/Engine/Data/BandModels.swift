import MetricMath
import Series
import ServiceKit
import Time

/// The models of the bands that a request draws: those of the anomaly detectors, else one trained for this answer from what was
/// measured in the two weeks before the end of the window.
struct BandModels: Sendable {
  let run: DataRun
  /// Source: Amazon CloudWatch User Guide, "Using CloudWatch anomaly detection".
  private static let trained: Int64 = 14 * 86_400

  func models() throws -> [String: AnomalyModel] {
    var models: [String: AnomalyModel] = [:]
    for id in run.plan.bands {
      if let kept = run.detectorModel(of: id) {
        models[id] = kept
      } else if let history = try history(of: id) {
        models[id] = AnomalyModel.train(history)
      }
    }
    return models
  }

  private func history(of id: String) throws -> TimeSeries? {
    let end = min(run.window.end, run.reader.now.seconds)
    let window = TimeWindow(start: end - Self.trained, end: end)
    let needed = run.needed(by: id)
    let queries = run.queries.filter { needed.contains($0.id) }
    // Minutes are fine enough to train with, and a bounded number.
    let coarse = queries.map { query -> DataQuery in
      var query = query
      if case .metric(var metric) = query.source {
        metric.period = max(metric.period, 60)
        query.source = .metric(metric)
      }
      query.period = query.period.map { max($0, 60) }
      query.returnsData = query.id == id
      return query
    }
    let source = DataSource(run.reader)
    var series: [String: TimeSeries] = [:]
    for query in coarse {
      guard let metric = query.metric else { continue }
      do {
        let found = try run.reader.series(metric.key, metric.statistic, in: window, period: metric.period, unit: metric.unit).series
        try source.charge(found.count)
        series[query.id] = found
      } catch let fault as SeriesFault { throw Fault.unavailable(fault.message) }
    }
    if let only = coarse.first, coarse.count == 1, only.metric != nil { return series[only.id] }
    do {
      return try MetricDataPlan(coarse.map(\.math)).evaluate(series, in: window, from: source)[id]?.first
    } catch let fault as PlanFault { throw Fault.refused(fault) }
  }
}
