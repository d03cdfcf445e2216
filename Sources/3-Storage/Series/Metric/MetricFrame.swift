/// What the journal holds of one append: series that have new numbers, plain samples as columns, and the others one by one.
///
/// Kind 21 has the plain ones: numbers and seconds as differences to the one before, then all values. Kind 26 has the others. Kind 20, of
/// version 1, had all of them one by one.
struct MetricFrame: Sendable {
  private static let old: UInt8 = 20
  private static let columns: UInt8 = 21
  private static let points: UInt8 = 26
  var defined: [(number: UInt32, identity: MetricSeries.Identity)] = []
  var numbers: [UInt32] = []
  var seconds: [UInt32] = []
  var values: [Double] = []
  var rich: [(number: UInt32, point: MetricPoint)] = []

  var isEmpty: Bool { numbers.isEmpty && rich.isEmpty }

  @inline(__always)
  mutating func add(_ number: UInt32, _ second: UInt32, _ value: Double) {
    numbers.append(number)
    seconds.append(second)
    // -0 becomes 0.
    values.append(value + 0)
  }

  func buffer() -> FrameBuffer {
    var buffer = FrameBuffer()
    buffer.bytes.reserveCapacity(128 + numbers.count * 12 + rich.count * 40 + defined.count * 160)
    if !numbers.isEmpty {
      buffer.begin(Self.columns)
      Self.put(defined, &buffer.bytes)
      buffer.bytes.put(varint: numbers.count)
      Self.put(differences: numbers, &buffer.bytes)
      Self.put(differences: seconds, &buffer.bytes)
      values.withUnsafeBytes { buffer.bytes.append(contentsOf: $0) }
      buffer.end(sequences: 1)
    }
    if !rich.isEmpty {
      buffer.begin(Self.points)
      Self.put(numbers.isEmpty ? defined : [], &buffer.bytes)
      buffer.bytes.put(varint: rich.count)
      for (number, point) in rich {
        buffer.bytes.put(varint: Int(number))
        buffer.bytes.put(fixed: point.second)
        let form: UInt8 = point.min != point.max ? 2 : point.sum == point.min * point.count ? 0 : 1
        buffer.bytes.append(form)
        buffer.bytes.put(point.count)
        buffer.bytes.put(point.min)
        if form > 0 { buffer.bytes.put(point.sum) }
        if form > 1 { buffer.bytes.put(point.max) }
      }
      buffer.end(sequences: 1)
    }
    return buffer
  }

  private static func put(_ defined: [(number: UInt32, identity: MetricSeries.Identity)], _ bytes: inout [UInt8]) {
    bytes.put(varint: defined.count)
    for (number, identity) in defined {
      bytes.put(varint: Int(number))
      bytes.put(identity)
    }
  }

  private static func put(differences numbers: [UInt32], _ bytes: inout [UInt8]) {
    let packed = [UInt8](unsafeUninitializedCapacity: numbers.count * 5) { target, count in
      var before: UInt32 = 0
      for number in numbers {
        let delta = Int64(number) &- Int64(before)
        var value = UInt64(bitPattern: (delta &<< 1) ^ (delta &>> 63))
        before = number
        while value >= 0x80 {
          target[count] = UInt8(truncatingIfNeeded: value) | 0x80
          count &+= 1
          value &>>= 7
        }
        target[count] = UInt8(truncatingIfNeeded: value)
        count &+= 1
      }
    }
    bytes.append(contentsOf: packed)
  }

  /// Nil when the body is none, or of another kind.
  static func read(_ kind: UInt8, _ body: UnsafeRawBufferPointer) -> MetricFrame? {
    var reader = ByteReader(body)
    var frame = MetricFrame()
    let defined = reader.length()
    for _ in 0..<defined where !reader.isBroken { frame.defined.append((UInt32(clamping: reader.varint()), reader.identity())) }
    let count = reader.length()
    switch kind {
    case columns:
      frame.numbers = differences(count, &reader)
      frame.seconds = differences(count, &reader)
      frame.values.reserveCapacity(count)
      for _ in 0..<count where !reader.isBroken { frame.values.append(reader.double()) }
    case points:
      for _ in 0..<count where !reader.isBroken {
        let (number, second, form) = (UInt32(clamping: reader.varint()), reader.fixed(UInt32.self), reader.fixed(UInt8.self))
        let (weight, min) = (reader.double(), reader.double())
        let sum = form > 0 ? reader.double() : min * weight
        frame.rich.append((number, MetricPoint(second: second, count: weight, sum: sum, min: min, max: form > 1 ? reader.double() : min)))
      }
    case old: frame.readOld(count, &reader)
    default: return nil
    }
    return reader.isBroken ? nil : frame
  }

  private static func differences(_ count: Int, _ reader: inout ByteReader) -> [UInt32] {
    var found: [UInt32] = []
    found.reserveCapacity(count)
    var before: Int64 = 0
    for _ in 0..<count where !reader.isBroken {
      before &+= reader.signed()
      found.append(UInt32(truncatingIfNeeded: before))
    }
    return found
  }

  private mutating func readOld(_ count: Int, _ reader: inout ByteReader) {
    var second: Int64 = 0
    for _ in 0..<count where !reader.isBroken {
      let number = UInt32(clamping: reader.varint())
      second = second &+ reader.signed()
      let tag = reader.fixed(UInt8.self)
      let min = reader.double()
      let (weight, sum) = tag >> 1 > 0 ? (reader.double(), reader.double()) : (1, min)
      let max = tag >> 1 > 1 ? reader.double() : min
      let at = UInt32(clamping: tag & 1 == 1 ? second : MetricTime.floor(second, 60))
      if tag >> 1 == 0 {
        add(number, at, min)
      } else {
        rich.append((number, MetricPoint(second: at, count: weight, sum: sum, min: min, max: max)))
      }
    }
  }
}
