/// URI encoding as signatures want it. Source: IAM User Guide, "Create a signed AWS API request".
enum URICoding {
  private static let digits: [UInt8] = Array("0123456789ABCDEF".utf8)

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte == 45 || byte == 46 || byte == 95
      || byte == 126
  }

  static func encode(_ bytes: some Sequence<UInt8>, keepsSlash: Bool = false, into output: inout [UInt8]) {
    for byte in bytes {
      if isUnreserved(byte) || (keepsSlash && byte == 47) {
        output.append(byte)
      } else {
        output.append(37)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
      }
    }
  }

  /// A broken escape stays as it is: the signature will then not match.
  static func decodeBytes(_ text: some StringProtocol) -> [UInt8] {
    var bytes: [UInt8] = []
    let source = Array(text.utf8)
    var position = 0
    while position < source.count {
      if source[position] == 37, position + 2 < source.count, let high = hex(source[position + 1]), let low = hex(source[position + 2]) {
        bytes.append(high << 4 | low)
        position += 3
      } else {
        bytes.append(source[position])
        position += 1
      }
    }
    return bytes
  }

  static func decode(_ text: some StringProtocol) -> String { String(decoding: decodeBytes(text), as: UTF8.self) }

  static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
  }

  /// Two lower-case digits for each byte.
  static func hex(_ bytes: UnsafeRawBufferPointer) -> String {
    String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
      for (position, byte) in bytes.enumerated() {
        text[2 * position] = lowerDigit(byte >> 4)
        text[2 * position + 1] = lowerDigit(byte & 15)
      }
      return 2 * bytes.count
    }
  }

  private static func lowerDigit(_ half: UInt8) -> UInt8 { half < 10 ? 48 + half : 87 + half }
}
