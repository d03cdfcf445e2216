/// Sums samples of one series up to the periods of a grid.
struct MetricSum {
  private(set) var column: MetricColumn
  private(set) var hasSamples = false
  private let grid: MetricGrid

  init(_ column: MetricColumn, _ grid: MetricGrid) { (self.column, self.grid) = (column, grid) }

  @inline(__always)
  private func step(_ second: UInt32) -> Int? {
    let offset = Int64(second) - grid.start
    guard offset >= 0 else { return nil }
    let step = offset / grid.period
    return step < grid.steps ? Int(step) : nil
  }

  /// Plain samples, best in the order of time.
  mutating func add(_ seconds: UnsafeBufferPointer<UInt32>, _ values: UnsafeBufferPointer<Double>) {
    let count = seconds.count
    var place = 0
    while place < count {
      guard let step = step(seconds[place]) else {
        place &+= 1
        continue
      }
      // All that follow in the same period.
      let low = UInt32(clamping: grid.start + Int64(step) * grid.period)
      let length = UInt32(clamping: grid.start + Int64(step + 1) * grid.period) &- low
      var end = place &+ 1
      while end < count, seconds[end] &- low < length { end &+= 1 }
      add(step, UnsafeBufferPointer(rebasing: values[place..<end]))
      place = end
    }
  }

  @inline(__always)
  private mutating func add(_ step: Int, _ values: UnsafeBufferPointer<Double>) {
    hasSamples = true
    column.count[step] += Double(values.count)
    if !column.sum.isEmpty {
      var sum = column.sum[step]
      for value in values { sum += value }
      column.sum[step] = sum
    }
    if !column.min.isEmpty {
      var least = column.min[step]
      for value in values { least = value < least ? value : least }
      column.min[step] = least
    }
    if !column.max.isEmpty {
      var most = column.max[step]
      for value in values { most = value > most ? value : most }
      column.max[step] = most
    }
    if !column.sketches.isEmpty { for value in values { column.sketches[step]?.add(value) } }
  }

  mutating func add(_ point: MetricPoint) {
    var aggregate = MetricAggregate()
    aggregate.add(point)
    add(point.second, aggregate)
  }

  mutating func add(_ second: UInt32, _ value: MetricAggregate) {
    guard let step = step(second) else { return }
    hasSamples = true
    column.count[step] += value.count
    if !column.sum.isEmpty { column.sum[step] += value.sum }
    if !column.min.isEmpty { column.min[step] = Swift.min(column.min[step], value.min) }
    if !column.max.isEmpty { column.max[step] = Swift.max(column.max[step], value.max) }
    if !column.sketches.isEmpty {
      if let sketch = value.sketch { column.sketches[step]?.merge(sketch) } else { column.sketches[step] = nil }
    }
  }
}
