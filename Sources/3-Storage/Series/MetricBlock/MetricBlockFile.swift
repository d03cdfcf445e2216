/// A file with samples of one day, never changed once the manifest names it.
///
/// Blocks of about 32 KiB before compression, each a frame with chunks of series in the order of their sort keys; then a frame that
/// says where each block begins and what is in it, and where that frame begins. A damaged block costs what is in it and no more.
struct MetricBlockFile: Hashable, Sendable {
  static let kind = "METBLK"
  static let version: UInt16 = 2
  static let block: UInt8 = 22
  static let index: UInt8 = 23
  /// Bytes of a block before compression. Larger ones take a little less disk, but a question about one series expands all of them.
  static let blockBytes = 32 << 10
  var day: Int32
  /// Seconds that samples are kept apart at least.
  var resolution: UInt32
  var number: UInt32
  /// Samples, for deciding which files to join.
  var samples: UInt64 = 0
  var isOld = false

  var name: String { "block-\(day)-\(resolution)-\(number)" }
}

/// Where the blocks of a file are.
final class MetricBlockIndex: Sendable {
  struct Entry: Sendable {
    /// The sort keys of the first and the last chunk.
    var first: UInt64
    var last: UInt64
    var offset: Int
    var length: Int
    /// Seconds since 1970.
    var earliest: UInt32
    var latest: UInt32
  }
  let entries: [Entry]

  init(_ file: DataFile) throws(SeriesFault) {
    entries = try file.mapped { bytes throws(SeriesFault) in
      // A beginning that is damaged hides nothing of what is behind it.
      if let found = Self.read(bytes) { return found }
      try FileHead.check(bytes, MetricBlockFile.kind, file.path, versions: MetricBlockFile.version...MetricBlockFile.version)
      return Self.rebuild(bytes)
    }
  }

  private static func read(_ bytes: UnsafeRawBufferPointer) -> [Entry]? {
    guard bytes.count >= FileHead.size + 8 else { return nil }
    var end = ByteReader(bytes, at: bytes.count - 8)
    let offset = Int(truncatingIfNeeded: end.fixed(UInt64.self))
    guard let header = FrameHeader(bytes, at: offset), header.kind == MetricBlockFile.index, let body = header.body(bytes, at: offset)
    else { return nil }
    var reader = ByteReader(body)
    let count = reader.length()
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for _ in 0..<count where !reader.isBroken {
      entries.append(
        Entry(
          first: reader.fixed(UInt64.self), last: reader.fixed(UInt64.self), offset: Int(clamping: reader.varint()),
          length: Int(clamping: reader.varint()), earliest: reader.fixed(UInt32.self), latest: reader.fixed(UInt32.self)))
    }
    return reader.isBroken ? nil : entries
  }

  /// The end of the file is damaged: the blocks themselves say what is in them. Where one is damaged too, there is an entry that may have
  /// anything between its neighbours, so that whoever reads there is told.
  private static func rebuild(_ bytes: UnsafeRawBufferPointer) -> [Entry] {
    var entries: [Entry] = []
    var gaps: [Int] = []
    let reader = MetricBlockReader()
    var end = ByteReader(bytes, at: max(bytes.count - 8, 0))
    let index = Int(truncatingIfNeeded: end.fixed(UInt64.self))
    var offset = FileHead.size
    while offset < bytes.count, offset != index {
      let header = FrameHeader(bytes, at: offset)
      if header?.kind == MetricBlockFile.index { break }
      if let header, let body = header.body(bytes, at: offset), reader.open(body) {
        let length = FrameHeader.size + header.length
        if let entry = entry(reader, offset, length) { entries.append(entry) }
        offset += length
      } else {
        let next = FrameHeader.next(bytes, from: offset + 1) ?? bytes.count
        gaps.append(entries.count)
        entries.append(Entry(first: 0, last: .max, offset: offset, length: next - offset, earliest: 0, latest: .max))
        offset = next
      }
    }
    for gap in gaps {
      if gap > 0 { entries[gap].first = entries[gap - 1].last }
      if let next = entries[(gap + 1)...].first(where: { $0.last != .max }) { entries[gap].last = next.first }
    }
    return entries
  }

  /// What a block has, which the reader has opened; nil when that is nothing.
  private static func entry(_ reader: MetricBlockReader, _ offset: Int, _ length: Int) -> Entry? {
    var entry: Entry?
    while let chunk = reader.next() {
      entry = Entry(
        first: entry?.first ?? chunk.key, last: chunk.key, offset: offset, length: length,
        earliest: min(entry?.earliest ?? .max, chunk.first), latest: max(entry?.latest ?? 0, chunk.last))
      if !reader.skip() { break }
    }
    return entry
  }

  /// The first block that may have chunks of the key or of greater ones.
  func place(_ key: UInt64) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].last < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
