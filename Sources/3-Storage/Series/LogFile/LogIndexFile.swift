/// The file beside a group's segments that says what is in them, so that opening reads no events.
///
/// Frames, appended each time events are moved from journals to a segment: the segment, its length, the number up to which
/// events were moved, and the blocks by stream. Drops are appended as well. A tail that was not written to its end is ignored:
/// the journal still has what it spoke of.
enum LogIndexFile {
  private static let kind = "LOGIDX"

  /// What one move added. Sorted out of `blocks` by stream.
  struct Moved {
    var segment: UInt32
    var end: Int
    var through: UInt64
    var slabs: [SlabPlace: LogSlab]
    var streams: [(name: String, lastIngested: Int64, blocks: [LogBlock])]
  }
  /// 1 had no blocks of columns.
  private static let version: UInt16 = 2

  static func head(_ group: String) -> [UInt8] {
    var bytes = FileHead.bytes(kind, version: version)
    bytes.put(group)
    return bytes
  }

  static func frame(_ moved: Moved) -> [UInt8] {
    var buffer = FrameBuffer()
    buffer.begin(LogFrame.movedColumns)
    buffer.bytes.put(varint: Int(moved.segment))
    buffer.bytes.put(varint: moved.end)
    buffer.bytes.put(varint: moved.through)
    let places = moved.slabs.keys.sorted { ($0.file, $0.offset) < ($1.file, $1.offset) }
    buffer.bytes.put(varint: places.count)
    for place in places { if let slab = moved.slabs[place] { put(slab, at: place, &buffer.bytes) } }
    let numbers = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0 + 1) })
    buffer.bytes.put(varint: moved.streams.count)
    for stream in moved.streams {
      buffer.bytes.put(stream.name)
      buffer.bytes.put(signed: stream.lastIngested)
      buffer.bytes.put(varint: stream.blocks.count)
      for block in stream.blocks { put(block, block.isColumns ? numbers[block.slab] ?? 0 : 0, &buffer.bytes) }
    }
    buffer.end(sequences: 0)
    buffer.stamp(moved.through, time: 0)
    return buffer.bytes
  }

  private static func put(_ slab: LogSlab, at place: SlabPlace, _ bytes: inout [UInt8]) {
    for number in [place.file, place.offset, slab.length, slab.rows] { bytes.put(varint: Int(number)) }
    bytes.put(signed: slab.firstTime)
    bytes.put(signed: slab.lastTime &- slab.firstTime)
    bytes.put(varint: slab.firstSequence)
    bytes.put(varint: slab.lastSequence &- slab.firstSequence)
    bytes.put(varint: slab.rawBytes)
    bytes.put(varint: slab.dead.count)
    for range in slab.dead {
      bytes.put(varint: Int(range.lowerBound))
      bytes.put(varint: range.count)
    }
  }

  private static func put(_ block: LogBlock, _ slab: Int, _ bytes: inout [UInt8]) {
    bytes.put(varint: slab)
    if slab == 0 {
      for number in [block.file, block.offset, block.length] { bytes.put(varint: Int(number)) }
    } else {
      bytes.put(varint: Int(block.row))
    }
    bytes.put(varint: Int(block.count))
    bytes.put(signed: block.firstTime)
    bytes.put(signed: block.lastTime &- block.firstTime)
    bytes.put(varint: block.firstSequence)
    bytes.put(varint: block.lastSequence &- block.firstSequence)
  }

  static func frame(_ drop: LogDrop) -> [UInt8] {
    var buffer = FrameBuffer()
    buffer.begin(drop.stream == nil ? LogFrame.expire : LogFrame.deleteStream)
    put(drop, &buffer.bytes)
    buffer.end(sequences: 0)
    buffer.stamp(drop.through, time: 0)
    return buffer.bytes
  }

  static func put(_ drop: LogDrop, _ bytes: inout [UInt8]) {
    bytes.put(drop.stream ?? "")
    bytes.put(signed: drop.before)
    bytes.put(varint: drop.through)
  }

  /// The drop that a frame's body tells of; `through` 0 means up to the frame's own number.
  static func drop(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) -> LogDrop? {
    var reader = ByteReader(body)
    let (stream, before, through) = (reader.text(), reader.signed(), reader.varint())
    if reader.isBroken { return nil }
    return LogDrop(stream: header.kind == LogFrame.expire ? nil : stream, before: before, through: through)
  }

  /// The group that a file says it belongs to; nil when that can not be read.
  static func group(_ path: String) throws(SeriesFault) -> String? {
    guard let file = try DataFile.existing(path) else { return nil }
    return try file.mapped { bytes throws(SeriesFault) -> String? in
      guard FileHead.isOf(bytes, kind) else { return nil }
      var reader = ByteReader(bytes, at: FileHead.size)
      let name = reader.text()
      return reader.isBroken || name.isEmpty || name.contains("\u{FFFD}") ? nil : name
    }
  }

  enum Condition {
    case whole
    /// The last record was not written to its end.
    case cut
    case damaged
  }

  /// Adds what the file says to a group's state. Answers how much of it could be read.
  static func load(_ path: String, group: String, into state: inout LogGroupState) throws(SeriesFault) -> Condition {
    guard let file = try DataFile.existing(path) else { return .damaged }
    var (found, condition) = (state, Condition.whole)
    try file.mapped { bytes throws(SeriesFault) in
      // A file without a head was cut off when it was made.
      if bytes.count < FileHead.size {
        condition = .damaged
        return
      }
      var offset = FileHead.size
      // Of another version it is read as far as it can be, and what it does not say is found in the segments.
      if FileHead.isOf(bytes, kind), 1...version ~= FileHead.version(bytes) {
        var reader = ByteReader(bytes, at: FileHead.size)
        if reader.text() == group, !reader.isBroken { offset = reader.place } else { condition = .damaged }
      } else {
        condition = .damaged
      }
      while offset < bytes.count {
        guard let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) else {
          guard let next = FrameHeader.next(bytes, from: offset + 1) else {
            if condition == .whole { condition = .cut }
            break
          }
          condition = .damaged
          offset = next
          continue
        }
        take(header, body, &found)
        offset += FrameHeader.size + header.length
      }
      found.indexEnd = offset
    }
    state = found
    return condition
  }

  private static func take(_ header: FrameHeader, _ body: UnsafeRawBufferPointer, _ state: inout LogGroupState) {
    switch header.kind {
    case LogFrame.moved: read(body, &state)
    case LogFrame.movedColumns: readColumns(body, &state)
    default: if let drop = drop(header, body) { state.apply(drop) }
    }
  }

  private static func read(_ body: UnsafeRawBufferPointer, _ state: inout LogGroupState) {
    var reader = ByteReader(body)
    state.segment = UInt32(clamping: reader.varint())
    state.end = Int(truncatingIfNeeded: reader.varint())
    state.through = max(state.through, reader.varint())
    let streams = reader.length()
    state.hasRowBlocks = state.hasRowBlocks || streams > 0
    for _ in 0..<streams where !reader.isBroken {
      let name = reader.text()
      var stream = state.streams[name] ?? LogStreamState()
      stream.lastIngested = max(stream.lastIngested, reader.signed())
      let count = reader.length()
      for _ in 0..<count where !reader.isBroken {
        let (file, offset) = (UInt32(clamping: reader.varint()), UInt32(clamping: reader.varint()))
        let (length, events) = (UInt32(clamping: reader.varint()), UInt32(clamping: reader.varint()))
        let first = reader.signed()
        let last = first &+ reader.signed()
        let low = reader.varint()
        stream.add(
          moved: LogBlock(
            firstTime: first, lastTime: last, firstSequence: low, lastSequence: low &+ reader.varint(), offset: offset, length: length,
            file: file, count: events, isInJournal: false))
      }
      state.streams[name] = stream
    }
  }

  private static func number(_ reader: inout ByteReader) -> UInt32 { UInt32(clamping: reader.varint()) }

  private static func readColumns(_ body: UnsafeRawBufferPointer, _ state: inout LogGroupState) {
    var reader = ByteReader(body)
    state.segment = number(&reader)
    state.end = Int(truncatingIfNeeded: reader.varint())
    state.through = max(state.through, reader.varint())
    var places: [SlabPlace] = []
    for _ in 0..<reader.length() where !reader.isBroken {
      let (place, slab) = slab(&reader)
      places.append(place)
      state.slabs[place] = slab
    }
    for _ in 0..<reader.length() where !reader.isBroken {
      let name = reader.text()
      var stream = state.streams[name] ?? LogStreamState()
      stream.lastIngested = max(stream.lastIngested, reader.signed())
      for _ in 0..<reader.length() where !reader.isBroken {
        guard let block = block(&reader, places, state.slabs) else { return }
        if !block.isColumns { state.hasRowBlocks = true }
        stream.add(moved: block)
      }
      state.streams[name] = stream
    }
  }

  private static func slab(_ reader: inout ByteReader) -> (SlabPlace, LogSlab) {
    let place = SlabPlace(file: number(&reader), offset: number(&reader))
    let (length, rows) = (number(&reader), number(&reader))
    let first = reader.signed()
    let last = first &+ reader.signed()
    let low = reader.varint()
    let high = low &+ reader.varint()
    var slab = LogSlab(
      length: length, rows: rows, live: rows, firstTime: first, lastTime: last, firstSequence: low, lastSequence: high,
      rawBytes: Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF))
    for _ in 0..<reader.length() where !reader.isBroken {
      let start = number(&reader)
      let end = start &+ number(&reader)
      if start <= end, end <= rows { slab.dead.append(start..<end) }
    }
    slab.live -= min(slab.live, slab.dead.reduce(0) { $0 + UInt32($1.count) })
    return (place, slab)
  }

  /// Nil when it speaks of a block that is not there.
  private static func block(_ reader: inout ByteReader, _ places: [SlabPlace], _ slabs: [SlabPlace: LogSlab]) -> LogBlock? {
    let number = Int(number(&reader))
    var block = LogBlock(
      firstTime: 0, lastTime: 0, firstSequence: 0, lastSequence: 0, offset: 0, length: 0, file: 0, count: 0, isInJournal: false)
    var slab: LogSlab?
    if number == 0 {
      (block.file, block.offset, block.length) = (Self.number(&reader), Self.number(&reader), Self.number(&reader))
    } else {
      guard number <= places.count else { return nil }
      let place = places[number - 1]
      slab = slabs[place]
      (block.file, block.offset, block.length, block.isColumns) = (place.file, place.offset, slab?.length ?? 0, true)
      block.row = Self.number(&reader)
    }
    block.count = Self.number(&reader)
    if let slab { block.share = slab.share(of: block.count) }
    block.firstTime = reader.signed()
    block.lastTime = block.firstTime &+ reader.signed()
    block.firstSequence = reader.varint()
    block.lastSequence = block.firstSequence &+ reader.varint()
    return block
  }
}
