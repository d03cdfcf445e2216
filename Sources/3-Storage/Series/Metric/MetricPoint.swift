/// A sample as memory holds it, 40 bytes: a value seen some times, or what a statistic set says.
struct MetricPoint: Sendable {
  /// Seconds since 1970, times two; one more for high resolution.
  private var stamp: Int64
  var count: Double
  var sum: Double
  var min: Double
  var max: Double

  init(second: Int64, isHigh: Bool, count: Double, sum: Double, min: Double, max: Double) {
    stamp = (isHigh ? second : MetricTime.floor(second, 60)) &* 2 | (isHigh ? 1 : 0)
    (self.count, self.sum, self.min, self.max) = (count, sum, min, max)
  }

  init(second: Int64, isHigh: Bool, value: Double, count: Double) {
    self.init(second: second, isHigh: isHigh, count: count, sum: value * count, min: value, max: value)
  }

  var second: Int64 { stamp >> 1 }
  var isHigh: Bool { stamp & 1 == 1 }
  /// Seconds.
  var resolution: Int64 { isHigh ? 1 : 60 }
}

enum MetricTime {
  static let day: Int64 = 86_400

  /// The greatest multiple of the length that is not above.
  static func floor(_ second: Int64, _ length: Int64) -> Int64 {
    let rest = second % length
    return second - (rest < 0 ? rest + length : rest)
  }

  static func dayNumber(_ second: Int64) -> Int32 { Int32(clamping: floor(second, day) / day) }

  /// Seconds that samples of a day are kept apart, by how long ago the day ended. Source: Amazon CloudWatch User Guide, "Metrics
  /// retention": 3 hours, 15 days, 63 days, 455 days. Differs: whole days move at a time, so that fine ones stay a little longer.
  static func resolution(age: Int64) -> Int64 {
    if age < 3 * 3_600 { return 1 }
    if age < 15 * day { return 60 }
    return age < 63 * day ? 300 : 3_600
  }
}

/// What was measured in a stretch of time.
struct MetricAggregate {
  var count = 0.0
  var sum = 0.0
  var min = Double.infinity
  var max = -Double.infinity
  /// Nil once something took part of which only a summary is known.
  var sketch: ValueSketch? = ValueSketch()

  mutating func add(_ point: MetricPoint) {
    count += point.count
    sum += point.sum
    min = Swift.min(min, point.min)
    max = Swift.max(max, point.max)
    if point.min == point.max { sketch?.add(point.min, count: point.count) } else { sketch = nil }
  }

  mutating func merge(_ other: MetricAggregate) {
    count += other.count
    sum += other.sum
    min = Swift.min(min, other.min)
    max = Swift.max(max, other.max)
    if let added = other.sketch { sketch?.merge(added) } else { sketch = nil }
  }

  /// One value seen once takes 9 bytes; a summary 33; a distribution 16 more for each value or bin.
  func write(_ bytes: inout [UInt8]) {
    guard let sketch else {
      bytes.append(2)
      for number in [count, sum, min, max] { bytes.put(number) }
      return
    }
    if sketch.isExact, sketch.values.count == 1, count == 1, sum == min {
      bytes.append(0)
      bytes.put(min)
      return
    }
    bytes.append(sketch.isExact ? 3 : 4)
    for number in [count, sum, min, max] { bytes.put(number) }
    bytes.put(varint: sketch.values.count)
    for (value, weight) in zip(sketch.values, sketch.counts) {
      bytes.put(value)
      bytes.put(weight)
    }
  }

  init() {}

  init(_ reader: inout ByteReader) {
    let form = reader.fixed(UInt8.self)
    if form == 0 {
      let value = reader.double()
      (count, sum, min, max) = (1, value, value, value)
      sketch = ValueSketch(values: [value], counts: [1], isExact: true)
      return
    }
    (count, sum, min, max) = (reader.double(), reader.double(), reader.double(), reader.double())
    sketch = nil
    if form < 3 { return }
    let size = reader.length()
    var (values, counts): ([Double], [Double]) = ([], [])
    for _ in 0..<size where !reader.isBroken {
      values.append(reader.double())
      counts.append(reader.double())
    }
    sketch = ValueSketch(values: values, counts: counts, isExact: form == 3)
  }
}
