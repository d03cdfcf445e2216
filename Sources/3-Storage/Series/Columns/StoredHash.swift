#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A hash of bytes that stays the same for ever, for it is stored; eight bytes a step (after wyhash).
enum StoredHash {
  @inline(__always)
  static func mix(_ word: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    return product.high ^ product.low
  }

  static func hash(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(count)
    var position = 0
    let raw = UnsafeRawPointer(start)
    while position &+ 8 <= count {
      hash = mix(hash ^ UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)))
      position &+= 8
    }
    if position < count {
      var rest: UInt64 = 0
      var shift: UInt64 = 0
      while position < count {
        rest |= UInt64(start[position]) << shift
        shift &+= 8
        position &+= 1
      }
      hash = mix(hash ^ rest)
    }
    return mix(hash ^ 0x94D0_49BB_1331_11EB)
  }

  /// The same hash where eight bytes more may be read.
  @inline(__always)
  static func hashAhead(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(count)
    var position = 0
    while position &+ 8 <= count {
      hash = mix(hash ^ EightBytes.load(start + position))
      position &+= 8
    }
    if position < count { hash = mix(hash ^ EightBytes.first(count &- position, of: EightBytes.load(start + position))) }
    return mix(hash ^ 0x94D0_49BB_1331_11EB)
  }
}

/// Whether a value may be in a column: 16 bits and six tests for each value, all in one line of the processor's cache.
enum ColumnBloom {
  static let line = 64

  static func make(_ hashes: UnsafeBufferPointer<UInt64>) -> [UInt8] {
    let lines = max(1, (hashes.count * 16 + line * 8 - 1) / (line * 8))
    var bytes = [UInt8](repeating: 0, count: lines * line)
    for hash in hashes {
      let start = place(hash, lines)
      visit(hash) { bit in
        bytes[start + bit >> 3] |= 1 << UInt8(bit & 7)
        return true
      }
    }
    return bytes
  }

  /// Where the line of a hash begins.
  static func place(_ hash: UInt64, _ lines: Int) -> Int { Int(hash.multipliedFullWidth(by: UInt64(lines)).high) * line }

  static func mayHold(_ hash: UInt64, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count >= line else { return true }
    let start = place(hash, bytes.count / line)
    return visit(hash) { bit in bytes[start + bit >> 3] & 1 << UInt8(bit & 7) != 0 }
  }

  @discardableResult
  private static func visit(_ hash: UInt64, _ body: (Int) -> Bool) -> Bool {
    var bits = StoredHash.mix(hash)
    for _ in 0..<6 {
      if !body(Int(bits & 511)) { return false }
      bits >>= 9
    }
    return true
  }
}
