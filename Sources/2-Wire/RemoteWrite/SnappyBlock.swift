import CSnappy

/// Snappy's block format, in which remote write sends its bodies.
package enum SnappyBlock {
  /// Nil when the bytes are none, or would be longer than the limit.
  package static func expand(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
    bytes.withUnsafeBytes { source -> [UInt8]? in
      guard let start = source.baseAddress?.assumingMemoryBound(to: CChar.self) else { return nil }
      var size = 0
      guard snappy_uncompressed_length(start, source.count, &size) == SNAPPY_OK, size <= limit else { return nil }
      var isWhole = false
      let expanded = [UInt8](unsafeUninitializedCapacity: size) { target, count in
        var written = size
        let status = target.withMemoryRebound(to: CChar.self) { target in
          target.baseAddress.map { snappy_uncompress(start, source.count, $0, &written) } ?? (size == 0 ? SNAPPY_OK : SNAPPY_INVALID_INPUT)
        }
        isWhole = status == SNAPPY_OK && written == size
        count = isWhole ? size : 0
      }
      return isWhole ? expanded : nil
    }
  }

  /// What `expand` takes.
  package static func pack(_ bytes: [UInt8]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: snappy_max_compressed_length(bytes.count)) { target, count in
      var written = target.count
      bytes.withUnsafeBytes { source in
        target.withMemoryRebound(to: CChar.self) { target in
          if let from = source.baseAddress?.assumingMemoryBound(to: CChar.self), let to = target.baseAddress {
            if snappy_compress(from, source.count, to, &written) != SNAPPY_OK { written = 0 }
          } else {
            written = 0
          }
        }
      }
      count = written
    }
  }
}
