import MetricMath
import Series
import ServiceKit
import Store

extension DataRun {
  /// The trained model of the anomaly detector of a query's metric or expression; nil when there is none, or it has not learned yet.
  func detectorModel(of id: String) -> AnomalyModel? {
    guard let query = queries.first(where: { $0.id == id }) else { return nil }
    if let metric = query.metric {
      return room.model(for: AnomalyTarget(metric.key, "\(metric.statistic)"), period: metric.period, in: reader.partition)
    }
    let known = queries.map(\.detectorQuery)
    let periods = needed(by: id).compactMap { needed in queries.first { $0.id == needed }?.metric?.period }
    guard let target = AnomalyTarget(of: id, plan: plan, among: known) else { return nil }
    return room.model(for: target, period: query.period ?? periods.max() ?? 300, in: reader.partition)
  }
}

extension DataQuery {
  /// As anomaly detectors keep it.
  fileprivate var detectorQuery: AlarmQuery {
    var kept = AlarmQuery(id: id, returnData: returnsData, period: period)
    switch source {
    case .metric(let metric):
      kept.metricStat = AlarmQuery.Stat(
        metric: metric.key.shape, period: metric.period, stat: "\(metric.statistic)", unit: metric.unit)
    case .expression(let text): kept.expression = text
    case .foreign: break
    }
    return kept
  }
}
