/// Numbers and texts as bytes: fixed ones little-endian, the others seven bits a byte, signed ones zigzag.
extension [UInt8] {
  mutating func put(varint value: UInt64) {
    var value = value
    while value >= 0x80 {
      append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    append(UInt8(truncatingIfNeeded: value))
  }

  mutating func put(varint value: Int) { put(varint: UInt64(bitPattern: Int64(value))) }

  mutating func put(signed value: Int64) { put(varint: UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

  mutating func put<Word: FixedWidthInteger>(fixed value: Word) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  mutating func put(_ value: Double) { put(fixed: value.bitPattern) }

  mutating func put(_ text: String) {
    var text = text
    text.withUTF8 {
      put(varint: $0.count)
      append(contentsOf: $0)
    }
  }

  mutating func set<Word: FixedWidthInteger>(_ value: Word, at offset: Int) {
    withUnsafeMutableBytes { bytes in
      guard offset >= 0, offset + MemoryLayout<Word>.size <= bytes.count else { return }
      bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Word.self)
    }
  }
}

/// Reads what the extension above writes. Once anything does not fit, `isBroken` and every further read answers zero.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var place = 0
  private(set) var isBroken = false

  init(_ bytes: UnsafeRawBufferPointer, at place: Int = 0) {
    self.bytes = bytes
    self.place = place
  }

  var isAtEnd: Bool { place >= bytes.count }

  @inline(__always)
  mutating func varint() -> UInt64 {
    if place < bytes.count {
      let first = bytes[place]
      if first < 0x80 {
        place &+= 1
        return UInt64(first)
      }
    }
    return longVarint()
  }

  private mutating func longVarint() -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while place < bytes.count, shift < 64 {
      let byte = bytes[place]
      place &+= 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    isBroken = true
    return 0
  }

  @inline(__always)
  mutating func signed() -> Int64 {
    let value = varint()
    return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
  }

  /// A count or length; broken when it is more than there are bytes left.
  @inline(__always)
  mutating func length() -> Int {
    let value = varint()
    guard value <= UInt64(bytes.count &- place) else {
      isBroken = true
      return 0
    }
    return Int(value)
  }

  mutating func fixed<Word: FixedWidthInteger>(_ type: Word.Type) -> Word {
    guard !isBroken, bytes.count - place >= MemoryLayout<Word>.size else {
      isBroken = true
      return 0
    }
    defer { place += MemoryLayout<Word>.size }
    return Word(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Word.self))
  }

  mutating func double() -> Double { Double(bitPattern: fixed(UInt64.self)) }

  mutating func text() -> String {
    let span = span()
    return String(decoding: bytes[span], as: UTF8.self)
  }

  /// The place of bytes that begin with their length.
  @inline(__always)
  mutating func span() -> Range<Int> {
    let count = length()
    defer { place &+= count }
    return place..<(place &+ count)
  }
}
