/// The file that gives each group's id a number, which names its folder. Only the mover writes it.
struct LogCatalogue {
  private static let kind = "GROUPS"
  private let path: String
  private var end = 0
  private(set) var next: UInt32 = 1
  private(set) var groups: [String: UInt32] = [:]

  init(_ path: String) throws(SeriesFault) {
    self.path = path
    guard let file = try DataFile.existing(path) else { return }
    var (groups, next) = ([String: UInt32](), UInt32(1))
    end = try file.mapped { bytes throws(SeriesFault) -> Int in
      if bytes.count < FileHead.size { return 0 }
      try FileHead.check(bytes, Self.kind, path)
      var offset = FileHead.size
      while let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) {
        var reader = ByteReader(body)
        let (number, group) = (UInt32(clamping: reader.varint()), reader.text())
        if header.kind == LogFrame.defineGroup { groups[group] = number }
        if header.kind == LogFrame.removeGroup, groups[group] == number { groups[group] = nil }
        next = max(next, number &+ 1)
        offset += FrameHeader.size + header.length
      }
      return offset
    }
    (self.groups, self.next) = (groups, next)
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
