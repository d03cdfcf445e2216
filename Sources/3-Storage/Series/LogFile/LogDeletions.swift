/// What was deleted of a group's events, a second time: in two files beside the index, one the copy of the other. Whatever becomes of the
/// index, nothing that was deleted comes back when it is put together again out of the segments.
///
/// A deletion is forgotten when no segment that there was at its time has anything of it any longer.
struct LogDeletions: Sendable {
  private static let kind = "LOGDEL"
  struct Entry: Sendable {
    var drop: LogDrop
    /// Events of it can be in segments up to this one.
    var segment: UInt32
  }
  /// The last of each stream: it holds for all events before.
  private var streams: [String: Entry] = [:]
  private var expired: [Entry] = []
  /// Bytes of each file; nil when they are to be written anew.
  private var end: Int? = 0

  private static func paths(_ folder: String) -> [String] { ["\(folder)/deleted", "\(folder)/deleted-copy"] }

  var isEmpty: Bool { streams.isEmpty && expired.isEmpty }
  var entries: [Entry] { streams.sorted { $0.key < $1.key }.map(\.value) + expired }
  var lastSequence: UInt64 { entries.map(\.drop.through).max() ?? 0 }

  // MARK: The file

  /// What the folder's files say; faults of what can not be read. What one of them says is written to the other again.
  static func load(_ folder: String) throws(SeriesFault) -> (LogDeletions, [SeriesFault]) {
    var (found, ends, faults): (LogDeletions, [Int], [SeriesFault]) = (LogDeletions(), [], [])
    for path in paths(folder) { ends.append(try load(path, into: &found, &faults)) }
    found.end = ends[0]
    if !faults.isEmpty || Set(ends).count > 1 {
      // On a full disk they are written with the next deletion.
      do throws(SeriesFault) { try found.write(folder) } catch {
        found.end = nil
        faults.append(error)
      }
    }
    return (found, faults)
  }

  /// Answers how much of the file is whole.
  private static func load(_ path: String, into found: inout LogDeletions, _ faults: inout [SeriesFault]) throws(SeriesFault) -> Int {
    guard let file = try DataFile.existing(path) else { return 0 }
    var (entries, known): ([Entry], [SeriesFault]) = ([], [])
    let end = try file.mapped { bytes throws(SeriesFault) -> Int in
      // A file without a head was cut off when it was made.
      if bytes.count < FileHead.size { return 0 }
      if !FileHead.isOf(bytes, kind) { known.append(damaged(path, 0)) }
      var offset = FileHead.size
      while offset < bytes.count {
        guard let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) else {
          let next = FrameHeader.next(bytes, from: offset + 1)
          // What is cut off was being written: the journal has what it said.
          if next == nil, FrameHeader.isCut(bytes, at: offset) { break }
          known.append(damaged(path, offset))
          offset = next ?? bytes.count
          continue
        }
        if let entry = entry(header, body) { entries.append(entry) }
        offset += FrameHeader.size + header.length
      }
      return offset
    }
    for entry in entries { found.add(entry) }
    faults += known.prefix(1)
    return end
  }

  private static func damaged(_ path: String, _ offset: Int) -> SeriesFault {
    .damage("\(path) is damaged at byte \(offset): what it said is known from its copy and from the index.")
  }

  private static func entry(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) -> Entry? {
    guard header.kind == LogFrame.deleteStream || header.kind == LogFrame.expire else { return nil }
    var reader = ByteReader(body)
    let segment = UInt32(clamping: reader.varint())
    if reader.isBroken { return nil }
    guard let drop = LogIndexFile.drop(header, UnsafeRawBufferPointer(rebasing: body[reader.place...])) else { return nil }
    return Entry(drop: drop, segment: segment)
  }

  private static func put(_ entry: Entry, to buffer: inout FrameBuffer) {
    buffer.begin(entry.drop.stream == nil ? LogFrame.expire : LogFrame.deleteStream)
    buffer.bytes.put(varint: Int(entry.segment))
    LogIndexFile.put(entry.drop, &buffer.bytes)
    buffer.end(sequences: 0)
    buffer.stampLast(entry.drop.through, time: 0)
  }

  /// Takes deletions in; on disk when it returns.
  mutating func add(_ drops: [LogDrop], segment: UInt32, folder: String) throws(SeriesFault) {
    let fresh = drops.map { Entry(drop: $0, segment: segment) }
    for entry in fresh { add(entry) }
    guard let end else { return try write(folder) }
    var buffer = FrameBuffer()
    if end == 0 { buffer.bytes = FileHead.bytes(Self.kind) }
    for entry in fresh { Self.put(entry, to: &buffer) }
    for path in Self.paths(folder) {
      let file = try DataFile.writable(path)
      try file.truncate(to: end)
      try file.write(buffer.bytes, at: end)
      try file.sync()
    }
    if end == 0 { try Folder.sync(folder) }
    self.end = end + buffer.bytes.count
  }

  /// Replaces the files, or removes them when nothing is left to be said.
  private mutating func write(_ folder: String) throws(SeriesFault) {
    var buffer = FrameBuffer()
    if !isEmpty { buffer.bytes = FileHead.bytes(Self.kind) }
    for entry in entries { Self.put(entry, to: &buffer) }
    for path in Self.paths(folder) {
      if isEmpty {
        try Folder.remove(file: path)
        continue
      }
      let file = try DataFile.writable("\(path).new")
      try file.truncate(to: 0)
      try file.write(buffer.bytes, at: 0)
      try file.sync()
      try Folder.rename("\(path).new", to: path)
    }
    try Folder.sync(folder)
    end = buffer.bytes.count
  }

  /// Forgets what no segment has anything of any longer.
  ///
  /// - Parameters:
  ///   - left: the first segment that may still have something that was deleted.
  ///   - copied: events that were deleted came along to this segment.
  mutating func forget(before left: UInt32?, copied: UInt32?, folder: String) throws(SeriesFault) {
    if isEmpty { return }
    let count = streams.count + expired.count
    if let copied {
      streams = streams.mapValues { Entry(drop: $0.drop, segment: max($0.segment, copied)) }
      expired = expired.map { Entry(drop: $0.drop, segment: max($0.segment, copied)) }
    }
    streams = streams.filter { entry in left.map { entry.value.segment >= $0 } ?? false }
    expired = expired.filter { entry in left.map { entry.segment >= $0 } ?? false }
    if copied != nil || streams.count + expired.count < count { try write(folder) }
  }

  // MARK: What holds

  private mutating func add(_ entry: Entry) {
    if let stream = entry.drop.stream {
      guard let known = streams[stream] else { return streams[stream] = entry }
      streams[stream] = Entry(
        drop: known.drop.through > entry.drop.through ? known.drop : entry.drop, segment: max(known.segment, entry.segment))
      return
    }
    // One that is about as much and more says nothing that the other does not.
    func isWithin(_ one: LogDrop, _ other: LogDrop) -> Bool { one.before <= other.before && one.through <= other.through }
    var entry = entry
    if let place = expired.firstIndex(where: { isWithin(entry.drop, $0.drop) }) {
      expired[place].segment = max(expired[place].segment, entry.segment)
      return
    }
    for other in expired where isWithin(other.drop, entry.drop) { entry.segment = max(entry.segment, other.segment) }
    expired.removeAll { isWithin($0.drop, entry.drop) }
    expired.append(entry)
  }
}
