/// Appends blocks of columns to a group's segments, a new segment when the last is full.
struct LogSegmentWriter {
  private let folder: String
  private let limits: LogEngine.Limits
  private let key: LogKey?
  private(set) var segment: UInt32
  private(set) var end: Int
  private let writer: SlabWriter
  private var stream = ""
  private var file: DataFile?
  private var isNew = false
  /// What has been written.
  private(set) var slabs: [SlabPlace: LogSlab] = [:]
  private(set) var blocks: [String: [LogBlock]] = [:]

  /// - Parameter writer: an empty one, which can be used again when everything has been flushed.
  init(_ group: LogGroupState, folder: String, limits: LogEngine.Limits, key: LogKey?, writer: SlabWriter = SlabWriter()) {
    self.writer = writer
    self.folder = folder
    self.limits = limits
    self.key = key
    (segment, end) = (group.segment, group.end)
  }

  /// What is put next is of that stream. Streams come one after the other, each at most once between two flushes.
  mutating func begin(_ stream: String) {
    self.stream = stream
    writer.begin(stream: stream)
  }

  mutating func put(_ record: LogRecord) throws(SeriesFault) {
    try withUnsafePointer(to: record) { record in
      Result { () throws(SeriesFault) in try put(UnsafeBufferPointer(start: record, count: 1)) }
    }.get()
  }

  mutating func put(_ records: UnsafeBufferPointer<LogRecord>) throws(SeriesFault) {
    var rest = records
    while !rest.isEmpty {
      let taken = writer.add(rest, mostRows: limits.slabRows, mostBytes: limits.slabBytes)
      rest = UnsafeBufferPointer(rebasing: rest[taken...])
      if writer.rows >= limits.slabRows || writer.bytes >= limits.slabBytes {
        try flush()
        writer.begin(stream: stream)
      }
    }
  }

  /// Writes what has gathered as a block.
  mutating func flush() throws(SeriesFault) {
    if writer.rows == 0 { return }
    let (body, summary) = try writer.finish(key: key)
    var frames = FrameBuffer()
    frames.begin(LogFrame.columns)
    frames.bytes += body
    frames.end(sequences: 0)
    frames.stampLast(summary.firstSequence, time: summary.lastTime)
    let place = try put(frame: frames.bytes)
    let slab = LogSlab(
      length: UInt32(clamping: frames.bytes.count), rows: UInt32(clamping: summary.rows), live: UInt32(clamping: summary.rows),
      firstTime: summary.firstTime, lastTime: summary.lastTime, firstSequence: summary.firstSequence, lastSequence: summary.lastSequence,
      rawBytes: summary.rawBytes)
    slabs[place] = slab
    var row: UInt32 = 0
    for stream in summary.streams {
      let count = UInt32(clamping: stream.rows)
      blocks[stream.name, default: []].append(
        LogBlock(
          firstTime: stream.firstTime, lastTime: stream.lastTime, firstSequence: stream.firstSequence, lastSequence: stream.lastSequence,
          offset: place.offset, length: slab.length, file: place.file, count: count, row: row, share: slab.share(of: count),
          isInJournal: false, isColumns: true))
      row += count
    }
  }

  /// Copies a whole frame; answers where it lies now.
  mutating func put(frame bytes: [UInt8]) throws(SeriesFault) -> SlabPlace {
    try roll()
    let place = SlabPlace(file: segment, offset: UInt32(clamping: end))
    try write(bytes)
    return place
  }

  private mutating func write(_ bytes: [UInt8]) throws(SeriesFault) {
    try file?.write(bytes, at: end)
    end += bytes.count
  }

  private mutating func roll() throws(SeriesFault) {
    if end >= limits.segmentBytes {
      try file?.sync()
      (segment, end, file) = (segment + 1, 0, nil)
    }
    if file == nil {
      let opened = try DataFile.writable("\(folder)/segment-\(segment)")
      // What a move that was cut short had written.
      try opened.truncate(to: end)
      file = opened
    }
    if end == 0 {
      isNew = true
      try write(FileHead.bytes("LOGSEG", version: 2))
    }
  }

  /// Gives back the disk of what was written for the group: nothing will speak of it. What can not be given back now is written over later.
  mutating func undo(_ group: LogGroupState) {
    file = nil
    for number in group.segment...max(group.segment, segment) {
      let path = "\(folder)/segment-\(number)"
      if number != group.segment || group.end == 0 {
        try? Folder.remove(file: path)
      } else if (try? DataFile.existing(path)) != nil {
        try? DataFile.writable(path).truncate(to: group.end)
      }
    }
  }

  /// On disk when it returns.
  mutating func finish() throws(SeriesFault) {
    try flush()
    try file?.sync()
    if isNew { try Folder.sync(folder) }
    file = nil
  }
}
