/// A shape of a block's messages and how its columns are stored.
struct SlabShape: Sendable {
  var flags: UInt8
  var rows: Int
  var bytes: [UInt8]
  /// What is the same in all messages, before each column and behind the last.
  var pieces: [Range<Int>] = []
  var columns: [ColumnSpec]
  /// For JSON the keys that lead to each column.
  var paths: [[String]] = []
  /// Whether a column is the inside of a JSON text.
  var isText: [Bool] = []

  init(flags: UInt8, rows: Int, bytes: [UInt8], columns: [ColumnSpec]) {
    (self.flags, self.rows, self.bytes, self.columns) = (flags, rows, bytes, columns)
    if flags & SlabFlags.whole != 0 {
      pieces = [0..<0, 0..<0]
      return
    }
    var start = 0
    for place in bytes.indices where bytes[place] == ShapeScanner.mark {
      pieces.append(start..<place)
      start = place + 1
    }
    pieces.append(start..<bytes.count)
    if flags & SlabFlags.json != 0 { findPaths() }
  }

  /// Follows braces and keys of the shape.
  private mutating func findPaths() {
    var (stack, key): ([String], String?) = ([], nil)
    var place = 0
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "{"):
        if let known = key { stack.append(known) }
        key = nil
      case UInt8(ascii: "}"): if !stack.isEmpty { stack.removeLast() }
      case UInt8(ascii: "\"") where place + 1 < bytes.count && bytes[place + 1] == ShapeScanner.mark:
        paths.append(stack + [key ?? ""])
        isText.append(true)
        place += 2
        key = nil
      case UInt8(ascii: "\""):
        let end = bytes[(place + 1)...].firstIndex(of: UInt8(ascii: "\"")) ?? bytes.count
        key = String(decoding: bytes[(place + 1)..<end], as: UTF8.self)
        place = end
      case ShapeScanner.mark:
        paths.append(stack + [key ?? ""])
        isText.append(false)
        key = nil
      default: break
      }
      place += 1
    }
  }
}

/// What a block says of itself: enough to tell whether a query needs anything of it.
final class SlabHead: Sendable {
  struct Part: Sendable {
    /// From the beginning of the body.
    var offset: Int
    var length: Int
    var raw: Int
    var sum: UInt32
    var isCompressed: Bool
  }
  static let envelope = 13
  let rows: Int
  let firstTime: Int64
  let lastTime: Int64
  let firstSequence: UInt64
  let rawBytes: Int
  let parts: [Part]
  let streams: ColumnPart
  let times: ColumnPart
  let sequences: ColumnPart
  let ingestion: ColumnPart
  let shapeNumbers: ColumnPart
  let shapes: [SlabShape]
  let isSealed: Bool

  private static let mostRaw = 1 << 30

  /// Nil when the bytes are not what was written.
  init?(_ bytes: UnsafeRawBufferPointer, partsFrom first: Int, isSealed: Bool) {
    var reader = ByteReader(bytes)
    guard reader.varint() == UInt64(SlabWriter.version) else { return nil }
    rows = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
    firstTime = reader.signed()
    lastTime = reader.signed()
    firstSequence = reader.varint()
    _ = reader.varint()
    rawBytes = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
    self.isSealed = isSealed
    var parts: [Part] = []
    var offset = first
    for _ in 0..<reader.length() {
      let (length, raw) = (Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF), Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF))
      parts.append(Part(offset: offset, length: length, raw: raw, sum: reader.fixed(UInt32.self), isCompressed: reader.varint() == 1))
      offset += length
      if reader.isBroken || raw > Self.mostRaw { return nil }
    }
    self.parts = parts
    streams = ColumnSpec.part(&reader)
    times = ColumnSpec.part(&reader)
    sequences = ColumnSpec.part(&reader)
    ingestion = ColumnSpec.part(&reader)
    shapeNumbers = ColumnSpec.part(&reader)
    var shapes: [SlabShape] = []
    for _ in 0..<reader.length() {
      let flags = UInt8(truncatingIfNeeded: reader.varint())
      let count = Int(truncatingIfNeeded: reader.varint() & 0xFFFF_FFFF)
      let span = reader.span()
      let shape = Array(bytes[span])
      var columns: [ColumnSpec] = []
      for _ in 0..<reader.length() {
        guard let column = ColumnSpec(&reader) else { return nil }
        columns.append(column)
      }
      let found = SlabShape(flags: flags, rows: count, bytes: shape, columns: columns)
      guard found.pieces.count == columns.count + 1 || flags & SlabFlags.whole != 0 else { return nil }
      guard flags & SlabFlags.json == 0 || found.paths.count == columns.count else { return nil }
      shapes.append(found)
    }
    self.shapes = shapes
    if reader.isBroken || shapes.reduce(0, { $0 + $1.rows }) != rows { return nil }
  }

  /// Bytes that it takes in memory, about.
  var footprint: Int { shapes.reduce(parts.count * 40 + 200) { $0 + $1.bytes.count + $1.columns.count * 160 + 100 } }
}
