/// Times, numbers and shapes of rows of a block of columns that lie together: what a page needs of a block that has many streams.
final class SlabRowPart {
  let rows: Range<Int>
  private let times: UnsafeMutablePointer<Int64>
  private let sequences: UnsafeMutablePointer<UInt64>
  /// The shape of each row in the upper, its number among those of its shape in the lower half.
  private let places: UnsafeMutablePointer<UInt64>

  init(_ reader: SlabReader, _ rows: Range<Int>) throws(SeriesFault) {
    self.rows = rows
    times = .allocate(capacity: max(rows.count, 1))
    sequences = .allocate(capacity: max(rows.count, 1))
    places = .allocate(capacity: max(rows.count, 1))
    try reader.readTimes(rows, into: times)
    try reader.readSequences(rows, into: sequences)
    try reader.readPlaces(rows, into: places)
  }

  deinit {
    times.deallocate()
    sequences.deallocate()
    places.deallocate()
  }

  @inline(__always)
  func time(_ row: Int) -> Int64 { times[row &- rows.lowerBound] }
  @inline(__always)
  func sequence(_ row: Int) -> UInt64 { sequences[row &- rows.lowerBound] }
  @inline(__always)
  func place(_ row: Int) -> (shape: Int, rank: Int) {
    let place = places[row &- rows.lowerBound]
    return (Int(place >> 32), Int(place & 0xFFFF_FFFF))
  }
}

extension SlabReader {
  func readTimes(_ rows: Range<Int>, into out: UnsafeMutablePointer<Int64>) throws(SeriesFault) {
    if rows.isEmpty { return }
    let packed = try packed(head.times, count: head.rows)
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: PackedNumbers.run) { buffer in
      guard let run = buffer.baseAddress else { return }
      for number in (rows.lowerBound / PackedNumbers.run)...((rows.upperBound - 1) / PackedNumbers.run) {
        let start = number * PackedNumbers.run
        let part = rows.clamped(to: start..<(start + packed.decode(number, into: run)))
        (out + part.lowerBound - rows.lowerBound).update(from: run + part.lowerBound - start, count: part.count)
      }
    }
    // Each stream's times go on from where those of the one before ended.
    var base: Int64 = 0
    for stream in try streams() {
      let shift = stream.firstTime &- base
      for row in stream.rows.clamped(to: rows) { out[row &- rows.lowerBound] = out[row &- rows.lowerBound] &+ shift }
      base = base &+ stream.span
    }
  }

  func readSequences(_ rows: Range<Int>, into out: UnsafeMutablePointer<UInt64>) throws(SeriesFault) {
    var reader = ByteReader(try bytes(head.sequences))
    var (row, expected) = (0, head.firstSequence)
    while row < rows.upperBound, !reader.isBroken {
      expected = expected &+ UInt64(bitPattern: reader.signed())
      let many = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
      if many < 1 || many > head.rows - row { break }
      if row &+ many > rows.lowerBound {
        for other in (row..<(row + many)).clamped(to: rows) { out[other &- rows.lowerBound] = expected &+ UInt64(other &- row) }
      }
      expected = expected &+ UInt64(many)
      row &+= many
    }
    if reader.isBroken || row < rows.upperBound { throw damaged }
  }

  /// Shapes and the numbers among those of a shape, for which all rows before are counted.
  func readPlaces(_ rows: Range<Int>, into out: UnsafeMutablePointer<UInt64>) throws(SeriesFault) {
    let (shapes, isWide) = (head.shapes.count, head.shapes.count > 256)
    if shapes < 2 {
      for row in rows { out[row - rows.lowerBound] = UInt64(row) }
      return
    }
    let bytes = try bytes(head.shapeNumbers)
    guard bytes.count == head.rows * (isWide ? 2 : 1), let low = bytes.bindMemory(to: UInt8.self).baseAddress else { throw damaged }
    let high = low + head.rows
    // For every number that may be there, also in a damaged block.
    var counts = [UInt32](repeating: 0, count: isWide ? 1 << 16 : 1 << 8)
    counts.withUnsafeMutableBufferPointer { counts in
      guard let counts = counts.baseAddress else { return }
      for row in 0..<rows.lowerBound {
        let shape = Int(low[row]) | (isWide ? Int(high[row]) << 8 : 0)
        counts[shape] = counts[shape] &+ 1
      }
      for row in rows {
        let shape = Int(low[row]) | (isWide ? Int(high[row]) << 8 : 0)
        out[row &- rows.lowerBound] = UInt64(shape) << 32 | UInt64(counts[shape])
        counts[shape] = counts[shape] &+ 1
      }
    }
    // Of a damaged block nothing is read beyond the end of a column.
    for (shape, count) in counts.enumerated() where count > 0 {
      guard shape < shapes, Int(count) <= head.shapes[shape].rows else { throw damaged }
    }
  }
}
