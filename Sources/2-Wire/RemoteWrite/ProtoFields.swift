/// The fields of a protobuf message, one after the other, without copying. Source: Protocol Buffers, "Encoding".
struct ProtoFields {
  enum Value {
    case number(UInt64)
    case double(Double)
    case bytes(UnsafeRawBufferPointer)
    /// Four bytes, or an empty group: nothing here has any.
    case other
  }
  private let bytes: UnsafeRawBufferPointer
  private(set) var place = 0
  /// Once something does not fit.
  private(set) var isBroken = false

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Nil at the end, or when the message is broken.
  @inline(__always)
  mutating func next() -> (field: UInt64, value: Value)? {
    if place >= bytes.count || isBroken { return nil }
    let tag = varint()
    switch tag & 7 {
    case 0: return isBroken ? nil : (tag >> 3, .number(varint()))
    case 1:
      guard let start = take(8) else { return nil }
      return (tag >> 3, .double(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)))))
    case 2:
      let length = varint()
      guard !isBroken, length <= UInt64(bytes.count), let start = take(Int(length)) else {
        isBroken = true
        return nil
      }
      return (tag >> 3, .bytes(UnsafeRawBufferPointer(rebasing: bytes[start..<(start &+ Int(length))])))
    case 5: return take(4) == nil ? nil : (tag >> 3, .other)
    default:
      isBroken = true
      return nil
    }
  }

  @inline(__always)
  private mutating func take(_ count: Int) -> Int? {
    guard count <= bytes.count &- place else {
      isBroken = true
      return nil
    }
    defer { place &+= count }
    return place
  }

  @inline(__always)
  private mutating func varint() -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while place < bytes.count, shift < 64 {
      let byte = bytes[place]
      place &+= 1
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
    isBroken = true
    return 0
  }
}
