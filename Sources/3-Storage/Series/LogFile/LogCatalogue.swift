/// The file that gives each group's id a number, which names its folder. Only the mover writes it.
struct LogCatalogue {
  private static let kind = "GROUPS"
  private let path: String
  private var end = 0
  private(set) var next: UInt32 = 1
  private(set) var groups: [String: UInt32] = [:]
  /// Numbers of groups that were deleted.
  private(set) var removed: Set<UInt32> = []
  /// What of the file can not be read.
  private(set) var damage: SeriesFault?

  init(_ path: String) throws(SeriesFault) {
    self.path = path
    guard let file = try DataFile.existing(path) else { return }
    try file.mapped { bytes throws(SeriesFault) in read(bytes) }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) {
    // A file without a head was cut off when it was made.
    if bytes.count < FileHead.size { return }
    var offset = FileHead.size
    if !FileHead.isOf(bytes, Self.kind) || FileHead.version(bytes) != 1 { spoil(0) }
    end = offset
    while offset < bytes.count {
      guard let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) else {
        // At the end of the file it was cut off when it was written, before anything was made of it.
        guard let next = FrameHeader.next(bytes, from: offset + 1) else { return }
        spoil(offset)
        offset = next
        continue
      }
      take(header, body)
      offset += FrameHeader.size + header.length
      end = offset
    }
  }

  private mutating func spoil(_ offset: Int) {
    damage = damage ?? .damage("\(path) is damaged at byte \(offset): numbers of log groups are read from their folders.")
  }

  private mutating func take(_ header: FrameHeader, _ body: UnsafeRawBufferPointer) {
    var reader = ByteReader(body)
    let (number, group) = (UInt32(clamping: reader.varint()), reader.text())
    if header.kind == LogFrame.defineGroup { groups[group] = number }
    if header.kind == LogFrame.removeGroup {
      removed.insert(number)
      if groups[group] == number { groups[group] = nil }
    }
    next = max(next, number &+ 1)
  }

  /// No group gets one of these numbers: there are folders of them.
  mutating func skip(_ numbers: [UInt32]) { next = max(next, (numbers.max() ?? 0) &+ 1) }

  /// Takes in groups whose folders were found, and writes the file anew.
  mutating func adopt(_ found: [String: UInt32]) throws(SeriesFault) {
    groups.merge(found) { known, _ in known }
    var buffer = FrameBuffer()
    for (group, number) in groups.sorted(by: { $0.value < $1.value }) { Self.put(LogFrame.defineGroup, number, group, &buffer) }
    let bytes = FileHead.bytes(Self.kind) + buffer.bytes
    let file = try DataFile.writable("\(path).new")
    try file.truncate(to: 0)
    try file.write(bytes, at: 0)
    try file.sync()
    try Folder.rename("\(path).new", to: path)
    end = bytes.count
  }

  /// Numbers groups that have none; on disk when it returns.
  mutating func define(_ names: [String]) throws(SeriesFault) {
    var buffer = FrameBuffer()
    var added: [String: UInt32] = [:]
    for name in names where groups[name] == nil && added[name] == nil {
      let number = next + UInt32(added.count)
      added[name] = number
      Self.put(LogFrame.defineGroup, number, name, &buffer)
    }
    if added.isEmpty { return }
    try write(buffer)
    groups.merge(added) { $1 }
    next += UInt32(added.count)
  }

  /// Forgets a group; on disk when it returns.
  mutating func remove(_ name: String, _ number: UInt32) throws(SeriesFault) {
    guard groups[name] == number else { return }
    var buffer = FrameBuffer()
    Self.put(LogFrame.removeGroup, number, name, &buffer)
    try write(buffer)
    groups[name] = nil
  }

  private static func put(_ kind: UInt8, _ number: UInt32, _ name: String, _ buffer: inout FrameBuffer) {
    buffer.begin(kind)
    buffer.bytes.put(varint: Int(number))
    buffer.bytes.put(name)
    buffer.end(sequences: 0)
    buffer.stampLast(UInt64(number), time: 0)
  }

  private mutating func write(_ buffer: FrameBuffer) throws(SeriesFault) {
    let file = try DataFile.writable(path)
    let bytes = end == 0 ? FileHead.bytes(Self.kind) + buffer.bytes : buffer.bytes
    try file.truncate(to: end)
    try file.write(bytes, at: end)
    try file.sync()
    end += bytes.count
  }
}
