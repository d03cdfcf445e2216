import CZlib

/// Bodies that are compressed. Source: RFC 1952; Smithy 2.0, "requestCompression trait".
package enum Gzip {
  private static let step = 64 << 10

  /// The plain bytes of a gzip or zlib stream, of one or several members.
  ///
  /// - Parameter limit: bytes that may come out; more are refused, so that a small body can not fill the memory.
  package static func inflate(_ bytes: [UInt8], limit: Int) throws(WireFault) -> [UInt8] {
    var stream = z_stream()
    // 32 over the window's size: gzip and zlib headers are told apart.
    guard inflateInit2_(&stream, 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw WireFault("ServiceUnavailable", "There is no memory for a compressed body.", status: 503)
    }
    defer { inflateEnd(&stream) }
    var plain: [UInt8] = []
    plain.reserveCapacity(min(limit, max(bytes.count, 1) * 8))
    var buffer = [UInt8](repeating: 0, count: step)
    var input = bytes
    let status = input.withUnsafeMutableBufferPointer { source -> Int32 in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(clamping: source.count)
      var status = Z_OK
      while status == Z_OK {
        let made = buffer.withUnsafeMutableBufferPointer { target -> Int in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(step)
          status = CZlib.inflate(&stream, Z_NO_FLUSH)
          return step - Int(stream.avail_out)
        }
        if plain.count + made > limit { return Z_MEM_ERROR }
        plain.append(contentsOf: buffer[..<made])
        if status == Z_STREAM_END, stream.avail_in > 0 { status = inflateReset(&stream) }
        if status == Z_OK, made == 0, stream.avail_in == 0 { return Z_BUF_ERROR }
      }
      return status
    }
    switch status {
    case Z_STREAM_END: return plain
    case Z_MEM_ERROR:
      throw WireFault("RequestEntityTooLargeException", "The request's body is longer than \(limit) bytes when decompressed.", status: 413)
    default: throw .serialization("The request's body is not gzip, as its Content-Encoding says, or is cut off.")
    }
  }

  /// The bytes as one gzip member; nil when there is no memory for it.
  package static func deflate(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8]? {
    var stream = z_stream()
    guard deflateInit2_(&stream, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    var input = bytes
    let status = input.withUnsafeMutableBufferPointer { source in
      packed.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(clamping: source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(clamping: target.count)
        return CZlib.deflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END else { return nil }
    packed.removeLast(Int(stream.avail_out))
    return packed
  }
}
