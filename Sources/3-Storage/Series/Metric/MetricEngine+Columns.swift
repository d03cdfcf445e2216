import Dispatch
import Synchronization
import Time

/// Reads of many series at once, and finding them.
extension MetricEngine {
  /// Series that fit, in the order of their numbers.
  package func select(_ selection: MetricSelection) -> [MetricHandle] {
    state.withLock { state in
      state.series.filter { number, series in
        let key = series.identity.key
        guard key.scope == selection.scope, selection.namespace.map({ $0 == key.namespace }) ?? true,
          selection.name.map({ $0 == key.name }) ?? true, !selection.isExact || key.dimensions.count == selection.dimensions.count,
          series.first <= series.last, selection.activeSince.map({ series.last >= $0.seconds }) ?? true
        else { return false }
        return selection.dimensions.allSatisfy { filter in
          key.dimensions.contains { $0.name == filter.name && (filter.value == nil || filter.value == $0.value) }
        }
      }.map { MetricHandle(number: $0.key) }.sorted()
    }
  }

  /// The series of a key, one for each unit; none for a key without samples.
  package func handles(of key: MetricKey) -> [MetricHandle] {
    state.withLock { ($0.units[key] ?? []).map { MetricHandle(number: $0) } }
  }

  /// Nil for what is no series of this engine.
  package func info(of handle: MetricHandle) -> SeriesInfo? {
    state.withLock { state in
      state.series[handle.number].map {
        SeriesInfo(key: $0.identity.key, unit: $0.identity.unit, first: Timestamp(seconds: $0.first), last: Timestamp(seconds: $0.last))
      }
    }
  }

  /// The keys of series, in their order; what is no series of this engine is left out.
  package func keys(of handles: [MetricHandle]) -> [MetricKey] {
    state.withLock { state in handles.compactMap { state.series[$0.number]?.identity.key } }
  }

  /// Puts series together by the values of dimensions, as GROUP BY does; groups are in the order they are met.
  package func groups(of handles: [MetricHandle], by dimensions: [String]) -> MetricGroups {
    var known: [[String]: Int] = [:]
    var (values, places): ([[String]], [Int]) = ([], [])
    state.withLock { state in
      for handle in handles {
        let key = state.series[handle.number]?.identity.key
        let own = dimensions.map { name in key?.dimensions.first { $0.name == name }?.value ?? "" }
        let place = known[own] ?? values.count
        if place == values.count {
          known[own] = place
          values.append(own)
        }
        places.append(place)
      }
    }
    return MetricGroups(values: values, places: places)
  }

  /// Shows each series over the periods of the grid. Not in order, and on several threads at once; `place` tells which series it is.
  /// Series without samples in the grid are left out.
  package func read(
    _ handles: [MetricHandle], _ grid: MetricGrid, need: MetricNeed, _ body: @Sendable (MetricColumn) -> Void
  ) throws(SeriesFault) {
    for (place, handle) in handles.enumerated() {
      guard let info = info(of: handle) else { continue }
      var column = MetricColumn(place: place, unit: info.unit, steps: grid.steps, need: need)
      let found = try buckets(
        info.key, from: grid.time(0), to: grid.time(grid.steps), period: Int(grid.period), unit: info.unit)
      for bucket in found where bucket.unit == info.unit {
        let step = Int((bucket.start.seconds - grid.start) / grid.period)
        guard step >= 0, step < grid.steps else { continue }
        column.count[step] = bucket.count
        if need.contains(.sum) { column.sum[step] = bucket.sum }
        if need.contains(.min) { column.min[step] = bucket.min }
        if need.contains(.max) { column.max[step] = bucket.max }
        if need.contains(.sketch) { column.sketches[step] = bucket.sketch }
      }
      if column.hasSamples { body(column) }
    }
  }

  /// Many series over the same periods, in the order of the keys; a key has a column for each unit that it has samples of in the grid,
  /// so none without samples. `place` tells which key it is.
  package func buckets(
    of keys: [MetricKey], from: Timestamp, to: Timestamp, period: Int, unit: String?, need: MetricNeed
  ) throws(SeriesFault) -> (grid: MetricGrid, columns: [MetricColumn]) {
    let grid = MetricGrid(from: from, to: to, period: period)
    var (handles, places): ([MetricHandle], [Int]) = ([], [])
    for (place, key) in keys.enumerated() {
      for handle in self.handles(of: key) where unit == nil || info(of: handle)?.unit == unit {
        handles.append(handle)
        places.append(place)
      }
    }
    let found = Mutex<[MetricColumn]>([])
    try read(handles, grid, need: need) { column in found.withLock { $0.append(column) } }
    let columns = found.withLock { $0 }.sorted { $0.place < $1.place }.map { MetricColumn($0, place: places[$0.place]) }
    return (grid, columns)
  }

  /// Series put together: each group's samples as if they were of one series. Groups without samples are left out, the others come in
  /// order.
  package func grouped(
    _ handles: [MetricHandle], _ groups: [Int], _ grid: MetricGrid, need: MetricNeed
  ) throws(SeriesFault) -> [MetricColumn] {
    let sums = Mutex<[Int: MetricColumn]>([:])
    try read(handles, grid, need: need) { column in
      guard groups.indices.contains(column.place) else { return }
      let group = groups[column.place]
      sums.withLock { sums in
        if sums[group] == nil { sums[group] = MetricColumn(column, place: group) } else { sums[group]?.merge(column) }
      }
    }
    return sums.withLock { $0.values.sorted { $0.place < $1.place } }
  }

  /// Which series got samples since the last look; nil for the first look, which tells none. Costs nothing while nothing comes in.
  package func changes(since token: MetricChangeToken?) -> MetricChanges {
    state.withLock { $0.changes.since(token) }
  }
}

extension MetricColumn {
  init(_ other: MetricColumn, place: Int) {
    (self.place, unit) = (place, other.unit)
    (count, sum, min, max, sketches) = (other.count, other.sum, other.min, other.max, other.sketches)
  }

  mutating func merge(_ other: MetricColumn) {
    for step in count.indices where other.count[step] > 0 {
      count[step] += other.count[step]
      if !sum.isEmpty { sum[step] += other.sum[step] }
      if !min.isEmpty { min[step] = Swift.min(min[step], other.min[step]) }
      if !max.isEmpty { max[step] = Swift.max(max[step], other.max[step]) }
      if !sketches.isEmpty {
        if let added = other.sketches[step] { sketches[step]?.merge(added) } else { sketches[step] = nil }
      }
    }
  }
}
