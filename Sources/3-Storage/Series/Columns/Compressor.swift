import CZstd

/// zstd. Belongs to one thread.
final class Compressor {
  private let context = ZSTD_createCCtx()
  private let level: Int32

  init(level: Int32 = 3) { self.level = level }

  deinit { ZSTD_freeCCtx(context) }

  /// Nil when it did not work, and then the bytes stay as they are.
  func pack(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    let bound = ZSTD_compressBound(bytes.count)
    let packed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      let size = ZSTD_compressCCtx(context, buffer.baseAddress, bound, bytes.baseAddress, bytes.count, level)
      count = ZSTD_isError(size) == 0 ? size : 0
    }
    return packed.isEmpty ? nil : packed
  }

  /// False when the bytes are not what was packed.
  static func unpack(_ bytes: UnsafeRawBufferPointer, into out: UnsafeMutableRawBufferPointer) -> Bool {
    ZSTD_decompress(out.baseAddress, out.count, bytes.baseAddress, bytes.count) == out.count
  }
}
