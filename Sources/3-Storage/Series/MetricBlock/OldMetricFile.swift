/// Files of version 1, which had an aggregate for each second: read when an engine opens them, to be written as they are now.
///
/// A frame for each series, whose number is the frame's, with aggregates in the order of time; then a frame that says where each begins.
final class OldMetricFile: Sendable {
  static let series: UInt8 = 16
  static let index: UInt8 = 17
  let numbers: [UInt32]
  let offsets: [UInt32]
  let lengths: [UInt32]

  init(_ file: DataFile) throws(SeriesFault) {
    let damaged = SeriesFault("\(file.path) is damaged at its end.")
    var (numbers, offsets, lengths): ([UInt32], [UInt32], [UInt32]) = ([], [], [])
    try file.mapped { bytes throws(SeriesFault) in
      try FileHead.check(bytes, MetricBlockFile.kind, file.path)
      guard bytes.count >= FileHead.size + 8 else { throw damaged }
      var end = ByteReader(bytes, at: bytes.count - 8)
      let offset = Int(truncatingIfNeeded: end.fixed(UInt64.self))
      guard let header = FrameHeader(bytes, at: offset), header.kind == Self.index, let body = header.body(bytes, at: offset)
      else {
        throw damaged
      }
      var reader = ByteReader(body)
      let count = reader.length()
      for _ in 0..<count {
        numbers.append(reader.fixed(UInt32.self))
        offsets.append(reader.fixed(UInt32.self))
        lengths.append(reader.fixed(UInt32.self))
      }
      if reader.isBroken { throw damaged }
    }
    (self.numbers, self.offsets, self.lengths) = (numbers, offsets, lengths)
  }

  /// Shows each aggregate of a series with its second.
  func read(_ file: DataFile, at place: Int, _ body: (Int64, MetricAggregate) -> Void) throws(SeriesFault) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(lengths[place]), alignment: 8)
    defer { memory.deallocate() }
    try file.read(at: Int(offsets[place]), into: memory)
    let bytes = UnsafeRawBufferPointer(memory)
    guard let header = FrameHeader(bytes, at: 0), header.kind == Self.series, let found = header.body(bytes, at: 0) else {
      throw SeriesFault("\(file.path) is damaged at byte \(offsets[place]).")
    }
    var reader = ByteReader(found)
    var second: Int64 = 0
    while !reader.isAtEnd {
      second = second &+ reader.signed()
      _ = reader.fixed(UInt16.self)
      let aggregate = MetricAggregate(&reader)
      if reader.isBroken { throw SeriesFault("\(file.path) is damaged at byte \(offsets[place]).") }
      body(second, aggregate)
    }
  }
}
