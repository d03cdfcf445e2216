#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a block of columns lies.
struct SlabPlace: Hashable, Sendable {
  var file: UInt32
  var offset: UInt32
}

/// Reads a block of columns, only what is asked for. Belongs to one thread.
final class SlabReader {
  struct Stream {
    var name: String
    var rows: Range<Int>
    var firstTime: Int64
    var span: Int64
  }
  let head: SlabHead
  private let file: DataFile
  private let start: Int
  private let key: LogKey?
  private var loaded: [Int: UnsafeMutableRawBufferPointer] = [:]
  private var memory: [UnsafeMutableRawBufferPointer] = []
  private var knownStreams: [Stream]?
  private var knownTimes: UnsafeMutablePointer<Int64>?
  private var knownShapes: UnsafeMutablePointer<UInt16>?
  private var knownSequences: UnsafeMutablePointer<UInt64>?

  /// - Parameter offset: of the frame in the file.
  init(_ file: DataFile, offset: Int, head: SlabHead, key: LogKey?) {
    (self.file, start, self.head, self.key) = (file, offset + FrameHeader.size, head, key)
  }

  deinit { for memory in memory { memory.deallocate() } }

  /// Bytes of what was read.
  var footprint: Int { memory.reduce(0) { $0 + $1.count } }
  /// The file has not been removed meanwhile.
  var isInFolder: Bool { file.isInFolder }

  /// Reads the head of the block whose frame is at the offset.
  static func head(_ file: DataFile, offset: Int, length: Int, key: () throws(SeriesFault) -> LogKey?) throws(SeriesFault) -> SlabHead {
    let fault = SeriesFault.damage("\(file.path) is damaged at byte \(offset): a block of events can not be read.")
    let guess = min(length, 16 << 10)
    var bytes = [UInt8](repeating: 0, count: guess)
    try read(file, offset, &bytes)
    let (size, sum, raw, flags) = bytes.withUnsafeBytes { bytes -> (Int, UInt32, Int, UInt8) in
      guard FrameHeader(bytes, at: 0)?.kind == LogFrame.columns else { return (-1, 0, 0, 0) }
      var reader = ByteReader(bytes, at: FrameHeader.size)
      let (size, sum, raw) = (reader.fixed(UInt32.self), reader.fixed(UInt32.self), reader.fixed(UInt32.self))
      return (reader.isBroken ? -1 : Int(size), sum, Int(raw), reader.place < bytes.count ? bytes[reader.place] : 0)
    }
    let first = FrameHeader.size + SlabHead.envelope
    guard size >= 0, size <= length - first, raw <= 256 << 20 else { throw fault }
    if first + size > bytes.count {
      bytes = [UInt8](repeating: 0, count: first + size)
      try read(file, offset, &bytes)
    }
    guard bytes.withUnsafeBytes({ Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[first..<(first + size)])) }) == sum else {
      throw fault
    }
    var stored = Array(bytes[first..<(first + size)])
    if flags & 2 != 0 {
      guard let key = try key() else { throw SeriesFault("The key of events in \(file.path) is gone.") }
      stored = try stored.withUnsafeBytes { bytes in Result { () throws(SeriesFault) in try key.open(bytes) } }.get()
    }
    if flags & 1 != 0 {
      var plain = [UInt8](repeating: 0, count: raw)
      let isWhole = plain.withUnsafeMutableBytes { out in stored.withUnsafeBytes { Compressor.unpack($0, into: out) } }
      guard isWhole else { throw fault }
      stored = plain
    }
    guard let head = stored.withUnsafeBytes({ SlabHead($0, partsFrom: SlabHead.envelope + size, isSealed: flags & 2 != 0) }) else {
      throw fault
    }
    return head
  }

  private static func read(_ file: DataFile, _ offset: Int, _ bytes: inout [UInt8]) throws(SeriesFault) {
    try bytes.withUnsafeMutableBytes { bytes in Result { () throws(SeriesFault) in try file.read(at: offset, into: bytes) } }.get()
  }

  var damaged: SeriesFault {
    .damage("\(file.path) is damaged at byte \(start - FrameHeader.size): a block of events can not be read whole.")
  }

  private func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    let fresh = UnsafeMutableRawBufferPointer.allocate(byteCount: count + 64, alignment: 16)
    memory.append(fresh)
    return UnsafeMutableRawBufferPointer(rebasing: fresh[..<count])
  }

  /// Throws when the bytes of a part are not what was written.
  func check() throws(SeriesFault) {
    for part in head.parts {
      var stored = [UInt8](repeating: 0, count: part.length)
      try Self.read(file, start + part.offset, &stored)
      guard stored.withUnsafeBytes({ Checksum.crc32c($0) }) == part.sum else { throw damaged }
    }
  }

  /// The bytes of a part, which live as long as the reader; at least 16 more may be read behind them.
  func bytes(_ part: ColumnPart) throws(SeriesFault) -> UnsafeRawBufferPointer {
    switch part {
    case .inline(let bytes):
      let kept = allocate(bytes.count)
      kept.copyBytes(from: bytes)
      return UnsafeRawBufferPointer(kept)
    case .part(let number):
      if let known = loaded[number] { return UnsafeRawBufferPointer(known) }
      guard number >= 0, number < head.parts.count else { throw damaged }
      let part = head.parts[number]
      var stored = allocate(part.length)
      try file.read(at: start + part.offset, into: stored)
      guard Checksum.crc32c(UnsafeRawBufferPointer(stored)) == part.sum else { throw damaged }
      if head.isSealed {
        guard let key else { throw SeriesFault("The key of events in \(file.path) is gone.") }
        let plain = try key.open(UnsafeRawBufferPointer(stored))
        stored = allocate(plain.count)
        stored.copyBytes(from: plain)
      }
      if part.isCompressed {
        let out = allocate(part.raw)
        guard Compressor.unpack(UnsafeRawBufferPointer(stored), into: out) else { throw damaged }
        stored = out
      }
      loaded[number] = stored
      return UnsafeRawBufferPointer(stored)
    }
  }

  /// Looks at one line of a bloom filter without reading the rest, unless it is sealed.
  func mayHold(_ hash: UInt64, _ part: ColumnPart) throws(SeriesFault) -> Bool {
    guard case .part(let number) = part, number >= 0, number < head.parts.count, !head.isSealed, !head.parts[number].isCompressed else {
      return ColumnBloom.mayHold(hash, try bytes(part))
    }
    // A damaged line could hide what is there, so the sum over all is looked at when the answer is no.
    let part = head.parts[number]
    let lines = part.length / ColumnBloom.line
    if lines < 1 { return true }
    var line = [UInt8](repeating: 0, count: ColumnBloom.line)
    try Self.read(file, start + part.offset + ColumnBloom.place(hash, lines), &line)
    return line.withUnsafeBytes { ColumnBloom.mayHold(hash, line: $0) }
  }

  func packed(_ part: ColumnPart, count: Int) throws(SeriesFault) -> PackedReader {
    guard let reader = PackedReader(try bytes(part), count: count) else { throw damaged }
    return reader
  }

  // MARK: What all shapes have

  func streams() throws(SeriesFault) -> [Stream] {
    if let knownStreams { return knownStreams }
    var reader = ByteReader(try bytes(head.streams))
    var (streams, row): ([Stream], Int) = ([], 0)
    for _ in 0..<reader.length() {
      let (name, rows) = (reader.text(), Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF))
      let first = head.firstTime &+ reader.signed()
      streams.append(Stream(name: name, rows: row..<(row + rows), firstTime: first, span: reader.signed()))
      row += rows
    }
    if reader.isBroken || row != head.rows { throw damaged }
    knownStreams = streams
    return streams
  }

  func times() throws(SeriesFault) -> UnsafeMutablePointer<Int64> {
    if let knownTimes { return knownTimes }
    let packed = try packed(head.times, count: head.rows)
    let out = allocate(head.rows * 8).bindMemory(to: Int64.self)
    guard let times = out.baseAddress else { throw damaged }
    packed.all(into: times)
    var base: Int64 = 0
    for stream in try streams() {
      let shift = stream.firstTime &- base
      for row in stream.rows { times[row] = times[row] &+ shift }
      base = base &+ stream.span
    }
    knownTimes = times
    return times
  }

  /// The number of each row's shape.
  func shapeNumbers() throws(SeriesFault) -> UnsafeMutablePointer<UInt16> {
    if let knownShapes { return knownShapes }
    let out = allocate(head.rows * 2).bindMemory(to: UInt16.self)
    guard let numbers = out.baseAddress else { throw damaged }
    let bytes = try bytes(head.shapeNumbers)
    let isWide = head.shapes.count > 256
    if head.shapes.count < 2 {
      for row in 0..<head.rows { numbers[row] = 0 }
    } else {
      guard bytes.count == head.rows * (isWide ? 2 : 1), let low = bytes.bindMemory(to: UInt8.self).baseAddress else { throw damaged }
      let most = UInt16(truncatingIfNeeded: head.shapes.count)
      var isWhole = true
      for row in 0..<head.rows {
        let number = UInt16(low[row]) | (isWide ? UInt16(low[head.rows + row]) << 8 : 0)
        if number >= most { isWhole = false }
        numbers[row] = number
      }
      guard isWhole else { throw damaged }
    }
    knownShapes = numbers
    return numbers
  }

  /// The rows of some shapes, ascending; of the others none.
  func rows(of wanted: [Bool]) throws(SeriesFault) -> [UnsafeMutableBufferPointer<UInt32>] {
    let numbers = try shapeNumbers()
    var lists: [UnsafeMutableBufferPointer<UInt32>] = []
    for (place, shape) in head.shapes.enumerated() {
      lists.append(allocate(wanted[place] ? shape.rows * 4 : 0).bindMemory(to: UInt32.self))
    }
    var isWhole = true
    var places = [Int](repeating: 0, count: lists.count)
    let (rows, bases, most) = (head.rows, lists.map(\.baseAddress), lists.map(\.count))
    bases.withUnsafeBufferPointer { bases in
      most.withUnsafeBufferPointer { most in
        places.withUnsafeMutableBufferPointer { places in
          for row in 0..<rows {
            let number = Int(numbers[row])
            guard most[number] > 0, let base = bases[number] else { continue }
            let place = places[number]
            if place < most[number] { base[place] = UInt32(truncatingIfNeeded: row) } else { isWhole = false }
            places[number] = place &+ 1
          }
        }
      }
    }
    for (place, list) in lists.enumerated() where places[place] != list.count { isWhole = false }
    guard isWhole else { throw damaged }
    return lists
  }

  func sequences() throws(SeriesFault) -> UnsafeMutablePointer<UInt64> {
    if let knownSequences { return knownSequences }
    let out = allocate(head.rows * 8).bindMemory(to: UInt64.self)
    guard let numbers = out.baseAddress else { throw damaged }
    var reader = ByteReader(try bytes(head.sequences))
    var (row, expected) = (0, head.firstSequence)
    while row < head.rows, !reader.isBroken {
      expected = expected &+ UInt64(bitPattern: reader.signed())
      let many = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
      if many < 1 || many > head.rows - row { break }
      for _ in 0..<many {
        numbers[row] = expected
        expected = expected &+ 1
        row += 1
      }
    }
    if reader.isBroken || row < head.rows { throw damaged }
    knownSequences = numbers
    return numbers
  }

  /// When rows were taken in.
  ///
  /// - Parameter withSequences: false when whoever asks brings the rows' numbers.
  func ingestion(withSequences: Bool = true) throws(SeriesFault) -> IngestionTimes {
    guard let times = IngestionTimes(try bytes(head.ingestion), head) else { throw damaged }
    if withSequences, times.needsSequences { times.sequences = try sequences() }
    return times
  }
}

extension ColumnBloom {
  static func mayHold(_ hash: UInt64, line: UnsafeRawBufferPointer) -> Bool { line.count < self.line || mayHold(hash, line) }
}

/// The times at which the rows of a block were taken in.
final class IngestionTimes {
  private var starts: [UInt64] = []
  private var times: [Int64] = []
  private var packed: PackedReader?
  fileprivate var sequences: UnsafeMutablePointer<UInt64>?

  init?(_ bytes: UnsafeRawBufferPointer, _ head: SlabHead) {
    var reader = ByteReader(bytes)
    if reader.varint() == 1 {
      var (sequence, time) = (head.firstSequence, head.firstTime)
      for _ in 0..<reader.length() {
        sequence = sequence &+ reader.varint()
        time = time &+ reader.signed()
        starts.append(sequence)
        times.append(time)
      }
      if reader.isBroken || starts.isEmpty { return nil }
    } else {
      guard bytes.count > 1, let packed = PackedReader(UnsafeRawBufferPointer(rebasing: bytes[1...]), count: head.rows) else { return nil }
      self.packed = packed
    }
  }

  fileprivate var needsSequences: Bool { packed == nil }

  subscript(row: Int) -> Int64 { time(row, sequences?[row] ?? 0) }

  /// Of a row and its number.
  func time(_ row: Int, _ sequence: UInt64) -> Int64 {
    if let packed { return packed[row] }
    var (low, high) = (0, starts.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if starts[middle] <= sequence { low = middle } else { high = middle }
    }
    return times[low]
  }
}
