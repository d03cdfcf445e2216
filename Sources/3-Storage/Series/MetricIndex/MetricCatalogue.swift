import CZstd

/// The file that gives series their numbers, appended to: frames of definitions, compressed. Version 1, a file of its own named
/// `catalogue`, had a frame for each.
enum MetricCatalogue {
  static let name = "series"
  static let oldName = "catalogue"
  private static let packed: UInt8 = 25
  private static let most = 64 << 20

  /// Answers where to append, 0 when there is no file, and what of it can not be read.
  static func load(_ path: String, _ found: (UInt32, MetricSeries.Identity) -> Void) throws(SeriesFault) -> (end: Int, damage: SeriesFault?)
  {
    guard let file = try DataFile.existing(path) else { return (0, nil) }
    return try file.mapped { bytes throws(SeriesFault) -> (end: Int, damage: SeriesFault?) in
      if bytes.count < FileHead.size { return (0, nil) }
      var damage: SeriesFault?
      if !FileHead.isOf(bytes, "METCAT") { damage = damaged(path, 0) } else { try FileHead.check(bytes, "METCAT", path, versions: 2...2) }
      var offset = FileHead.size
      while offset < bytes.count {
        guard let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset), let plain = unpack(body, most: most)
        else {
          let next = FrameHeader.next(bytes, from: offset + 1)
          // What is cut off was being written; nothing counted on it yet.
          if next == nil, FrameHeader.isCut(bytes, at: offset) { break }
          damage = damage ?? damaged(path, offset)
          offset = next ?? bytes.count
          continue
        }
        read(plain, found)
        offset += FrameHeader.size + header.length
      }
      return (offset, damage)
    }
  }

  private static func damaged(_ path: String, _ offset: Int) -> SeriesFault {
    .damage("\(path) is damaged at byte \(offset): of some series nobody knows the names, and their samples can not be found.")
  }

  private static func read(_ plain: [UInt8], _ found: (UInt32, MetricSeries.Identity) -> Void) {
    plain.withUnsafeBytes { plain in
      var reader = ByteReader(plain)
      while !reader.isAtEnd, !reader.isBroken {
        let number = UInt32(clamping: reader.varint())
        let identity = reader.identity()
        if !reader.isBroken { found(number, identity) }
      }
    }
  }

  /// What version 1 has.
  static func loadOld(_ path: String, _ found: (UInt32, MetricSeries.Identity) -> Void) throws(SeriesFault) {
    guard let file = try DataFile.existing(path) else { return }
    try file.mapped { bytes throws(SeriesFault) in
      if bytes.count < FileHead.size { return }
      try FileHead.check(bytes, "METCAT", path)
      var offset = FileHead.size
      while let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) {
        var reader = ByteReader(body)
        let identity = reader.identity()
        if !reader.isBroken { found(UInt32(clamping: header.sequence), identity) }
        offset += FrameHeader.size + header.length
      }
    }
  }

  /// Appends series behind the valid length; on disk when it returns. Answers the new length.
  static func append(_ path: String, at end: Int, _ series: [(UInt32, MetricSeries.Identity)]) throws(SeriesFault) -> Int {
    if series.isEmpty { return end }
    var buffer = FrameBuffer()
    if end == 0 { buffer.bytes = FileHead.bytes("METCAT", version: 2) }
    for start in stride(from: 0, to: series.count, by: 10_000) {
      var plain: [UInt8] = []
      for (number, identity) in series[start..<min(series.count, start + 10_000)] {
        plain.put(varint: Int(number))
        plain.put(identity)
      }
      buffer.begin(packed)
      buffer.bytes.append(contentsOf: pack(plain))
      buffer.end(sequences: 0)
      buffer.stampLast(0, time: 0)
    }
    let file = try DataFile.writable(path)
    try file.truncate(to: end)
    try file.write(buffer.bytes, at: end)
    try file.sync()
    return end + buffer.bytes.count
  }

  static func pack(_ plain: [UInt8]) -> [UInt8] {
    let bound = ZSTD_compressBound(plain.count)
    var bytes: [UInt8] = []
    bytes.put(varint: plain.count)
    let head = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: bound))
    let written = plain.withUnsafeBytes { plain in
      bytes.withUnsafeMutableBytes { ZSTD_compress($0.baseAddress.map { $0 + head }, bound, plain.baseAddress, plain.count, 3) }
    }
    bytes.removeLast(bytes.count - head - (ZSTD_isError(written) == 0 ? written : 0))
    return bytes
  }

  static func unpack(_ body: UnsafeRawBufferPointer, most: Int) -> [UInt8]? {
    var reader = ByteReader(body)
    let size = Int(clamping: reader.varint())
    guard !reader.isBroken, size <= most else { return nil }
    var isWhole = false
    let plain = [UInt8](unsafeUninitializedCapacity: size) { target, count in
      let written = ZSTD_decompress(
        target.baseAddress, size, body.baseAddress.map { $0 + reader.place }, body.count - reader.place)
      isWhole = ZSTD_isError(written) == 0 && written == size
      count = isWhole ? size : 0
    }
    return isWhole ? plain : nil
  }
}
