import Synchronization
import Time

/// Reading samples.
extension MetricEngine {
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
    try buckets(key, MetricGrid(from: from, to: to, period: period), unit: unit)
  }

  /// The same over the periods of a grid, wherever they begin.
  package func buckets(_ key: MetricKey, _ grid: MetricGrid, unit: String?) throws(SeriesFault) -> [MetricBucket] {
    var grid = grid
    let sources = table.withLock { table in
      table.numbers(of: key).map { MetricSource(place: 0, key: table.sortKey($0), unit: table.unit($0)) }
    }.filter { unit == nil || $0.unit == unit }
    let seen = state.withLock { state in
      sources.map { Int($0.number) < state.seen.count ? state.seen[Int($0.number)] : Seen() }.filter { !$0.isNone }
    }
    // A read of all time is one of the time that there are samples of.
    guard let first = seen.map(\.first).min(), let last = seen.map(\.last).max() else { return [] }
    grid = grid.within(Int64(first), Int64(last))
    var found: [MetricBucket] = []
    // Parts, so that few samples in many periods need no memory for all of these.
    for part in grid.parts(of: 8_192) {
      var columns: [MetricColumn] = []
      try read(sources, part, need: .all, threads: 1) { columns.append($0) }
      for step in 0..<part.steps { for column in columns { if let bucket = column.bucket(step, part) { found.append(bucket) } } }
    }
    return found.sorted { $0.start != $1.start ? $0.start < $1.start : ($0.unit ?? "") < ($1.unit ?? "") }
  }

  /// Many series over the same periods, in the order of the keys; a key has a column for each unit that it has samples of in the grid,
  /// so none without samples. `place` tells which key it is.
  package func buckets(
    of keys: [MetricKey], from: Timestamp, to: Timestamp, period: Int, unit: String?, need: MetricNeed
  ) throws(SeriesFault) -> (grid: MetricGrid, columns: [MetricColumn]) {
    let grid = MetricGrid(from: from, to: to, period: period)
    let sources = table.withLock { table in
      keys.enumerated().flatMap { place, key in
        table.numbers(of: key).map { MetricSource(place: place, key: table.sortKey($0), unit: table.unit($0)) }
      }
    }.filter { unit == nil || $0.unit == unit }
    let found = Mutex<[MetricColumn]>([])
    try read(sources, grid, need: need, threads: MetricRead.cores) { column in found.withLock { $0.append(column) } }
    let columns = found.withLock { $0 }.sorted { $0.place != $1.place ? $0.place < $1.place : ($0.unit ?? "") < ($1.unit ?? "") }
    return (grid, columns)
  }

  /// Shows each series over the periods of the grid. Not in order, and on several threads at once; `place` tells which series it is.
  /// Series without samples in the grid are left out.
  package func read(
    _ handles: [MetricHandle], _ grid: MetricGrid, need: MetricNeed, _ body: @Sendable (MetricColumn) -> Void
  ) throws(SeriesFault) {
    try read(sources(handles), grid, need: need, threads: MetricRead.cores, body)
  }

  private func sources(_ handles: [MetricHandle]) -> [MetricSource] {
    table.withLock { table in
      handles.indices.compactMap { place in
        table.entry(handles[place].number) == nil
          ? nil : MetricSource(place: place, key: table.sortKey(handles[place].number), unit: table.unit(handles[place].number))
      }
    }
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
}

extension MetricGrid {
  /// Periods that need not begin at multiples of their length.
  package init(start: Int64, period: Int64, steps: Int) {
    (self.start, self.period, self.steps) = (start, Swift.max(period, 1), Swift.max(steps, 0))
  }

  /// The periods in which the seconds from the first to the last may lie.
  func within(_ first: Int64, _ last: Int64) -> MetricGrid {
    let low = max(start, start + MetricTime.floor(first - start, period))
    let high = min(end, start + MetricTime.floor(last - start, period) + period)
    return MetricGrid(start: low, period: period, steps: high > low ? Int((high - low) / period) : 0)
  }

  func parts(of most: Int) -> [MetricGrid] {
    stride(from: 0, to: steps, by: most).map {
      MetricGrid(start: start + Int64($0) * period, period: period, steps: min(most, steps - $0))
    }
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
