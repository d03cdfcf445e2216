import Time

/// The samples of one append as the journal holds them: series that have new numbers, then number, second and data of each sample.
struct MetricFrame: Sendable {
  private static let kind: UInt8 = 20
  var defined: [UInt32: MetricSeries.Identity] = [:]
  private(set) var points: [(number: UInt32, point: MetricPoint)] = []

  static func check(_ sample: MetricSample) throws(SeriesFault) {
    let isGood =
      switch sample.data {
      case .value(let value): value.isFinite
      case .values(let values): values.allSatisfy { $0.0.isFinite && $0.1.isFinite && $0.1 > 0 && ($0.0 * $0.1).isFinite }
      case .statisticSet(let count, let sum, let min, let max):
        count.isFinite && count > 0 && sum.isFinite && min.isFinite && max.isFinite && min <= max
      }
    if !isGood {
      throw SeriesFault("A sample of \(sample.key.namespace) \(sample.key.name) is no finite number or its count is not above 0.")
    }
  }

  mutating func add(_ sample: MetricSample, _ number: UInt32) {
    let (second, isHigh) = (sample.at.seconds, sample.resolution == 1)
    switch sample.data {
    case .value(let value): points.append((number, MetricPoint(second: second, isHigh: isHigh, value: value, count: 1)))
    case .values(let values):
      for (value, count) in values { points.append((number, MetricPoint(second: second, isHigh: isHigh, value: value, count: count))) }
    case .statisticSet(let count, let sum, let min, let max):
      points.append((number, MetricPoint(second: second, isHigh: isHigh, count: count, sum: sum, min: min, max: max)))
    }
  }

  func buffer() -> FrameBuffer {
    var buffer = FrameBuffer()
    buffer.bytes.reserveCapacity(64 + points.count * 16)
    buffer.begin(Self.kind)
    buffer.bytes.put(varint: defined.count)
    for (number, identity) in defined {
      buffer.bytes.put(varint: Int(number))
      buffer.bytes.put(identity)
    }
    buffer.bytes.put(varint: points.count)
    var before: Int64 = 0
    for (number, point) in points {
      buffer.bytes.put(varint: Int(number))
      buffer.bytes.put(signed: point.second &- before)
      before = point.second
      let form: UInt8 = point.min != point.max ? 2 : point.count == 1 && point.sum == point.min ? 0 : 1
      buffer.bytes.append(form << 1 | (point.isHigh ? 1 : 0))
      buffer.bytes.put(point.min)
      if form > 0 {
        buffer.bytes.put(point.count)
        buffer.bytes.put(point.sum)
      }
      if form > 1 { buffer.bytes.put(point.max) }
    }
    buffer.end(sequences: 1)
    return buffer
  }

  /// Nil when the body is none.
  static func read(_ body: UnsafeRawBufferPointer) -> MetricFrame? {
    var reader = ByteReader(body)
    var frame = MetricFrame()
    let defined = reader.length()
    for _ in 0..<defined where !reader.isBroken {
      let number = UInt32(clamping: reader.varint())
      frame.defined[number] = reader.identity()
    }
    let count = reader.length()
    var second: Int64 = 0
    for _ in 0..<count where !reader.isBroken {
      let number = UInt32(clamping: reader.varint())
      second = second &+ reader.signed()
      let tag = reader.fixed(UInt8.self)
      let min = reader.double()
      let (count, sum) = tag >> 1 > 0 ? (reader.double(), reader.double()) : (1, min)
      let max = tag >> 1 > 1 ? reader.double() : min
      frame.points.append((number, MetricPoint(second: second, isHigh: tag & 1 == 1, count: count, sum: sum, min: min, max: max)))
    }
    return reader.isBroken ? nil : frame
  }
}
