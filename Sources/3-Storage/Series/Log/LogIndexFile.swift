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
    var streams: [(name: String, lastIngested: Int64, blocks: [LogBlock])]
  }

  static func head(_ group: String) -> [UInt8] {
    var bytes = FileHead.bytes(kind)
    bytes.put(group)
    return bytes
  }

  static func frame(_ moved: Moved) -> [UInt8] {
    var buffer = FrameBuffer()
    buffer.begin(LogFrame.moved)
    buffer.bytes.put(varint: Int(moved.segment))
    buffer.bytes.put(varint: moved.end)
    buffer.bytes.put(varint: moved.through)
    buffer.bytes.put(varint: moved.streams.count)
    for stream in moved.streams {
      buffer.bytes.put(stream.name)
      buffer.bytes.put(signed: stream.lastIngested)
      buffer.bytes.put(varint: stream.blocks.count)
      for block in stream.blocks {
        buffer.bytes.put(varint: Int(block.file))
        buffer.bytes.put(varint: Int(block.offset))
        buffer.bytes.put(varint: Int(block.length))
        buffer.bytes.put(varint: Int(block.count))
        buffer.bytes.put(signed: block.firstTime)
        buffer.bytes.put(signed: block.lastTime &- block.firstTime)
        buffer.bytes.put(varint: block.firstSequence)
        buffer.bytes.put(varint: block.lastSequence &- block.firstSequence)
      }
    }
    buffer.end(sequences: 0)
    buffer.stamp(moved.through, time: 0)
    return buffer.bytes
  }

  static func frame(_ drop: LogDrop) -> [UInt8] {
    var buffer = FrameBuffer()
    buffer.begin(drop.stream == nil ? LogFrame.expire : LogFrame.deleteStream)
    buffer.bytes.put(drop.stream ?? "")
    buffer.bytes.put(signed: drop.before)
    buffer.bytes.put(varint: drop.through)
    buffer.end(sequences: 0)
    buffer.stamp(drop.through, time: 0)
    return buffer.bytes
  }

  /// The drop that a frame's body tells of; `through` 0 means up to the frame's own number.
  static func drop(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) -> LogDrop? {
    var reader = ByteReader(body)
    let (stream, before, through) = (reader.text(), reader.signed(), reader.varint())
    if reader.isBroken { return nil }
    return LogDrop(stream: header.kind == LogFrame.expire ? nil : stream, before: before, through: through)
  }

  /// Adds what the file says to a group's state.
  static func load(_ path: String, group: String, into state: inout LogGroupState) throws(SeriesFault) {
    guard let file = try DataFile.existing(path) else { return }
    var found = state
    try file.mapped { bytes throws(SeriesFault) in
      // A file without a head was cut off when it was made, before anything was moved to it.
      if bytes.count < FileHead.size { return }
      try FileHead.check(bytes, kind, path)
      var reader = ByteReader(bytes, at: FileHead.size)
      guard reader.text() == group, !reader.isBroken else { throw SeriesFault("\(path) belongs to another group or is damaged.") }
      var offset = reader.place
      while let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) {
        if header.kind == LogFrame.moved { read(body, &found) } else if let drop = drop(header, body) { found.apply(drop) }
        offset += FrameHeader.size + header.length
      }
      found.indexEnd = offset
    }
    state = found
  }

  private static func read(_ body: UnsafeRawBufferPointer, _ state: inout LogGroupState) {
    var reader = ByteReader(body)
    state.segment = UInt32(clamping: reader.varint())
    state.end = Int(truncatingIfNeeded: reader.varint())
    state.through = max(state.through, reader.varint())
    let streams = reader.length()
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
}
