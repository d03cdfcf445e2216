import Synchronization
import Time

extension MetricEngine {
  /// Series of a scope in the order of their keys.
  ///
  /// - Parameters:
  ///   - dimensions: all must be there; the series may have more.
  ///   - activeSince: leaves out series whose latest sample is older.
  ///   - after: begins behind this key.
  package func series(
    scope: String, namespace: String?, name: String?, dimensions: [DimensionFilter], activeSince: Timestamp?, after: MetricKey?, limit: Int
  ) -> [SeriesInfo] {
    state.withLock { state in
      let keys = state.sorted ?? state.units.keys.sorted()
      state.sorted = keys
      let least = MetricKey(scope: scope, namespace: namespace ?? "", name: namespace == nil ? "" : name ?? "", dimensions: [])
      var found: [SeriesInfo] = []
      var place = Self.place(keys, of: least)
      if let after { place = max(place, Self.place(keys, of: after)) }
      while place < keys.count, found.count < limit {
        let key = keys[place]
        place += 1
        guard key.scope == scope else { break }
        if let after, key == after { continue }
        if let namespace, key.namespace != namespace { break }
        if let name, key.name != name { continue }
        let fits = dimensions.allSatisfy { filter in
          key.dimensions.contains { $0.name == filter.name && (filter.value == nil || filter.value == $0.value) }
        }
        guard fits, let info = Self.info(key, state), activeSince.map({ info.last.seconds >= $0.seconds }) ?? true else { continue }
        found.append(info)
      }
      return found
    }
  }

  /// The first place whose key is not below.
  private static func place(_ keys: [MetricKey], of key: MetricKey) -> Int {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func info(_ key: MetricKey, _ state: State) -> SeriesInfo? {
    let all = (state.units[key] ?? []).compactMap { state.series[$0] }.filter { $0.first <= $0.last }
    guard let latest = all.max(by: { $0.last < $1.last }), let first = all.map(\.first).min() else { return nil }
    return SeriesInfo(key: key, unit: latest.identity.unit, first: Timestamp(seconds: first), last: Timestamp(seconds: latest.last))
  }

  /// What was measured in each period that has samples, in the order of time.
  ///
  /// Periods begin at multiples of their length since 1970. Samples of different units are never summed up together: without a unit
  /// a period has a bucket for each.
  /// - Parameters:
  ///   - from: in the first period.
  ///   - to: periods that begin here or later are left out.
  ///   - period: seconds.
  package func buckets(
    _ key: MetricKey, from: Timestamp, to: Timestamp, period: Int, unit: String?
  ) throws(SeriesFault) -> [MetricBucket] {
    let length = Int64(max(period, 1))
    let low = MetricTime.floor(max(from.seconds, -1 << 40), length)
    let high = to.microseconds > to.seconds &* 1_000_000 ? to.seconds + 1 : to.seconds
    for _ in 0..<8 {
      if let found = try gather(key, low, high, length, unit) { return found }
    }
    throw SeriesFault("The samples were moved again and again while they were read.")
  }

  /// Nil when a file went away meanwhile.
  private func gather(_ key: MetricKey, _ low: Int64, _ high: Int64, _ length: Int64, _ unit: String?) throws(SeriesFault)
    -> [MetricBucket]?
  {
    let (series, columns, blocks) = state.withLock { state in
      let series = (state.units[key] ?? []).compactMap { number in
        state.series[number].flatMap { unit == nil || $0.identity.unit == unit ? (number, $0.identity.unit) : nil }
      }
      let columns = series.map { entry in [state.fresh[entry.0] ?? []] + state.moving.map { $0.points[entry.0] ?? [] } }
      return (series, columns, state.blocks)
    }
    var result: [MetricBucket] = []
    for (place, (number, unit)) in series.enumerated() {
      var sums: [Int64: MetricAggregate] = [:]
      for column in columns[place] {
        for point in column {
          let start = MetricTime.floor(point.second, length)
          if start >= low, start < high { sums[start, default: MetricAggregate()].add(point) }
        }
      }
      for block in blocks {
        let first = Int64(block.day) * MetricTime.day
        // The last period that begins before the end may reach into the next day.
        guard first + MetricTime.day > low, MetricTime.floor(first, length) < high else { continue }
        guard let (file, index) = try cache.open(block) else { return nil }
        guard let entry = index.place(number) else { continue }
        try index.read(file, at: entry) { second, _, aggregate in
          let start = MetricTime.floor(second, length)
          if start >= low, start < high { sums[start, default: MetricAggregate()].merge(aggregate) }
        }
      }
      result += sums.map { Self.bucket($0.key, $0.value, unit) }
    }
    return result.sorted { $0.start != $1.start ? $0.start < $1.start : ($0.unit ?? "") < ($1.unit ?? "") }
  }

  private static func bucket(_ start: Int64, _ sum: MetricAggregate, _ unit: String?) -> MetricBucket {
    MetricBucket(
      start: Timestamp(seconds: start), count: sum.count, sum: sum.sum, min: sum.min, max: sum.max, unit: unit, sketch: sum.sketch)
  }
}
