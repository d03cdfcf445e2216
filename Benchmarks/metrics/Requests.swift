import CSnappy
import Foundation
import Series

/// Remote-write requests of a file: a length and a body each.
struct Requests: Sequence, IteratorProtocol {
  private let data: Data
  private var place = 0

  init(_ path: String) throws { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) }

  mutating func next() -> [UInt8]? {
    guard place + 4 <= data.count else { return nil }
    let length = data.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: place, as: UInt32.self)) }
    defer { place += 4 + length }
    return [UInt8](data[(place + 4)..<(place + 4 + length)])
  }
}

func unpacked(_ body: [UInt8]) -> [UInt8] {
  var size = 0
  body.withUnsafeBytes { _ = snappy_uncompressed_length($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, &size) }
  return [UInt8](unsafeUninitializedCapacity: size) { target, count in
    count = size
    body.withUnsafeBytes { source in
      target.withMemoryRebound(to: CChar.self) { target in
        _ = snappy_uncompress(source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count, target.baseAddress, &count)
      }
    }
  }
}

/// One time series of a request: bytes of its labels, and samples.
struct Wire {
  let bytes: UnsafeRawBufferPointer
  var place = 0
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  mutating func varint() -> Int {
    var (value, shift) = (0, 0)
    while place < bytes.count {
      let byte = bytes[place]
      place &+= 1
      value |= Int(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    return value
  }
  mutating func part() -> UnsafeRawBufferPointer {
    let length = varint()
    defer { place += length }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<(place + length)])
  }
}

func key(_ labels: UnsafeRawBufferPointer) -> MetricKey {
  var reader = Wire(labels)
  var (name, dimensions): (String, [Series.Dimension]) = ("", [])
  while reader.place < labels.count, labels[reader.place] == 0x0A {
    reader.place += 1
    var label = Wire(reader.part())
    label.place += 1
    let field = String(decoding: label.part(), as: UTF8.self)
    label.place += 1
    let value = String(decoding: label.part(), as: UTF8.self)
    if field == "__name__" { name = value } else { dimensions.append(Series.Dimension(name: field, value: value)) }
  }
  return MetricKey(scope: "123456789012/eu-central-1", namespace: "Prometheus", name: name, dimensions: dimensions)
}

func collect(_ body: [UInt8], _ engine: MetricEngine) throws -> MetricBatch {
  try engine.collect(expected: 2_048) { collector in
    try body.withUnsafeBytes { bytes in
      var reader = Wire(bytes)
      while reader.place < bytes.count {
        reader.place += 1
        let series = reader.part()
        var inner = Wire(series)
        while series[inner.place] == 0x0A {
          inner.place += 1
          _ = inner.part()
        }
        let labels = UnsafeRawBufferPointer(rebasing: series[..<inner.place])
        let handle =
          try collector.find(labels, space: 16) ?? collector.define(labels, space: 16, key: key(labels), unit: nil)
        inner.place += 1
        let sample = inner.part()
        let value = sample.loadUnaligned(fromByteOffset: 1, as: Double.self)
        var time = Wire(sample)
        time.place = 10
        _ = collector.add(handle, second: Int64(time.varint() / 1_000), value: value)
      }
    }
  }
}
