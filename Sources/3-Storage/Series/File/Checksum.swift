import SeriesC

/// CRC-32C (Castagnoli), by the processor's instruction or sixteen bytes a step by tables.
enum Checksum {
  private static let hasInstruction = series_has_crc32c() != 0

  /// Sixteen tables of 256 entries: entry b of table t is byte b followed by t zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 16 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : (value >> 1) ^ 0x82F6_3B78 }
      tables[byte] = value
    }
    for place in 256..<(16 * 256) {
      let before = tables[place - 256]
      tables[place] = (before >> 8) ^ tables[Int(before & 255)]
    }
    return tables
  }()

  static func crc32c(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let start = bytes.baseAddress else { return 0 }
    if hasInstruction { return ~series_crc32c(~0, start, bytes.count) }
    return tables.withUnsafeBufferPointer { tables in
      guard let table = tables.baseAddress else { return 0 }
      var crc = ~UInt32(0)
      var place = 0
      let count = bytes.count
      while place &+ 16 <= count {
        let low = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: place, as: UInt64.self)) ^ UInt64(crc)
        let high = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: place &+ 8, as: UInt64.self))
        crc = eight(table + 8 * 256, low) ^ eight(table, high)
        place &+= 16
      }
      while place < count {
        crc = (crc >> 8) ^ table[Int((crc ^ UInt32(start.load(fromByteOffset: place, as: UInt8.self))) & 255)]
        place &+= 1
      }
      return ~crc
    }
  }

  @inline(__always)
  private static func eight(_ table: UnsafePointer<UInt32>, _ word: UInt64) -> UInt32 {
    let first = table[7 &* 256 &+ Int(word & 255)] ^ table[6 &* 256 &+ Int((word >> 8) & 255)]
    let second = table[5 &* 256 &+ Int((word >> 16) & 255)] ^ table[4 &* 256 &+ Int((word >> 24) & 255)]
    let third = table[3 &* 256 &+ Int((word >> 32) & 255)] ^ table[2 &* 256 &+ Int((word >> 40) & 255)]
    let fourth = table[256 &+ Int((word >> 48) & 255)] ^ table[Int(word >> 56)]
    return first ^ second ^ third ^ fourth
  }
}
