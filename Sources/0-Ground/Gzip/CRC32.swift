import CZlib

/// The checksum of gzip, zip and event streams. Source: RFC 1952, section 8.
public enum CRC32 {
  public static func of(_ bytes: some Collection<UInt8>) -> UInt32 {
    let whole = bytes.withContiguousStorageIfAvailable { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
    return whole ?? Array(bytes).withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }
}
