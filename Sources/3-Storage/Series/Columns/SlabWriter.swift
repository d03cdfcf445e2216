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
    let spans: [NumberHeap<UInt64>]
    let times = NumberHeap<Int64>()
    /// The spans once more: counting references takes longer than noting one.
    let bare: UnsafeMutablePointer<Unmanaged<NumberHeap<UInt64>>>

    init(start: Int, length: Int, flags: UInt8, hash: UInt64, columns: Int) {
      (self.start, self.length, self.flags, self.hash) = (start, length, flags, hash)
      spans = (0..<columns).map { _ in NumberHeap() }
      bare = .allocate(capacity: max(columns, 1))
      for (place, span) in spans.enumerated() { (bare + place).initialize(to: .passUnretained(span)) }
    }

    deinit { bare.deallocate() }
  }
  static let version = 1
  private static let mostShapes = 2_000
  private static let mostColumns = 20_000
  private static let slots = 1 << 13
  private let scanner = ShapeScanner()
  private let messages = ByteHeap(1 << 20)
  private let shapeBytes = ByteHeap()
  private var shapes: [Shape] = []
  private var columns = 0
  private var table = [Int32](repeating: -1, count: slots)
  private let rowShapes = NumberHeap<UInt16>(1 << 12)
  private let times = NumberHeap<Int64>(1 << 12)
  private let sequences = NumberHeap<UInt64>(1 << 12)
  private let ingested = NumberHeap<Int64>(1 << 12)
  private var writer = ColumnWriter()
  private let light = Compressor(level: 1)
  private(set) var summary = SlabSummary()

  init() { reset() }

  private func reset() {
    messages.count = 0
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
    shapes.append(Shape(start: 0, length: 0, flags: SlabFlags.whole, hash: 0, columns: 1))
    shapes.append(
      Shape(start: 0, length: 0, flags: SlabFlags.whole | SlabFlags.marked, hash: 0, columns: 2))
  }

  var rows: Int { summary.rows }
  var bytes: Int { messages.count }

  func begin(stream name: String) {
    if summary.streams.last?.rows == 0 { summary.streams.removeLast() }
    summary.streams.append(
      SlabSummary.Stream(name: name, rows: 0, firstTime: 0, lastTime: 0, firstSequence: .max, lastSequence: 0, lastIngested: .min))
  }

  func add(_ record: LogRecord) {
    let place = summary.streams.count - 1
    let (time, sequence) = (record.id.time, record.id.sequence)
    if summary.streams[place].rows == 0 { summary.streams[place].firstTime = time }
    summary.streams[place].rows += 1
    summary.streams[place].lastTime = time
    summary.streams[place].firstSequence = min(summary.streams[place].firstSequence, sequence)
    summary.streams[place].lastSequence = max(summary.streams[place].lastSequence, sequence)
    summary.streams[place].lastIngested = max(summary.streams[place].lastIngested, record.ingested)
    summary.rows += 1
    summary.rawBytes += record.message.count
    summary.firstTime = min(summary.firstTime, time)
    summary.lastTime = max(summary.lastTime, time)
    summary.firstSequence = min(summary.firstSequence, sequence)
    summary.lastSequence = max(summary.lastSequence, sequence)
    times.append(time)
    sequences.append(sequence)
    ingested.append(record.ingested)
    keep(record)
  }

  private func keep(_ record: LogRecord) {
    let start = messages.count
    let count = record.message.count
    if let bytes = record.message.bindMemory(to: UInt8.self).baseAddress { messages.append(bytes, count) }
    if !record.marks.isEmpty, let marks = record.marks.bindMemory(to: UInt8.self).baseAddress {
      let behind = messages.count
      messages.append(marks, record.marks.count)
      take(1, record.id.time, start, count)
      shapes[1].spans[1].append(UInt64(behind) << 32 | UInt64(record.marks.count))
      return
    }
    guard scanner.scan(messages.base + start, count), let number = shape() else { return take(0, record.id.time, start, count) }
    rowShapes.append(UInt16(truncatingIfNeeded: number))
    let shape = shapes[number]
    shape.times.append(record.id.time)
    let (parts, bare) = (scanner.parts, shape.bare)
    for part in 0..<scanner.partCount {
      let (from, to) = (UInt64(parts[2 &* part]), UInt64(parts[2 &* part &+ 1]))
      bare[part]._withUnsafeGuaranteedRef { $0.append((UInt64(start) &+ from) << 32 | (to &- from)) }
    }
  }

  private func take(_ number: Int, _ time: Int64, _ start: Int, _ count: Int) {
    rowShapes.append(UInt16(truncatingIfNeeded: number))
    shapes[number].times.append(time)
    shapes[number].spans[0].append(UInt64(start) << 32 | UInt64(count))
  }

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
    shapes.append(
      Shape(start: shapeBytes.count, length: scanner.length, flags: flags, hash: hash, columns: scanner.partCount))
    shapeBytes.append(scanner.shape, scanner.length)
    return shapes.count - 1
  }

  // MARK: Writing

  /// The block's body; then it is empty again.
  func finish(key: LogKey?) throws(SeriesFault) -> (body: [UInt8], summary: SlabSummary) {
    if summary.streams.last?.rows == 0 { summary.streams.removeLast() }
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
    let packed = compressor.pack(head) ?? head
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
    head.put(varint: shape.spans.count)
    for spans in shape.spans {
      let input = ColumnInput(base: messages.base, spans: spans.base, count: spans.count, times: shape.times.base)
      writer.write(input).put(&head)
    }
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
