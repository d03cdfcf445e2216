import Synchronization
import Time

/// Finding series.
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
    let selection = MetricSelection(scope: scope, namespace: namespace, name: name, dimensions: dimensions, activeSince: activeSince)
    return table.withLock { table in
      guard let wanted = table.wanted(selection), limit > 0 else { return [] }
      table.sort()
      let candidates = table.candidates(wanted)
      var found: [SeriesInfo] = []
      // A short list is sorted; a long one is met in the order of all keys.
      if candidates.count < 1_000 || candidates.count < table.sorted.count / 16 {
        let fitting = candidates.filter { number in table.fits(number, wanted) && (after.map { table.compare(number, $0) > 0 } ?? true) }
        for number in fitting.sorted(by: { table.compare($0, $1) < 0 }) where found.count < limit {
          if let info = info(number, activeSince, table) { found.append(info) }
        }
        return found
      }
      let least = MetricKey(scope: scope, namespace: namespace ?? "", name: namespace == nil ? "" : name ?? "", dimensions: [])
      var place = Self.place(table, of: least, isAfter: false)
      if let after { place = max(place, Self.place(table, of: after, isAfter: true)) }
      while place < table.sorted.count, found.count < limit {
        let number = table.sorted[place]
        place += 1
        let group = table.group(number)
        guard group.scope == wanted.scope else { break }
        if let namespace = wanted.namespace, group.namespace != namespace { break }
        if table.fits(number, wanted), let info = info(number, activeSince, table) { found.append(info) }
      }
      return found
    }
  }

  /// The first place whose key is not below, or is above.
  private static func place(_ table: borrowing SeriesTable, of key: MetricKey, isAfter: Bool) -> Int {
    var (low, high) = (0, table.sorted.count)
    while low < high {
      let middle = (low + high) / 2
      let order = table.compare(table.sorted[middle], key)
      if order < 0 || (isAfter && order == 0) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Of all units of a key.
  private func info(_ first: UInt32, _ activeSince: Timestamp?, _ table: borrowing SeriesTable) -> SeriesInfo? {
    let numbers = table.siblings(first)
    let seen = state.withLock { state in numbers.map { Int($0) < state.seen.count ? state.seen[Int($0)] : Seen() } }
    let known = zip(numbers, seen).filter { !$0.1.isNone }
    guard let latest = known.max(by: { $0.1.last < $1.1.last }), let earliest = known.map(\.1.first).min() else { return nil }
    let last = Timestamp(seconds: Int64(latest.1.last))
    if let activeSince, last.seconds < activeSince.seconds { return nil }
    guard let identity = table.identity(latest.0) else { return nil }
    return SeriesInfo(key: identity.key, unit: identity.unit, first: Timestamp(seconds: Int64(earliest)), last: last)
  }

  /// Series that fit, in the order of their numbers.
  package func select(_ selection: MetricSelection) -> [MetricHandle] {
    table.withLock { table in
      guard let wanted = table.wanted(selection) else { return [] }
      let fitting = table.candidates(wanted).filter { table.fits($0, wanted) }.flatMap { table.siblings($0) }
      let since = UInt32(clamping: selection.activeSince?.seconds ?? 0)
      return state.withLock { state in
        fitting.filter { Int($0) < state.seen.count && !state.seen[Int($0)].isNone && state.seen[Int($0)].last >= since }
      }.sorted().map { MetricHandle(number: $0) }
    }
  }

  /// Keys that `select` looks at: rather more than fit.
  package func candidates(_ selection: MetricSelection) -> Int {
    table.withLock { table in table.wanted(selection).map { table.candidates($0).count } ?? 0 }
  }

  /// The series of a key, one for each unit; none for a key without samples.
  package func handles(of key: MetricKey) -> [MetricHandle] {
    table.withLock { table in table.numbers(of: key).map { MetricHandle(number: $0) } }
  }

  /// Nil for what is no series of this engine.
  package func info(of handle: MetricHandle) -> SeriesInfo? {
    guard let identity = table.withLock({ $0.identity(handle.number) }) else { return nil }
    let seen = state.withLock { Int(handle.number) < $0.seen.count ? $0.seen[Int(handle.number)] : Seen() }
    return SeriesInfo(
      key: identity.key, unit: identity.unit, first: Timestamp(seconds: Int64(seen.first)), last: Timestamp(seconds: Int64(seen.last)))
  }

  /// The keys of series, in their order; what is no series of this engine is left out.
  package func keys(of handles: [MetricHandle]) -> [MetricKey] {
    table.withLock { table in handles.compactMap { table.identity($0.number)?.key } }
  }

  /// Puts series together by the values of dimensions, as GROUP BY does; groups are in the order they are met.
  package func groups(of handles: [MetricHandle], by dimensions: [String]) -> MetricGroups {
    table.withLock { table in
      let names = dimensions.map { table.symbols.find($0) }
      var known: [[UInt32]: Int] = [:]
      var (values, places): ([[UInt32]], [Int]) = ([], [])
      places.reserveCapacity(handles.count)
      for handle in handles {
        let own = names.map { name in name.flatMap { table.value(handle.number, of: $0) } ?? 0 }
        let place = known[own] ?? values.count
        if place == values.count {
          known[own] = place
          values.append(own)
        }
        places.append(place)
      }
      return MetricGroups(values: values.map { $0.map { table.symbols.text($0) } }, places: places)
    }
  }

  /// Which series got samples since the last look; nil for the first look, which tells none. Costs nothing while nothing comes in.
  package func changes(since token: MetricChangeToken?) -> MetricChanges {
    state.withLock { $0.changes.since(token) }
  }
}
