extension InsightsQuery {
  /// What was measured of one metric, period by period.
  public struct Measured: Sendable {
    public struct Bucket: Hashable, Sendable {
      /// When the period begins, in seconds since 1970.
      public var time: Int64
      public var count: Double
      public var sum: Double
      public var min: Double
      public var max: Double

      public init(time: Int64, count: Double, sum: Double, min: Double, max: Double) {
        self.time = time
        self.count = count
        self.sum = sum
        self.min = min
        self.max = max
      }
    }

    public var metric: MetricIdentity
    /// Of the resource that the metric is of.
    public var tags: [String: String]
    public var buckets: [Bucket]

    public init(_ metric: MetricIdentity, tags: [String: String] = [:], _ buckets: [Bucket]) {
      self.metric = metric
      self.tags = tags
      self.buckets = buckets
    }
  }

  /// What stands for a label that a metric does not have.
  public static let other = "Other"

  /// The series of the query in its order; of those that match among the metrics given.
  ///
  /// Without GROUP BY it is one series (none when nothing matches). With it a series is labelled with the values of its group, a space
  /// between them, and they are in alphabetical order unless the query has another.
  public func evaluate(_ measured: some Sequence<Measured>, period: Int, localAccount: String? = nil) -> [TimeSeries] {
    var gathered: [[String]: GroupBuckets] = [:]
    for one in measured where matches(one.metric, tags: one.tags, localAccount: localAccount) {
      let group = groups.map { $0.value(one.metric, one.tags) ?? Self.other }
      // Taken out while it is added to, so that the group is looked up once for a series.
      var buckets = gathered.removeValue(forKey: group) ?? GroupBuckets()
      buckets.begin()
      for bucket in one.buckets where bucket.count > 0 { buckets.add(bucket) }
      if !buckets.list.isEmpty { gathered[group] = buckets }
    }
    let series = gathered.sorted { $0.key.isOrdered(before: $1.key) }.map { group, buckets in
      TimeSeries(
        label: groups.isEmpty ? metricName : group.joined(separator: " "), period: period, times: buckets.list.map(\.time),
        values: buckets.list.map { $0.value(function) })
    }
    return Array(ordered(series).prefix(limit ?? Self.mostSeries))
  }

  private func ordered(_ series: [TimeSeries]) -> [TimeSeries] {
    guard let order else { return series }
    let keyed = series.enumerated().map { (key: $0.element.key(order.function), position: $0.offset, series: $0.element) }
    return keyed.sorted { left, right in
      if left.key == right.key { return left.position < right.position }
      return order.isDescending ? left.key > right.key : left.key < right.key
    }.map(\.series)
  }
}

/// What was measured of a group, in the order of time. Series mostly have their buckets in that order and those of a group the same times,
/// so the next bucket is looked for behind the last.
private struct GroupBuckets {
  private(set) var list: [InsightsQuery.Measured.Bucket] = []
  private var next = 0

  /// Begins with the buckets of another series.
  mutating func begin() { next = 0 }

  mutating func add(_ bucket: InsightsQuery.Measured.Bucket) {
    if next >= list.count || list[next].time != bucket.time { next = place(bucket.time) }
    if next < list.count, list[next].time == bucket.time { list[next].add(bucket) } else { list.insert(bucket, at: next) }
    next += 1
  }

  /// The first bucket that does not begin before.
  private func place(_ time: Int64) -> Int {
    if list.last.map({ $0.time < time }) ?? true { return list.count }
    var (low, high) = (0, list.count)
    while low < high {
      let middle = (low + high) / 2
      if list[middle].time < time { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension InsightsQuery.Measured.Bucket {
  fileprivate mutating func add(_ other: Self) {
    count += other.count
    sum += other.sum
    min = Swift.min(min, other.min)
    max = Swift.max(max, other.max)
  }

  fileprivate func value(_ function: InsightsQuery.Function) -> Double {
    switch function {
    case .avg: sum / count
    case .count: count
    case .max: max
    case .min: min
    case .sum: sum
    }
  }
}

extension TimeSeries {
  /// The number that a series is ordered by: of its points.
  fileprivate func key(_ function: InsightsQuery.Function) -> Double {
    let function: MathFunction =
      switch function {
      case .avg: .avg
      case .count: .datapointCount
      case .max: .max
      case .min: .min
      case .sum: .sum
      }
    return reduced(function) ?? 0
  }
}

extension [String] {
  /// Alphabetical order, the first part that differs decides.
  fileprivate func isOrdered(before other: [String]) -> Bool {
    for (left, right) in zip(self, other) where left != right { return left < right }
    return count < other.count
  }
}
