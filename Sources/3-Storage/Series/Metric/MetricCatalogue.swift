/// A series in memory: a key and a unit, since samples of different units never mix.
struct MetricSeries: Sendable {
  struct Identity: Hashable, Sendable {
    var key: MetricKey
    var unit: String?
  }
  var identity: Identity
  /// Seconds since 1970 of the earliest and latest sample; none while the first is above the last.
  var first: Int64 = .max
  var last: Int64 = .min
  /// A frame on disk gives its number.
  var isDefined = false
  /// It is in the catalogue.
  var isFiled = false
}

extension [UInt8] {
  mutating func put(_ identity: MetricSeries.Identity) {
    put(identity.key.scope)
    put(identity.key.namespace)
    put(identity.key.name)
    put(identity.unit ?? "")
    put(varint: identity.key.dimensions.count)
    for dimension in identity.key.dimensions {
      put(dimension.name)
      put(dimension.value)
    }
  }
}

extension ByteReader {
  mutating func identity() -> MetricSeries.Identity {
    let (scope, namespace, name, unit) = (text(), text(), text(), text())
    let count = length()
    var dimensions: [Dimension] = []
    for _ in 0..<count where !isBroken { dimensions.append(Dimension(name: text(), value: text())) }
    return MetricSeries.Identity(
      key: MetricKey(scope: scope, namespace: namespace, name: name, dimensions: dimensions), unit: unit.isEmpty ? nil : unit)
  }
}

/// The two files that say what there is. `catalogue` gives series their numbers and is appended to. `manifest` names the block files that
/// count, the sequence number up to which samples are in them, and when each series was seen; it is replaced as a whole, which makes
/// a move from the journal to blocks happen or not happen.
enum MetricCatalogue {
  static let define: UInt8 = 18
  private static let list: UInt8 = 19

  /// Answers the file's valid length.
  static func load(_ path: String, _ found: (UInt32, MetricSeries.Identity) -> Void) throws(SeriesFault) -> Int {
    guard let file = try DataFile.existing(path) else { return 0 }
    return try file.mapped { bytes throws(SeriesFault) -> Int in
      if bytes.count < FileHead.size { return 0 }
      try FileHead.check(bytes, "METCAT", path)
      var offset = FileHead.size
      while let header = FrameHeader(bytes, at: offset), let body = header.body(bytes, at: offset) {
        var reader = ByteReader(body)
        let identity = reader.identity()
        if !reader.isBroken { found(UInt32(clamping: header.sequence), identity) }
        offset += FrameHeader.size + header.length
      }
      return offset
    }
  }

  /// Appends series behind the valid length; on disk when it returns. Answers the new length.
  static func append(_ path: String, at end: Int, _ series: [(UInt32, MetricSeries.Identity)]) throws(SeriesFault) -> Int {
    if series.isEmpty { return end }
    var buffer = FrameBuffer()
    if end == 0 { buffer.bytes = FileHead.bytes("METCAT") }
    for (number, identity) in series {
      buffer.begin(define)
      buffer.bytes.put(identity)
      buffer.end(sequences: 0)
      buffer.stampLast(UInt64(number), time: 0)
    }
    let file = try DataFile.writable(path)
    try file.truncate(to: end)
    try file.write(buffer.bytes, at: end)
    try file.sync()
    return end + buffer.bytes.count
  }

  struct Manifest {
    var through: UInt64 = 0
    var nextSeries: UInt32 = 1
    var nextBlock: UInt32 = 1
    var blocks: [MetricBlockFile] = []
    var seen: [(number: UInt32, first: Int64, last: Int64)] = []
  }

  static func read(_ path: String) throws(SeriesFault) -> Manifest {
    var manifest = Manifest()
    guard let file = try DataFile.existing(path) else { return manifest }
    try file.mapped { bytes throws(SeriesFault) in
      try FileHead.check(bytes, "METMAN", path)
      guard let header = FrameHeader(bytes, at: FileHead.size), header.kind == list, let body = header.body(bytes, at: FileHead.size) else {
        throw SeriesFault("\(path) is damaged.")
      }
      var reader = ByteReader(body)
      manifest.through = reader.varint()
      manifest.nextSeries = UInt32(clamping: reader.varint())
      manifest.nextBlock = UInt32(clamping: reader.varint())
      let blocks = reader.length()
      for _ in 0..<blocks where !reader.isBroken {
        manifest.blocks.append(
          MetricBlockFile(
            day: Int32(clamping: reader.signed()), resolution: UInt16(clamping: reader.varint()), number: UInt32(clamping: reader.varint()))
        )
      }
      let series = reader.length()
      for _ in 0..<series where !reader.isBroken {
        let (number, first) = (UInt32(clamping: reader.varint()), reader.signed())
        manifest.seen.append((number, first, first &+ reader.signed()))
      }
      if reader.isBroken { throw SeriesFault("\(path) is damaged.") }
    }
    return manifest
  }

  /// Replaces the file; on disk when it returns.
  static func write(_ manifest: Manifest, _ directory: String) throws(SeriesFault) {
    var buffer = FrameBuffer()
    buffer.bytes = FileHead.bytes("METMAN")
    buffer.begin(list)
    buffer.bytes.put(varint: manifest.through)
    buffer.bytes.put(varint: Int(manifest.nextSeries))
    buffer.bytes.put(varint: Int(manifest.nextBlock))
    buffer.bytes.put(varint: manifest.blocks.count)
    for block in manifest.blocks {
      buffer.bytes.put(signed: Int64(block.day))
      buffer.bytes.put(varint: Int(block.resolution))
      buffer.bytes.put(varint: Int(block.number))
    }
    buffer.bytes.put(varint: manifest.seen.count)
    for entry in manifest.seen {
      buffer.bytes.put(varint: Int(entry.number))
      buffer.bytes.put(signed: entry.first)
      buffer.bytes.put(signed: entry.last &- entry.first)
    }
    buffer.end(sequences: 0)
    buffer.stampLast(manifest.through, time: 0)
    let path = "\(directory)/manifest"
    let file = try DataFile.writable("\(path).new")
    try file.truncate(to: 0)
    try file.write(buffer.bytes, at: 0)
    try file.sync()
    try Folder.rename("\(path).new", to: path)
    try Folder.sync(directory)
  }
}
