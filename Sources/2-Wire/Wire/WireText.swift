/// Texts from the bytes of requests.
enum WireText {
  /// Nil for bytes that are no UTF-8.
  static func string(_ bytes: ArraySlice<UInt8>) -> String? {
    bytes.withUnsafeBufferPointer { bytes in
      // Nearly all are ASCII, and to see that takes less than to ask the standard library for texts that are valid.
      var seen: UInt8 = 0
      for byte in bytes { seen |= byte }
      return seen < 0x80 ? String(decoding: bytes, as: UTF8.self) : String(validating: bytes, as: UTF8.self)
    }
  }
}
