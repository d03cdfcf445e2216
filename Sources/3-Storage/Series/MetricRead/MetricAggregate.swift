/// What was measured in a stretch of time.
struct MetricAggregate: Sendable {
  var count = 0.0
  var sum = 0.0
  var min = Double.infinity
  var max = -Double.infinity
  /// Nil once something took part of which only a summary is known.
  var sketch: ValueSketch? = ValueSketch()

  init() {}

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    min = Swift.min(min, value)
    max = Swift.max(max, value)
    sketch?.add(value)
  }

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

  /// As version 1 of the files has them.
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
