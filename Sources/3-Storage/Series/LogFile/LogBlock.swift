import Time

/// Events of one stream that lie together in a file, in the order they are read: a frame of their own, or rows of a block of columns.
struct LogBlock: Sendable {
  /// Milliseconds since 1970.
  var firstTime: Int64
  var lastTime: Int64
  /// The least and the greatest sequence number in it.
  var firstSequence: UInt64
  var lastSequence: UInt64
  /// Where its frame begins.
  var offset: UInt32
  /// Bytes of the frame.
  var length: UInt32
  /// The number of a journal file or of a segment of the group.
  var file: UInt32
  var count: UInt32
  /// Of the first event in a block of columns.
  var row: UInt32 = 0
  /// Bytes of the disk that are for these events.
  var share: UInt32 = 0
  var isInJournal: Bool
  var isColumns = false

  /// No event of the block is before the first or after the last of these.
  var first: LogEventID { LogEventID(time: firstTime, sequence: firstSequence) }
  var last: LogEventID { LogEventID(time: lastTime, sequence: lastSequence) }
  /// The block of columns that it is in.
  var slab: SlabPlace { SlabPlace(file: file, offset: offset) }
}

/// The kinds of frames in files of logs.
enum LogFrame {
  static let events: UInt8 = 1
  static let deleteGroup: UInt8 = 2
  static let deleteStream: UInt8 = 3
  static let expire: UInt8 = 4
  static let moved: UInt8 = 5
  static let defineGroup: UInt8 = 6
  static let removeGroup: UInt8 = 7
  /// Events with marks behind each message.
  static let marked: UInt8 = 8
  /// Either of both, sealed with the group's key.
  static let sealed: UInt8 = 9
  /// Events of many streams in columns.
  static let columns: UInt8 = 10
  /// What a move added, in columns.
  static let movedColumns: UInt8 = 11
}

/// An event whose message lies in a buffer.
struct LogRecord {
  var id: LogEventID
  var ingested: Int64
  var message: UnsafeRawBufferPointer
  /// As `LogMarks` has them; empty when nothing is marked.
  var marks = UnsafeRawBufferPointer(start: nil, count: 0)
}

/// Writes blocks of events.
///
/// A body is: group, stream, count, first and last time, first and last sequence less the header's, then for each event
/// time, sequence and ingestion less those of the one before, and the message with its length.
struct LogBlockWriter {
  /// Events begun beyond this go to another block.
  let blockBytes: Int
  var frames = FrameBuffer()
  private(set) var blocks: [LogBlock] = []

  init(blockBytes: Int) { self.blockBytes = blockBytes }

  /// Appends events that are in the order of time; the journal's writer gives them ascending numbers.
  mutating func put(_ events: [LogEvent], group: String, stream: String, key: LogKey? = nil) throws(SeriesFault) {
    let hasMarks = events.contains { !$0.marks.isEmpty }
    let kind = hasMarks ? LogFrame.marked : LogFrame.events
    var start = 0
    while start < events.count {
      let end = chunk(start, events.count) { events[$0].message.count }
      let (first, last) = (events[start].timestamp.milliseconds, events[end - 1].timestamp.milliseconds)
      let place = frames.bytes.count
      frames.begin(key == nil ? kind : LogFrame.sealed)
      begin(group, stream, end - start, first, last, 0, UInt64(end - start - 1))
      var time = first
      for place in start..<end {
        let now = events[place].timestamp.milliseconds
        frames.bytes.put(signed: now &- time)
        frames.bytes.put(signed: place == start ? 0 : 1)
        frames.bytes.put(signed: 0)
        frames.bytes.put(varint: events[place].message.count)
        frames.bytes.append(contentsOf: events[place].message)
        if hasMarks { LogMarks.put(events[place].marks, of: events[place].message.count, to: &frames.bytes) }
        time = now
      }
      if let key { try key.seal(&frames.bytes, from: place + FrameHeader.size, kind, group) }
      frames.end(sequences: UInt64(end - start))
      note(first, last, UInt64(start), UInt64(end - 1), end - start)
      start = end
    }
  }

  private func chunk(_ start: Int, _ count: Int, _ size: (Int) -> Int) -> Int {
    var (end, bytes) = (start, 0)
    while end < count, end == start || bytes + size(end) <= blockBytes {
      bytes += size(end) + 8
      end += 1
    }
    return end
  }

  private mutating func begin(
    _ group: String, _ stream: String, _ count: Int, _ first: Int64, _ last: Int64, _ least: UInt64, _ greatest: UInt64
  ) {
    frames.bytes.put(group)
    frames.bytes.put(stream)
    frames.bytes.put(varint: count)
    frames.bytes.put(signed: first)
    frames.bytes.put(signed: last)
    frames.bytes.put(varint: least)
    frames.bytes.put(varint: greatest)
  }

  private mutating func note(_ first: Int64, _ last: Int64, _ least: UInt64, _ greatest: UInt64, _ count: Int) {
    guard let frame = frames.frames.last else { return }
    blocks.append(
      LogBlock(
        firstTime: first, lastTime: last, firstSequence: least, lastSequence: greatest, offset: UInt32(clamping: frame.offset),
        length: UInt32(clamping: frame.length), file: 0, count: UInt32(clamping: count), isInJournal: false))
  }

  mutating func removeAll() {
    frames.removeAll()
    blocks.removeAll(keepingCapacity: true)
  }
}

/// Reads a block's body.
struct LogBlockReader {
  let group: Range<Int>
  let stream: Range<Int>
  let count: Int
  let firstTime: Int64
  let lastTime: Int64
  let firstSequence: UInt64
  let lastSequence: UInt64
  private let hasMarks: Bool
  private let base: UnsafeRawBufferPointer
  private var reader: ByteReader
  private var left: Int
  private var time: Int64
  private var sequence: UInt64
  private var ingested: Int64

  /// Nil when the body is none of a block.
  init?(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) {
    var reader = ByteReader(body)
    base = body
    group = reader.span()
    stream = reader.span()
    count = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
    firstTime = reader.signed()
    lastTime = reader.signed()
    firstSequence = header.sequence &+ reader.varint()
    lastSequence = header.sequence &+ reader.varint()
    if reader.isBroken || (header.kind != LogFrame.events && header.kind != LogFrame.marked) { return nil }
    hasMarks = header.kind == LogFrame.marked
    (left, time, sequence, ingested) = (count, firstTime, header.sequence, header.time)
    self.reader = reader
  }

  var groupName: String { String(decoding: base[group], as: UTF8.self) }
  var streamName: String { String(decoding: base[stream], as: UTF8.self) }
  /// Some bytes were not what a block holds.
  var isBroken: Bool { reader.isBroken }

  /// The message points into the body.
  @inline(__always)
  mutating func next() -> LogRecord? {
    if left <= 0 { return nil }
    left &-= 1
    time = time &+ reader.signed()
    sequence = sequence &+ UInt64(bitPattern: reader.signed())
    ingested = ingested &+ reader.signed()
    let span = reader.span()
    var record = LogRecord(
      id: LogEventID(time: time, sequence: sequence), ingested: ingested, message: UnsafeRawBufferPointer(rebasing: base[span]))
    if hasMarks {
      let marks = LogMarks.skip(&reader)
      if marks.count > 1 { record.marks = UnsafeRawBufferPointer(rebasing: base[marks]) }
    }
    return reader.isBroken ? nil : record
  }
}
