import MetricMath
import Series
import ServiceKit
import Store
import Time

/// Reads of many metrics at once.
extension MetricReader {
  /// Entries of the columns that one read of the engine makes.
  private static let most = 4_000_000
  /// Periods of a read that has an entry for each; longer ones are read metric by metric.
  private static let mostSteps = 50_000

  struct Wanted: Sendable {
    var key: MetricKey
    var statistic: MetricStatistic
    var unit: String?
  }

  /// The series of metrics over the same periods, in the order of the metrics.
  func series(of wanted: [Wanted], in window: TimeWindow, period: Int) throws(SeriesFault) -> [(series: TimeSeries, units: Int)] {
    let from = max(window.start, oldest(period))
    let steps = (window.end - from) / Int64(max(period, 1)) + 1
    guard from < window.end, steps <= Int64(Self.mostSteps) else {
      var found: [(series: TimeSeries, units: Int)] = []
      for one in wanted { found.append(try series(one.key, one.statistic, in: window, period: period, unit: one.unit)) }
      return found
    }
    let grid = MetricGrid(from: Timestamp(seconds: from), to: Timestamp(seconds: window.end), period: period)
    var found: [(series: TimeSeries, units: Int)] = []
    found.reserveCapacity(wanted.count)
    let atOnce = max(1, Self.most / Int(steps))
    var at = 0
    while at < wanted.count {
      let part = wanted[at..<min(at + atOnce, wanted.count)]
      let need = part.reduce(into: MetricNeed()) { $0.formUnion($1.statistic.need) }
      let columns = try engine.buckets(
        of: part.map(\.key), from: grid.time(0), to: Timestamp(seconds: window.end), period: period, unit: nil, need: need
      ).columns
      var of = Array(repeating: [MetricColumn](), count: part.count)
      for column in columns where of.indices.contains(column.place) { of[column.place].append(column) }
      for (place, one) in part.enumerated() {
        let units = of[place].filter { one.unit == nil || $0.unit == (one.unit == "None" ? nil : one.unit) }
        found.append((series(one, units, grid, period), units.count))
      }
      at += atOnce
    }
    return found
  }

  /// Of columns of several units the one with most samples counts, period by period.
  private func series(_ wanted: Wanted, _ columns: [MetricColumn], _ grid: MetricGrid, _ period: Int) -> TimeSeries {
    var (times, values): ([Int64], [Double]) = ([], [])
    times.reserveCapacity(grid.steps)
    values.reserveCapacity(grid.steps)
    for step in 0..<(columns.isEmpty ? 0 : grid.steps) {
      var best = 0
      for place in columns.indices.dropFirst() where columns[place].count[step] > columns[best].count[step] { best = place }
      guard let value = wanted.statistic.value(of: columns[best], step, grid), value.isFinite else { continue }
      times.append(grid.start + Int64(step) * grid.period)
      values.append(value)
    }
    return TimeSeries(label: wanted.key.name, metric: identity(wanted.key), period: period, times: times, values: values)
  }

  /// The series of a Metrics Insights query; nil in place of them when it would take too many metrics or points.
  ///
  /// - Parameter shift: by how many seconds the periods of the window have been moved back, which begin at multiples of their length.
  func series(
    selected query: InsightsQuery, period: Int, in window: TimeWindow, shift: Int64 = 0
  ) throws(SeriesFault) -> [TimeSeries]? {
    let plain = MetricGrid(
      from: Timestamp(seconds: max(window.start, oldest(period))), to: Timestamp(seconds: window.end), period: period)
    guard plain.steps > 0 else { return [] }
    let grid = MetricGrid(start: plain.start + shift, period: plain.period, steps: plain.steps)
    let account = partition.account
    var selection = selection(query)
    selection.activeSince = grid.time(0)
    let selected = engine.select(selection)
    guard selected.count <= Self.mostMetrics else { return nil }
    // Who fits, and which group each is of: told by the label that its series would get.
    var handles: [MetricHandle] = []
    var places: [Int] = []
    var known: [[String?]: Int] = [:]
    var members: [MetricIdentity] = []
    for handle in selected {
      guard let key = engine.info(of: handle)?.key else { continue }
      let identity = identity(key)
      guard query.matches(identity, localAccount: account) else { continue }
      let group = query.groups.map { Self.value(of: $0, identity) }
      let place = known[group] ?? members.count
      if place == members.count {
        known[group] = place
        members.append(identity)
      }
      handles.append(handle)
      places.append(place)
    }
    guard members.count * grid.steps <= Self.most * 5 else { return nil }
    let columns = try engine.grouped(handles, places, grid, need: query.function.needed)
    return query.evaluate(columns.lazy.map { Self.measured($0, members[$0.place], plain) }, period: period, localAccount: account)
  }

  /// What the index knows of a query.
  private func selection(_ query: InsightsQuery) -> MetricSelection {
    MetricSelection(
      scope: CloudWatch.scope(partition), namespace: query.namespace, name: query.metricName,
      dimensions: (query.schema ?? []).map { DimensionFilter(name: $0, value: nil) } + (query.condition?.certain ?? []))
  }

  /// Metrics that are looked at for a query, at most, by what it says of values alone.
  func candidates(_ query: InsightsQuery) -> Int {
    engine.candidates(
      MetricSelection(
        scope: CloudWatch.scope(partition), namespace: query.namespace, name: query.metricName, dimensions: query.condition?.certain ?? []))
  }

  private static func value(of key: InsightsQuery.LabelKey, _ metric: MetricIdentity) -> String? {
    switch key {
    case .dimension(let name): metric.value(of: name)
    case .accountId: metric.accountId
    case .tag: nil
    }
  }

  /// A group's samples as if they were of its first member.
  private static func measured(_ column: MetricColumn, _ member: MetricIdentity, _ grid: MetricGrid) -> InsightsQuery.Measured {
    func entry(_ list: [Double], _ step: Int) -> Double { list.isEmpty ? 0 : list[step] }
    let buckets = column.count.indices.compactMap { step -> InsightsQuery.Measured.Bucket? in
      guard column.count[step] > 0 else { return nil }
      return .init(
        time: grid.time(step).seconds, count: column.count[step], sum: entry(column.sum, step), min: entry(column.min, step),
        max: entry(column.max, step))
    }
    return InsightsQuery.Measured(member, buckets)
  }
}

extension InsightsQuery.Function {
  var needed: MetricNeed {
    switch self {
    case .avg, .sum: .sum
    case .count: []
    case .max: .max
    case .min: .min
    }
  }
}

extension InsightsQuery.Condition {
  /// What every metric that fits has.
  var certain: [DimensionFilter] {
    switch self {
    case .equals(.dimension(let name), let value): [DimensionFilter(name: name, value: value)]
    case .differs(.dimension(let name), _): [DimensionFilter(name: name, value: nil)]
    case .all(let conditions): conditions.flatMap(\.certain)
    default: []
    }
  }
}
