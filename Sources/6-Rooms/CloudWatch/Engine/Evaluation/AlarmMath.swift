import MetricMath
import Series
import ServiceKit
import Store

/// The metrics and expressions of an alarm or an anomaly detector, checked and ready to be evaluated.
struct AlarmMath: Sendable {
  let queries: [AlarmQuery]
  let plan: MetricDataPlan
  let metrics: [String: AlarmDefinition.Metric]
  /// The query whose values are judged.
  let returning: String
  /// The query that is the band they are compared with.
  let band: String?
  let period: Int
  /// The query of an alarm that judges each of its series by itself.
  let contributing: InsightsQuery?

  /// For an alarm. Throws ValidationError with AWS's sentence.
  init(_ queries: [AlarmQuery], threshold band: String?, _ partition: Partition) throws(Fault) {
    try self.init(queries, band: band, partition) { $0.alarmError(thresholdMetricId: band) }
  }

  /// For an anomaly detector. Throws ValidationError with AWS's sentence.
  init(detecting queries: [AlarmQuery], _ partition: Partition) throws(Fault) {
    try self.init(queries, band: nil, partition) { $0.anomalyDetectorError }
  }

  /// What a query needs of the queries it stands among, as a detector on it would be given.
  static func queries(for id: String, of plan: MetricDataPlan, among all: [AlarmQuery]) -> [AlarmQuery] {
    var wanted: Set<String> = [id]
    var open = [id]
    while let next = open.popLast() {
      guard let references = plan.references(next) else { continue }
      for other in references.ids where wanted.insert(other).inserted { open.append(other) }
    }
    return all.filter { wanted.contains($0.id) }.map { query in
      var query = query
      query.returnData = query.id == id
      return query
    }
  }

  private init(
    _ queries: [AlarmQuery], band: String?, _ partition: Partition, refuse: (MetricDataPlan) -> PlanFault?
  ) throws(Fault) {
    self.queries = queries
    self.band = band
    var math: [MathQuery] = []
    var metrics: [String: AlarmDefinition.Metric] = [:]
    for query in queries {
      math.append(try query.mathQuery())
      if let stat = query.metricStat { metrics[query.id] = try Self.metric(stat, query.id, partition) }
      if let account = query.accountId, account != partition.account {
        throw .broken("Metrics of other accounts are not served by Martlet: AccountId \(account) is not \(partition.account).")
      }
    }
    self.metrics = metrics
    let plan: MetricDataPlan
    do { plan = try MetricDataPlan(math) } catch { throw .broken(error.message) }
    if let fault = refuse(plan) { throw .broken(fault.message) }
    self.plan = plan
    let returning = queries.first { $0.returnsData && $0.id != band } ?? queries.first
    self.returning = returning?.id ?? ""
    let periods = Set(metrics.values.map(\.period))
    guard periods.count <= 1 else { throw .broken("All metrics of an alarm must have the same Period.") }
    let insights = plan.insights.first
    guard let period = periods.first ?? queries.first(where: { $0.id == insights?.id })?.period ?? returning?.period else {
      throw .broken("Period must be specified for an expression that uses no metric: \(self.returning).")
    }
    self.period = period
    contributing = plan.insights.first { $0.id == returning?.id && !$0.query.groups.isEmpty }?.query
  }

  private static func metric(_ stat: AlarmQuery.Stat, _ id: String, _ partition: Partition) throws(Fault) -> AlarmDefinition.Metric {
    guard let namespace = stat.metric.namespace, let name = stat.metric.metricName else {
      throw .broken("Metric Namespace and MetricName must be specified for MetricDataQuery with id: \(id).")
    }
    guard [1, 5, 10, 20, 30].contains(stat.period) || stat.period % 60 == 0 else {
      throw .broken("Period must be 1, 5, 10, 20, 30 or a multiple of 60, not \(stat.period).")
    }
    return AlarmDefinition.Metric(
      key: MetricKey(partition, namespace, name, stat.metric.dimensions), statistic: try AlarmDefinition.statistic(stat.stat),
      name: stat.stat, unit: stat.unit == "None" ? nil : stat.unit, period: stat.period)
  }
}
