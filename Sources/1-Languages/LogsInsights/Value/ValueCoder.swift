#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Values as bytes, one after the other: how rows and keys of groups are kept, compared and handed on.
enum ValueCoder {
  private enum Tag {
    static let missing: UInt8 = 0
    static let number: UInt8 = 1
    static let text: UInt8 = 2
    static let json: UInt8 = 3
    static let no: UInt8 = 4
    static let yes: UInt8 = 5
    static let time: UInt8 = 6
  }

  static func append(_ value: Value, to bytes: inout [UInt8]) {
    switch value {
    case .missing: bytes.append(Tag.missing)
    case .number(let number): append(Tag.number, (number == 0 ? 0 : number).bitPattern, to: &bytes)
    case .text(let text): append(Tag.text, text, to: &bytes)
    case .json(let text): append(Tag.json, text, to: &bytes)
    case .bool(let bool): bytes.append(bool ? Tag.yes : Tag.no)
    case .time(let time): append(Tag.time, UInt64(bitPattern: time), to: &bytes)
    }
  }

  private static func append(_ tag: UInt8, _ word: UInt64, to bytes: inout [UInt8]) {
    bytes.append(tag)
    withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
  }

  private static func append(_ tag: UInt8, _ text: Text, to bytes: inout [UInt8]) {
    bytes.append(tag)
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: text.count)) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text.buffer)
  }

  /// The value there; moves on behind it. Texts point into the bytes.
  static func read(_ place: inout UnsafePointer<UInt8>) -> Value {
    let tag = place[0]
    place += 1
    switch tag {
    case Tag.number, Tag.time:
      let word = UnsafeRawPointer(place).loadUnaligned(as: UInt64.self)
      place += 8
      return tag == Tag.number ? .number(Double(bitPattern: word)) : .time(Int64(bitPattern: word))
    case Tag.text, Tag.json:
      let count = Int(UnsafeRawPointer(place).loadUnaligned(as: UInt32.self))
      let text = Text(place + 4, count)
      place += 4 + count
      return tag == Tag.text ? .text(text) : .json(text)
    case Tag.no: return .bool(false)
    case Tag.yes: return .bool(true)
    default: return .missing
    }
  }

  /// A good hash of bytes, eight at a time (after wyhash).
  static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(count)
    var position = 0
    let raw = UnsafeRawPointer(start)
    while position + 8 <= count {
      hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      position += 8
    }
    if position < count {
      var rest: UInt64 = 0
      memcpy(&rest, start + position, count - position)
      hash = mix(hash ^ rest)
    }
    return hash
  }

  @inline(__always)
  static func mix(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }
}
