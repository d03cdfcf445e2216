import RemoteWrite
import Testing

/// Messages by hand, so that the reader is not tested by its own inverse.
private func varint(_ value: UInt64) -> [UInt8] {
  var (value, bytes): (UInt64, [UInt8]) = (value, [])
  while value >= 0x80 {
    bytes.append(UInt8(value & 0x7F) | 0x80)
    value >>= 7
  }
  return bytes + [UInt8(value)]
}
private func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] { varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes }
private func label(_ name: String, _ value: [UInt8]) -> [UInt8] { field(1, field(1, Array(name.utf8)) + field(2, value)) }
private func sample(_ value: Double, _ time: Int64) -> [UInt8] {
  field(2, [0x09] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } + [0x10] + varint(UInt64(bitPattern: time)))
}

private struct Found: Equatable {
  var labels: [String]?
  var samples: [String]
}

private func read(_ bytes: [UInt8]) -> (isRequest: Bool, found: [Found]) {
  var found: [Found] = []
  let isRequest = bytes.withUnsafeBytes { bytes in
    WriteRequest.read(bytes) { series in
      var samples: [String] = []
      series.samples { time, value in samples.append("\(time) \(value)") }
      found.append(Found(labels: series.texts()?.map { "\($0.name)=\($0.value)" }, samples: samples))
    }
  }
  return (isRequest, found)
}

@Suite("A remote-write request")
struct WriteRequestTests {
  let up = label("__name__", Array("up".utf8)) + label("job", Array("n".utf8))

  @Test("shows series, labels and samples, and passes over what it does not know")
  func whole() {
    let series = up + sample(1.5, 1_767_600_000_000) + sample(-2, -5) + field(4, [1, 2]) + field(9, [3])
    let (isRequest, found) = read(field(1, series) + field(3, [0x08, 0x01]) + field(1, label("__name__", Array("b".utf8))))
    #expect(isRequest)
    #expect(
      found == [
        Found(labels: ["__name__=up", "job=n"], samples: ["1767600000000 1.5", "-5 -2.0"]), Found(labels: ["__name__=b"], samples: []),
      ])
    #expect(read([]) == (true, []))
  }

  @Test("a label that is no UTF-8 has no text")
  func text() { #expect(read(field(1, label("a", [0xFF, 0xFE]))).found == [Found(labels: nil, samples: [])]) }

  @Test("never reads beyond its bytes, whatever is cut or changed")
  func damage() {
    let first = field(1, up + sample(1, 1_767_600_000_000))
    let whole = first + field(1, up + sample(2, 1))
    for length in 1..<whole.count { #expect(read(Array(whole.prefix(length))).isRequest == (length == first.count)) }
    for place in whole.indices {
      for bit in 0..<8 {
        var bytes = whole
        bytes[place] ^= 1 << bit
        #expect(read(bytes).found.count <= 2)
      }
    }
    #expect(!read([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]).isRequest)
  }

  @Test("snappy: what was packed comes back, too long or broken is refused")
  func snappy() {
    let bytes = Array(repeating: UInt8(7), count: 10_000)
    let packed = SnappyBlock.pack(bytes)
    #expect(packed.count < 1_000 && SnappyBlock.expand(packed, limit: 10_000) == bytes)
    #expect(SnappyBlock.expand(packed, limit: 9_999) == nil)
    #expect(SnappyBlock.expand(Array(packed.dropLast()), limit: 10_000) == nil)
    #expect(SnappyBlock.expand([], limit: 10) == nil && SnappyBlock.expand([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], limit: 10) == nil)
    #expect(SnappyBlock.expand(SnappyBlock.pack([]), limit: 0) == [])
  }
}
