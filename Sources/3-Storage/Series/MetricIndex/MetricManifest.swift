/// Names the block files that count, the sequence number up to which samples are in them, and when each series was seen. It is replaced
/// as a whole, which makes a move from the journal to blocks happen or not happen.
struct MetricManifest {
  private static let list: UInt8 = 19
  private static let packed: UInt8 = 24
  private static let most = 1 << 30
  var version: UInt16 = 2
  var through: UInt64 = 0
  var nextSeries: UInt32 = 1
  var nextBlock: UInt32 = 1
  var blocks: [MetricBlockFile] = []
  /// Seconds since 1970.
  var seen: [(number: UInt32, first: UInt32, last: UInt32)] = []

  /// An empty one when there is no file.
  static func read(_ path: String) throws(SeriesFault) -> MetricManifest {
    guard let file = try DataFile.existing(path) else { return MetricManifest() }
    return try file.mapped { bytes throws(SeriesFault) -> MetricManifest in
      let isOld = bytes.count >= FileHead.size && bytes[14] == 1 && bytes[15] == 0
      try FileHead.check(bytes, "METMAN", path, versions: isOld ? 1...1 : 2...2)
      guard let header = FrameHeader(bytes, at: FileHead.size), let body = header.body(bytes, at: FileHead.size),
        header.kind == (isOld ? list : packed)
      else { throw SeriesFault("\(path) is damaged.") }
      if isOld { return try readOld(ByteReader(body), path) }
      guard let plain = MetricCatalogue.unpack(body, most: most) else { throw SeriesFault("\(path) is damaged.") }
      guard let manifest = plain.withUnsafeBytes({ read(ByteReader($0)) }) else { throw SeriesFault("\(path) is damaged.") }
      return manifest
    }
  }

  private static func read(_ reader: ByteReader) -> MetricManifest? {
    var (reader, manifest) = (reader, MetricManifest())
    manifest.through = reader.varint()
    manifest.nextSeries = UInt32(clamping: reader.varint())
    manifest.nextBlock = UInt32(clamping: reader.varint())
    let blocks = reader.length()
    for _ in 0..<blocks where !reader.isBroken {
      manifest.blocks.append(
        MetricBlockFile(
          day: Int32(clamping: reader.signed()), resolution: UInt32(clamping: reader.varint()), number: UInt32(clamping: reader.varint()),
          samples: reader.varint()))
    }
    let series = reader.length()
    var number: UInt32 = 0
    for _ in 0..<series where !reader.isBroken {
      number = number &+ UInt32(clamping: reader.varint())
      let first = UInt32(clamping: reader.varint())
      manifest.seen.append((number, first, first &+ UInt32(clamping: reader.varint())))
    }
    return reader.isBroken ? nil : manifest
  }

  private static func readOld(_ reader: ByteReader, _ path: String) throws(SeriesFault) -> MetricManifest {
    var (reader, manifest) = (reader, MetricManifest())
    manifest.version = 1
    manifest.through = reader.varint()
    manifest.nextSeries = UInt32(clamping: reader.varint())
    manifest.nextBlock = UInt32(clamping: reader.varint())
    let blocks = reader.length()
    for _ in 0..<blocks where !reader.isBroken {
      manifest.blocks.append(
        MetricBlockFile(
          day: Int32(clamping: reader.signed()), resolution: UInt32(clamping: reader.varint()), number: UInt32(clamping: reader.varint()),
          isOld: true))
    }
    let series = reader.length()
    for _ in 0..<series where !reader.isBroken {
      let (number, first) = (UInt32(clamping: reader.varint()), reader.signed())
      manifest.seen.append((number, UInt32(clamping: first), UInt32(clamping: first &+ reader.signed())))
    }
    if reader.isBroken { throw SeriesFault("\(path) is damaged.") }
    return manifest
  }

  /// Replaces the file; on disk when it returns.
  func write(_ directory: String) throws(SeriesFault) {
    var plain: [UInt8] = []
    plain.put(varint: through)
    plain.put(varint: Int(nextSeries))
    plain.put(varint: Int(nextBlock))
    plain.put(varint: blocks.count)
    for block in blocks {
      plain.put(signed: Int64(block.day))
      plain.put(varint: Int(block.resolution))
      plain.put(varint: Int(block.number))
      plain.put(varint: block.samples)
    }
    plain.put(varint: seen.count)
    var before: UInt32 = 0
    for entry in seen {
      plain.put(varint: Int(entry.number &- before))
      plain.put(varint: Int(entry.first))
      plain.put(varint: Int(entry.last &- entry.first))
      before = entry.number
    }
    var buffer = FrameBuffer()
    buffer.bytes = FileHead.bytes("METMAN", version: 2)
    buffer.begin(Self.packed)
    buffer.bytes.append(contentsOf: MetricCatalogue.pack(plain))
    buffer.end(sequences: 0)
    buffer.stampLast(through, time: 0)
    let path = "\(directory)/manifest"
    let file = try DataFile.writable("\(path).new")
    try file.truncate(to: 0)
    try file.write(buffer.bytes, at: 0)
    try file.sync()
    try Folder.rename("\(path).new", to: path)
    try Folder.sync(directory)
  }
}
