extension MetricAggregate {
  private static let exact: UInt8 = 1
  private static let bins: UInt8 = 2
  private static let isWhole: UInt8 = 4

  /// Counts as whole numbers where they are, bins by their numbers.
  func writePacked(_ bytes: inout [UInt8]) {
    let isWhole = ([count] + (sketch?.counts ?? [])).allSatisfy { $0 == $0.rounded() && $0 >= 0 && $0 < 1e15 }
    let kind = sketch.map { $0.isExact ? Self.exact : Self.bins } ?? 0
    bytes.append(kind | (isWhole ? Self.isWhole : 0))
    func put(count: Double) { if isWhole { bytes.put(varint: UInt64(count)) } else { bytes.put(count) } }
    put(count: count)
    for number in [sum, min, max] { bytes.put(number) }
    guard let sketch else { return }
    bytes.put(varint: sketch.values.count)
    if sketch.isExact {
      for value in sketch.values { bytes.put(value) }
    } else {
      var before: Int64 = 0
      for value in sketch.values {
        let bin = value == 0 ? -1 : Int64(value.bitPattern >> ValueSketch.shift)
        bytes.put(signed: bin - before)
        before = bin
      }
    }
    for count in sketch.counts { put(count: count) }
  }

  init(packed reader: inout ByteReader) {
    self.init()
    let tag = reader.fixed(UInt8.self)
    let isWhole = tag & Self.isWhole != 0
    func number() -> Double { isWhole ? Double(reader.varint()) : reader.double() }
    count = number()
    (sum, min, max) = (reader.double(), reader.double(), reader.double())
    sketch = nil
    if tag & 3 == 0 { return }
    let size = reader.length()
    var values: [Double] = []
    var before: Int64 = 0
    for _ in 0..<size where !reader.isBroken {
      if tag & 3 == Self.exact {
        values.append(reader.double())
      } else {
        before &+= reader.signed()
        let bits = UInt64(truncatingIfNeeded: before)
        values.append(before < 0 ? 0 : Double(bitPattern: bits << ValueSketch.shift | 1 << (ValueSketch.shift - 1)))
      }
    }
    var counts: [Double] = []
    for _ in 0..<size where !reader.isBroken { counts.append(number()) }
    if values.count == counts.count { sketch = ValueSketch(values: values, counts: counts, isExact: tag & 3 == Self.exact) }
  }
}
