#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The 32 bytes before every record of every file: what follows, how long it is, and sums over both.
///
/// `A7 kind flags(2) length(4) sequence(8) time(8) crc-of-body(4) crc-of-header(4)`. Flags are 0; they will name a compression.
struct FrameHeader {
  static let size = 32
  private static let mark: UInt8 = 0xA7
  var kind: UInt8
  var length: Int
  var sequence: UInt64
  /// Milliseconds since 1970.
  var time: Int64
  var sum: UInt32

  /// Nil when the bytes at the offset are no frame's header, or one of a newer version.
  init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    guard offset >= 0, bytes.count - offset >= Self.size else { return nil }
    let header = UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + Self.size)])
    guard header[0] == Self.mark, header[2] == 0, header[3] == 0 else { return nil }
    var reader = ByteReader(header, at: 4)
    kind = header[1]
    length = Int(reader.fixed(UInt32.self))
    sequence = reader.fixed(UInt64.self)
    time = reader.fixed(Int64.self)
    sum = reader.fixed(UInt32.self)
    guard reader.fixed(UInt32.self) == Checksum.crc32c(UnsafeRawBufferPointer(rebasing: header[..<28])) else { return nil }
  }

  /// The body of a frame whose header is at the offset; nil when it is cut off or not what was written.
  func body(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UnsafeRawBufferPointer? {
    let start = offset + Self.size
    guard length <= bytes.count - start else { return nil }
    let body = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)])
    return Checksum.crc32c(body) == sum ? body : nil
  }

  /// The first whole frame at or behind an offset: where reading goes on behind bytes that are damaged. Nil when there is none.
  static func next(_ bytes: UnsafeRawBufferPointer, from offset: Int) -> Int? {
    guard let base = bytes.baseAddress else { return nil }
    var place = offset
    while place >= 0, place + size <= bytes.count, let found = memchr(base + place, Int32(mark), bytes.count - place) {
      place = UnsafeRawPointer(found) - base
      if let header = FrameHeader(bytes, at: place), header.body(bytes, at: place) != nil { return place }
      place += 1
    }
    return nil
  }

  /// Whether what lies at the offset can be a frame whose writing did not come to its end: nothing lies where its last bytes would be.
  static func isCut(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    let header = FrameHeader(bytes, at: offset)
    let end = offset + size + (header?.length ?? 0)
    if end > bytes.count { return true }
    // Without a header that is one, anything behind it says that it was written whole once.
    let last = header == nil ? bytes[end...] : bytes[max(end - 8, offset)..<end]
    return last.allSatisfy { $0 == 0 }
  }

  /// Writes the mark and kind, and room for the rest.
  static func begin(_ kind: UInt8, _ bytes: inout [UInt8]) {
    bytes.append(mark)
    bytes.append(kind)
    bytes.append(contentsOf: repeatElement(0, count: size - 2))
  }
}

/// Frames one behind the other, made ready by whoever appends; the writer only stamps them.
struct FrameBuffer: Sendable {
  struct Frame: Sendable {
    var offset: Int
    /// Bytes, the header's too.
    var length: Int
    /// How many sequence numbers it takes.
    var sequences: UInt64
  }
  var bytes: [UInt8] = []
  private(set) var frames: [Frame] = []
  private var start = 0

  var sequences: UInt64 { frames.reduce(0) { $0 + $1.sequences } }

  mutating func begin(_ kind: UInt8) {
    start = bytes.count
    FrameHeader.begin(kind, &bytes)
  }

  mutating func end(sequences: UInt64) {
    let (first, length) = (start + FrameHeader.size, bytes.count - start)
    let sum = bytes.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[first...])) }
    bytes.set(UInt32(clamping: length - FrameHeader.size), at: start + 4)
    bytes.set(sum, at: start + 24)
    frames.append(Frame(offset: start, length: length, sequences: sequences))
  }

  /// Gives every frame its numbers, beginning with the one given.
  mutating func stamp(_ first: UInt64, time: Int64) { Self.stamp(frames, in: &bytes, at: 0, first, time) }

  /// The same for frames whose bytes were copied behind others.
  static func stamp(_ frames: [Frame], in bytes: inout [UInt8], at base: Int, _ first: UInt64, _ time: Int64) {
    var sequence = first
    for frame in frames {
      let offset = base + frame.offset
      bytes.set(sequence, at: offset + 8)
      bytes.set(time, at: offset + 16)
      let sum = bytes.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + 28)])) }
      bytes.set(sum, at: offset + 28)
      sequence += frame.sequences
    }
  }

  /// Gives the frame ended last its number.
  mutating func stampLast(_ sequence: UInt64, time: Int64) {
    if let frame = frames.last { Self.stamp([frame], in: &bytes, at: 0, sequence, time) }
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    frames.removeAll(keepingCapacity: true)
  }
}

/// The bytes that every file begins with: what it is and which version of it.
enum FileHead {
  static let size = 16
  static func bytes(_ kind: String, version: UInt16 = 1) -> [UInt8] {
    var bytes = Array("MARTLET-".utf8) + Array(kind.utf8.prefix(6))
    while bytes.count < 14 { bytes.append(0x20) }
    bytes.put(fixed: version)
    return bytes
  }

  /// Whether a file begins as one of the kind does, of whatever version.
  static func isOf(_ bytes: UnsafeRawBufferPointer, _ kind: String) -> Bool {
    bytes.count >= size && bytes[..<14].elementsEqual(Self.bytes(kind)[..<14])
  }

  /// Which version of its kind a file says it is; 0 when it is too short to say.
  static func version(_ bytes: UnsafeRawBufferPointer) -> UInt16 { bytes.count < size ? 0 : UInt16(bytes[14]) | UInt16(bytes[15]) << 8 }

  /// Throws when the file is something else or of a version that is not read.
  static func check(
    _ bytes: UnsafeRawBufferPointer, _ kind: String, _ path: String, versions: ClosedRange<UInt16> = 1...1
  ) throws(SeriesFault) {
    let wanted = Self.bytes(kind)
    guard bytes.count >= size, bytes[..<14].elementsEqual(wanted[..<14]) else {
      throw SeriesFault("\(path) is not a file of Martlet's \(kind) or its beginning is damaged.")
    }
    let version = version(bytes)
    guard versions.contains(version) else { throw SeriesFault("\(path) was written by another version of Martlet, \(version).") }
  }
}
