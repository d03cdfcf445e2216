#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Flags of a shape in a block.
enum SlabFlags {
  static let json: UInt8 = 1
  /// Messages without a shape: one part is all of it.
  static let whole: UInt8 = 2
  /// The same with marks of sensitive data behind, as a second part.
  static let marked: UInt8 = 4
}

/// What a written block is, beside its bytes.
struct SlabSummary: Sendable {
  struct Stream: Sendable {
    var name: String
    var rows: Int
    var firstTime: Int64
    var lastTime: Int64
    var firstSequence: UInt64
    var lastSequence: UInt64
    var lastIngested: Int64
  }
  var rows = 0
  var rawBytes = 0
  var firstTime = Int64.max
  var lastTime = Int64.min
  var firstSequence = UInt64.max
  var lastSequence: UInt64 = 0
  var streams: [Stream] = []
}

/// Makes a block of columns of events that come stream by stream, each stream's in the order they are read.
///
/// Body: `length(4) sum(4) raw length(4) flags(1)` of the head, the head, then parts. The head says where parts are, what shapes messages
/// have and how the column for each place of a shape is stored. Everything that a query reads alone is a part of its own.
final class SlabWriter {
  private final class Shape {
    let start: Int
    let length: Int
    let flags: UInt8
    let hash: UInt64
    let times = NumberHeap<Int64>()
    let columns: UnsafeMutableBufferPointer<ColumnValues>

    init(start: Int, length: Int, flags: UInt8, hash: UInt64, columns: Int) {
      (self.start, self.length, self.flags, self.hash) = (start, length, flags, hash)
      self.columns = .allocate(capacity: columns)
      for place in 0..<columns { self.columns.initializeElement(at: place, to: ColumnValues()) }
    }

    deinit {
      for column in columns { column.deallocate() }
      columns.deallocate()
    }
  }
  /// A shape once more: counting references takes longer than taking in a value.
  private struct Bare {
    let times: Unmanaged<NumberHeap<Int64>>
    let columns: UnsafeMutablePointer<ColumnValues>?
  }
  /// What is known of the stream whose events come now.
  private struct Tally {
    var rows = 0
    var (firstTime, lastTime): (Int64, Int64) = (0, 0)
    var (leastTime, mostTime): (Int64, Int64) = (.max, .min)
    var (leastSequence, mostSequence): (UInt64, UInt64) = (.max, 0)
    var lastIngested = Int64.min
  }
  static let version = 1
  private static let mostShapes = 2_000
  private static let mostColumns = 20_000
  private static let slots = 1 << 13
  private let scanner: ShapeScanner
  private let tree: ShapeTree
  /// The message that is being taken in, with what `ShapeScanner` wants behind it.
  private let message = ByteHeap(1 << 12)
  /// Of messages and marks.
  private var gathered = 0
  private var stream = ""
  private var tally = Tally()
  private let shapeBytes = ByteHeap()
  private var shapes: [Shape] = []
  private let bare = UnsafeMutablePointer<Bare>.allocate(capacity: mostShapes)
  private var columns = 0
  private var table = [Int32](repeating: -1, count: slots)
  private let rowShapes = NumberHeap<UInt16>(1 << 12)
  private let times = NumberHeap<Int64>(1 << 12)
  private let sequences = NumberHeap<UInt64>(1 << 12)
  private let ingested = NumberHeap<Int64>(1 << 12)
  private var writer = ColumnWriter()
  private let light = Compressor(level: 1)
  private(set) var summary = SlabSummary()

  init() {
    scanner = ShapeScanner()
    tree = ShapeTree(scanner)
    reset()
  }

  private func reset() {
    (gathered, tally) = (0, Tally())
    tree.removeAll()
    shapeBytes.count = 0
    shapes = []
    columns = 3
    for slot in table.indices { table[slot] = -1 }
    rowShapes.removeAll()
    times.removeAll()
    sequences.removeAll()
    ingested.removeAll()
    writer.removeAll()
    summary = SlabSummary()
    append(Shape(start: 0, length: 0, flags: SlabFlags.whole, hash: 0, columns: 1))
    append(Shape(start: 0, length: 0, flags: SlabFlags.whole | SlabFlags.marked, hash: 0, columns: 2))
  }

  deinit { bare.deallocate() }

  private func append(_ shape: Shape) {
    (bare + shapes.count).initialize(to: Bare(times: .passUnretained(shape.times), columns: shape.columns.baseAddress))
    shapes.append(shape)
  }

  var rows: Int { summary.rows + tally.rows }
  var bytes: Int { gathered }

  func begin(stream name: String) {
    endStream()
    stream = name
  }

  private func endStream() {
    defer { tally = Tally() }
    if tally.rows == 0 { return }
    summary.streams.append(
      SlabSummary.Stream(
        name: stream, rows: tally.rows, firstTime: tally.firstTime, lastTime: tally.lastTime, firstSequence: tally.leastSequence,
        lastSequence: tally.mostSequence, lastIngested: tally.lastIngested))
    summary.rows += tally.rows
    summary.firstTime = min(summary.firstTime, tally.leastTime)
    summary.lastTime = max(summary.lastTime, tally.mostTime)
    summary.firstSequence = min(summary.firstSequence, tally.leastSequence)
    summary.lastSequence = max(summary.lastSequence, tally.mostSequence)
  }

  /// Takes events until there are as many rows or bytes as there should be at most. Answers how many it took, at least one.
  func add(_ records: UnsafeBufferPointer<LogRecord>, mostRows: Int, mostBytes: Int) -> Int {
    var tally = tally
    let before = summary.rows
    if tally.rows == 0, let first = records.first { tally.firstTime = first.id.time }
    var taken = 0
    for record in records {
      let (time, sequence) = (record.id.time, record.id.sequence)
      tally.rows &+= 1
      tally.lastTime = time
      (tally.leastTime, tally.mostTime) = (min(tally.leastTime, time), max(tally.mostTime, time))
      (tally.leastSequence, tally.mostSequence) = (min(tally.leastSequence, sequence), max(tally.mostSequence, sequence))
      tally.lastIngested = max(tally.lastIngested, record.ingested)
      times.append(time)
      sequences.append(sequence)
      ingested.append(record.ingested)
      keep(record)
      taken &+= 1
      if before &+ tally.rows >= mostRows || gathered >= mostBytes { break }
    }
    self.tally = tally
    return taken
  }

  private func keep(_ record: LogRecord) {
    let count = record.message.count
    message.count = 0
    message.reserve(count)
    let bytes = message.base
    if let start = record.message.baseAddress { memcpy(bytes, start, count) }
    bytes[count] = 0x20
    summary.rawBytes &+= count
    gathered &+= count
    if !record.marks.isEmpty { return keep(marked: record) }
    if let number = tree.find(bytes, count) ?? scanned(bytes, count) {
      rowShapes.append(UInt16(truncatingIfNeeded: number))
      let (shape, parts) = (bare[number], scanner.parts)
      shape.times._withUnsafeGuaranteedRef { $0.append(record.id.time) }
      guard let columns = shape.columns else { return }
      for part in 0..<scanner.partCount {
        let (from, to) = (Int(parts[2 &* part]), Int(parts[2 &* part &+ 1]))
        columns[part].append(bytes + from, to &- from)
      }
    } else {
      rowShapes.append(0)
      shapes[0].times.append(record.id.time)
      shapes[0].columns[0].append(bytes, count)
    }
  }

  private func keep(marked record: LogRecord) {
    rowShapes.append(1)
    shapes[1].times.append(record.id.time)
    shapes[1].columns[0].append(message.base, record.message.count)
    let marks = ByteHeap(record.marks.count)
    if let start = record.marks.bindMemory(to: UInt8.self).baseAddress { marks.append(start, record.marks.count) }
    shapes[1].columns[1].append(marks.base, marks.count)
    gathered &+= marks.count
  }

  private func scanned(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int? { scanner.scan(bytes, count) ? shape() : nil }

  /// The number of the scanned shape; nil when there are too many.
  private func shape() -> Int? {
    let flags = scanner.isJSON ? SlabFlags.json : 0
    let hash = StoredHash.hash(scanner.shape, scanner.length) ^ UInt64(flags)
    var slot = Int(truncatingIfNeeded: hash) & (Self.slots - 1)
    while table[slot] >= 0 {
      let number = Int(table[slot])
      if shapes[number].hash == hash, shapes[number].length == scanner.length, shapes[number].flags == flags,
        memcmp(shapeBytes.base + shapes[number].start, scanner.shape, scanner.length) == 0
      {
        return number
      }
      slot = (slot + 1) & (Self.slots - 1)
    }
    if shapes.count >= Self.mostShapes || columns + scanner.partCount > Self.mostColumns { return nil }
    table[slot] = Int32(shapes.count)
    columns += scanner.partCount
    append(Shape(start: shapeBytes.count, length: scanner.length, flags: flags, hash: hash, columns: scanner.partCount))
    shapeBytes.append(scanner.shape, scanner.length)
    tree.insert(shapes.count - 1)
    return shapes.count - 1
  }

  // MARK: Writing

  /// The block's body; then it is empty again.
  func finish(key: LogKey?) throws(SeriesFault) -> (body: [UInt8], summary: SlabSummary) {
    endStream()
    let kept = shapes.indices.filter { shapes[$0].times.count > 0 }
    var templates: [UInt8] = []
    for number in kept { template(shapes[number], &templates) }
    var head: [UInt8] = []
    head.put(varint: Self.version)
    head.put(varint: summary.rows)
    head.put(signed: summary.firstTime)
    head.put(signed: summary.lastTime)
    head.put(varint: summary.firstSequence)
    head.put(varint: summary.lastSequence &- summary.firstSequence)
    head.put(varint: summary.rawBytes)
    var references: [UInt8] = []
    for part in [streamPart(), timePart(), sequencePart(), ingestionPart(), shapePart(kept)] { ColumnSpec.put(part, &references) }
    var body: [UInt8] = []
    head.put(varint: writer.parts.count)
    for part in writer.parts {
      let bytes = try Self.sealed(part.bytes, key)
      head.put(varint: bytes.count)
      head.put(varint: part.raw)
      head.put(fixed: bytes.withUnsafeBytes { Checksum.crc32c($0) })
      head.append(part.isCompressed ? 1 : 0)
      body += bytes
    }
    head += references
    head.put(varint: kept.count)
    head += templates
    let result = (try Self.envelope(head, key, light) + body, summary)
    reset()
    return result
  }

  private static func sealed(_ bytes: [UInt8], _ key: LogKey?) throws(SeriesFault) -> [UInt8] {
    guard let key else { return bytes }
    return try bytes.withUnsafeBytes { bytes in Result { () throws(SeriesFault) in try key.seal(bytes) } }.get()
  }

  private static func envelope(_ head: [UInt8], _ key: LogKey?, _ compressor: Compressor) throws(SeriesFault) -> [UInt8] {
    let packed = head.withUnsafeBytes { compressor.pack($0) } ?? head
    let isPacked = packed.count < head.count
    let stored = try sealed(isPacked ? packed : head, key)
    var bytes: [UInt8] = []
    bytes.put(fixed: UInt32(clamping: stored.count))
    bytes.put(fixed: stored.withUnsafeBytes { Checksum.crc32c($0) })
    bytes.put(fixed: UInt32(clamping: head.count))
    bytes.append((isPacked ? 1 : 0) | (key == nil ? 0 : 2))
    return bytes + stored
  }

  private func template(_ shape: Shape, _ head: inout [UInt8]) {
    head.append(shape.flags)
    head.put(varint: shape.times.count)
    head.put(varint: shape.length)
    head.append(contentsOf: UnsafeBufferPointer(start: shapeBytes.base + shape.start, count: shape.length))
    head.put(varint: shape.columns.count)
    for values in shape.columns { writer.write(ColumnInput(values, times: shape.times.base)).put(&head) }
  }

  private func streamPart() -> ColumnPart {
    var bytes: [UInt8] = []
    bytes.put(varint: summary.streams.count)
    for stream in summary.streams {
      bytes.put(stream.name)
      bytes.put(varint: stream.rows)
      bytes.put(signed: stream.firstTime &- summary.firstTime)
      bytes.put(signed: stream.lastTime &- stream.firstTime)
    }
    return writer.keep(bytes, compressed: true)
  }

  /// Times as one line that never falls: where a stream begins it goes on from where the one before ended.
  private func timePart() -> ColumnPart {
    var line: [Int64] = []
    line.reserveCapacity(summary.rows)
    var (row, base): (Int, Int64) = (0, 0)
    for stream in summary.streams {
      for _ in 0..<stream.rows {
        line.append(times[row] &- stream.firstTime &+ base)
        row += 1
      }
      base = base &+ stream.lastTime &- stream.firstTime
    }
    return writer.keep(Self.packed(line), compressed: false)
  }

  private static func packed(_ numbers: [Int64]) -> [UInt8] {
    var bytes: [UInt8] = []
    numbers.withUnsafeBufferPointer { PackedNumbers.put($0, to: &bytes) }
    return bytes
  }

  /// Runs of consecutive numbers: the first less the one expected, and how many.
  private func sequencePart() -> ColumnPart {
    var bytes: [UInt8] = []
    var (row, expected) = (0, summary.firstSequence)
    while row < summary.rows {
      let start = row
      while row + 1 < summary.rows, sequences[row + 1] == sequences[row] &+ 1 { row += 1 }
      bytes.put(signed: Int64(bitPattern: sequences[start] &- expected))
      bytes.put(varint: row - start + 1)
      expected = sequences[row] &+ 1
      row += 1
    }
    return writer.keep(bytes, compressed: true)
  }

  /// The time of ingestion follows from the number nearly always: then for each time the first number. Else one for each event.
  private func ingestionPart() -> ColumnPart {
    var found: [Int64: (least: UInt64, most: UInt64)] = [:]
    var (time, least, most) = (Int64.min, UInt64.max, UInt64(0))
    for row in 0..<summary.rows {
      let sequence = sequences[row]
      if ingested[row] != time {
        if least <= most { found[time] = (least, most) }
        time = ingested[row]
        (least, most) = found[time] ?? (.max, 0)
      }
      least = min(least, sequence)
      most = max(most, sequence)
    }
    if least <= most { found[time] = (least, most) }
    let sorted = found.sorted { $0.value.least < $1.value.least }
    var bytes: [UInt8] = []
    if zip(sorted, sorted.dropFirst()).allSatisfy({ $0.value.most < $1.value.least }) {
      bytes.append(1)
      bytes.put(varint: sorted.count)
      (time, least) = (summary.firstTime, summary.firstSequence)
      for entry in sorted {
        bytes.put(varint: entry.value.least &- least)
        bytes.put(signed: entry.key &- time)
        (time, least) = (entry.key, entry.value.least)
      }
    } else {
      bytes.append(0)
      bytes += Self.packed((0..<summary.rows).map { ingested[$0] })
    }
    return writer.keep(bytes, compressed: true)
  }

  private func shapePart(_ kept: [Int]) -> ColumnPart {
    var numbers = [UInt16](repeating: 0, count: shapes.count)
    for (place, number) in kept.enumerated() { numbers[number] = UInt16(truncatingIfNeeded: place) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(summary.rows * 2)
    for row in 0..<summary.rows {
      let number = numbers[Int(rowShapes[row])]
      bytes.append(UInt8(truncatingIfNeeded: number))
    }
    // Beyond 256 shapes the upper bytes follow.
    if kept.count > 256 { for row in 0..<summary.rows { bytes.append(UInt8(truncatingIfNeeded: numbers[Int(rowShapes[row])] >> 8)) } }
    return kept.count < 2 ? .inline([]) : writer.keep(bytes, compressed: true)
  }
}
