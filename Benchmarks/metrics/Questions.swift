import Foundation
import Series
import Synchronization
import Time

let scope = "123456789012/eu-central-1"

func median(_ name: String, _ rounds: Int, _ work: () throws -> String) rethrows {
  var (walls, used, text): ([Double], [Double], String) = ([], [], try work())
  for _ in 0..<rounds {
    let (start, before) = (ContinuousClock().now, cpuSeconds())
    text = try work()
    walls.append((ContinuousClock().now - start).secondsAsDouble * 1e3)
    used.append((cpuSeconds() - before) * 1e3)
  }
  line(name, walls.sorted()[rounds / 2], "ms", String(format: "cpu %.2f ms; ", used.sorted()[rounds / 2]) + text)
}

/// The sum in each group of the averages of its series.
func sumBy(_ engine: MetricEngine, _ handles: [MetricHandle], _ dimension: String, _ grid: MetricGrid) throws -> [[Double]] {
  let groups = engine.groups(of: handles, by: [dimension])
  let sums = Mutex([[Double]](repeating: [Double](repeating: 0, count: grid.steps), count: groups.values.count))
  try engine.read(handles, grid, need: .sum) { column in
    let group = groups.places[column.place]
    sums.withLock { sums in
      for step in column.count.indices where column.count[step] > 0 { sums[group][step] += column.sum[step] / column.count[step] }
    }
  }
  return sums.withLock { $0 }
}

/// The value that a share of all series' averages does not exceed.
func percentile(_ engine: MetricEngine, _ handles: [MetricHandle], _ grid: MetricGrid) throws -> [Double] {
  let all = Mutex([Double](repeating: .nan, count: grid.steps * handles.count))
  try engine.read(handles, grid, need: .sum) { column in
    all.withLock { all in
      for step in column.count.indices where column.count[step] > 0 {
        all[step * handles.count + column.place] = column.sum[step] / column.count[step]
      }
    }
  }
  var values = all.withLock { $0 }
  return (0..<grid.steps).map { step in
    let part = values[(step * handles.count)..<((step + 1) * handles.count)].filter { !$0.isNaN }
    _ = values.count
    values[step] = select(part, Int(0.99 * Double(part.count)))
    return values[step]
  }
}

func select(_ values: [Double], _ rank: Int) -> Double {
  var (values, low, high) = (values, 0, values.count - 1)
  while low < high {
    let pivot = values[(low + high) / 2]
    var (left, right) = (low, high)
    while left <= right {
      while values[left] < pivot { left += 1 }
      while values[right] > pivot { right -= 1 }
      if left <= right {
        values.swapAt(left, right)
        left += 1
        right -= 1
      }
    }
    if rank <= right { high = right } else if rank >= left { low = left } else { return values[rank] }
  }
  return values[rank]
}

func questions(_ engine: MetricEngine, isWide: Bool) throws {
  let begin: Int64 = 1_767_600_000
  let end = begin + (isWide ? 3_600 : 6 * 3_600)
  let grid = MetricGrid(from: Timestamp(seconds: begin), to: Timestamp(seconds: end), period: 60)
  func find(_ name: String?, _ dimensions: [DimensionFilter] = []) -> [MetricHandle] {
    engine.select(MetricSelection(scope: scope, namespace: "Prometheus", name: name, dimensions: dimensions))
  }
  if isWide {
    try median("q1 average of one series, 1 h", 31) {
      let handles = find("wide_job_cpu_percent", [.init(name: "job_id", value: "wjob-00042"), .init(name: "worker", value: "w0")])
      return "\(try sumBy(engine, handles, "job_id", grid).joined().reduce(0, +))"
    }
    try median("q3 p99 over 10,000 of 100,000 series", 5) {
      let handles = find(nil, [.init(name: "shard", value: "3")])
      return "\(handles.count) \(try percentile(engine, handles, grid).reduce(0, +))"
    }
    try median("q4 sum by over 100,000 series", 5) {
      let handles = find(nil)
      return "\(handles.count) \(try sumBy(engine, handles, "cluster", grid).joined().reduce(0, +))"
    }
    return
  }
  try median("q1 average of one series, 6 h", 31) {
    let handles = find("job_cpu_percent", [.init(name: "job_id", value: "job-00042")])
    return "\(try sumBy(engine, handles, "job_id", grid).joined().reduce(0, +))"
  }
  try median("q2 sum by over 1,000 series, 6 h", 11) {
    let handles = ["c0", "c1", "c2", "c3"].flatMap { find("job_cpu_percent", [.init(name: "cluster", value: $0)]) }
    return "\(handles.count) \(try sumBy(engine, handles, "queue", grid).joined().reduce(0, +))"
  }
  try median("q3 p99 over 10,000 series, 6 h", 5) {
    let handles = find(nil)
    return "\(handles.count) \(try percentile(engine, handles, grid).reduce(0, +))"
  }
}
