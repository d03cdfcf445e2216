import Synchronization

/// A file with samples of one day, by series; never changed once it is named in the manifest.
///
/// A frame for each series, whose number is the frame's, with aggregates in the order of time; then a frame that says where
/// each begins, and where that one begins. The name tells the day and the seconds that samples are kept apart at least.
struct MetricBlockFile: Hashable, Sendable {
  static let kind = "METBLK"
  static let series: UInt8 = 16
  static let index: UInt8 = 17
  var day: Int32
  var resolution: UInt16
  var number: UInt32

  var name: String { "block-\(day)-\(resolution)-\(number)" }
}

/// Where the series of a file begin.
final class MetricBlockIndex: Sendable {
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
      guard let header = FrameHeader(bytes, at: offset), header.kind == MetricBlockFile.index, let body = header.body(bytes, at: offset)
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

  /// The place of a series in the lists.
  func place(_ number: UInt32) -> Int? {
    var (low, high) = (0, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < numbers.count && numbers[low] == number ? low : nil
  }

  /// Shows each aggregate of a series with its second and the seconds it stands for.
  func read(_ file: DataFile, at place: Int, _ body: (Int64, Int64, MetricAggregate) -> Void) throws(SeriesFault) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(lengths[place]), alignment: 8)
    defer { memory.deallocate() }
    try file.read(at: Int(offsets[place]), into: memory)
    let bytes = UnsafeRawBufferPointer(memory)
    guard let header = FrameHeader(bytes, at: 0), header.kind == MetricBlockFile.series, let found = header.body(bytes, at: 0) else {
      throw SeriesFault("\(file.path) is damaged at byte \(offsets[place]).")
    }
    var reader = ByteReader(found)
    var second: Int64 = 0
    while !reader.isAtEnd {
      second = second &+ reader.signed()
      let resolution = Int64(reader.fixed(UInt16.self))
      let aggregate = MetricAggregate(&reader)
      if reader.isBroken { throw SeriesFault("\(file.path) is damaged at byte \(offsets[place]).") }
      body(second, resolution, aggregate)
    }
  }
}

/// Writes a block file, series in the order of their numbers.
struct MetricBlockWriter {
  private let file: DataFile
  private let path: String
  private var buffer = FrameBuffer()
  private var end = 0
  private var entries: [(number: UInt32, offset: Int, length: Int)] = []
  private static let piece = 1 << 20

  init(_ path: String) throws(SeriesFault) {
    self.path = path
    file = try DataFile.writable(path)
    try file.truncate(to: 0)
    buffer.bytes = FileHead.bytes(MetricBlockFile.kind)
  }

  /// The aggregates must be in the order of time.
  mutating func put(_ number: UInt32, _ aggregates: [(second: Int64, resolution: Int64, value: MetricAggregate)]) throws(SeriesFault) {
    let start = buffer.bytes.count
    buffer.begin(MetricBlockFile.series)
    var before: Int64 = 0
    for entry in aggregates {
      buffer.bytes.put(signed: entry.second &- before)
      buffer.bytes.put(fixed: UInt16(clamping: entry.resolution))
      entry.value.write(&buffer.bytes)
      before = entry.second
    }
    buffer.end(sequences: 0)
    buffer.stampLast(UInt64(number), time: 0)
    entries.append((number, end + start, buffer.bytes.count - start))
    if buffer.bytes.count >= Self.piece { try flush() }
  }

  private mutating func flush() throws(SeriesFault) {
    try file.write(buffer.bytes, at: end)
    end += buffer.bytes.count
    buffer.removeAll()
  }

  /// On disk when it returns.
  mutating func finish() throws(SeriesFault) {
    try flush()
    guard end < Int(UInt32.max) else { throw SeriesFault("\(path) would be larger than 4 GiB.") }
    let offset = end
    buffer.begin(MetricBlockFile.index)
    buffer.bytes.put(varint: entries.count)
    for entry in entries {
      buffer.bytes.put(fixed: entry.number)
      buffer.bytes.put(fixed: UInt32(clamping: entry.offset))
      buffer.bytes.put(fixed: UInt32(clamping: entry.length))
    }
    buffer.end(sequences: 0)
    buffer.stampLast(0, time: 0)
    buffer.bytes.put(fixed: UInt64(offset))
    try flush()
    try file.sync()
  }
}

/// The block files read last, kept open with their indexes.
final class MetricBlockCache: Sendable {
  private typealias Entry = (file: DataFile, index: MetricBlockIndex, used: UInt64)
  private struct State {
    var entries: [MetricBlockFile: Entry] = [:]
    var tick: UInt64 = 0
  }
  private let directory: String
  private let most: Int
  private let state = Mutex(State())

  init(directory: String, most: Int) {
    self.directory = directory
    self.most = most
  }

  /// Nil when the file is gone.
  func open(_ block: MetricBlockFile) throws(SeriesFault) -> (file: DataFile, index: MetricBlockIndex)? {
    let known = state.withLock { state -> Entry? in
      state.tick += 1
      state.entries[block]?.used = state.tick
      return state.entries[block]
    }
    if let known { return (known.file, known.index) }
    guard let file = try DataFile.existing("\(directory)/\(block.name)") else { return nil }
    let index = try MetricBlockIndex(file)
    state.withLock { state in
      if state.entries.count >= most, let old = state.entries.min(by: { $0.value.used < $1.value.used })?.key { state.entries[old] = nil }
      state.entries[block] = (file, index, state.tick)
    }
    return (file, index)
  }

  func forget(_ block: MetricBlockFile) { state.withLock { $0.entries[block] = nil } }
  func forgetAll() { state.withLock { $0.entries = [:] } }
}
