/// Digests that `States.Hash` names.
public enum HashAlgorithm: String, Sendable, CaseIterable {
  case md5 = "MD5"
  case sha1 = "SHA-1"
  case sha256 = "SHA-256"
  case sha384 = "SHA-384"
  case sha512 = "SHA-512"
}

/// What intrinsic functions need from outside: chance, identifiers and digests. Kept apart so that evaluation stays repeatable.
public struct IntrinsicEnvironment: Sendable {
  /// A number of the range, evenly spread.
  public var random: @Sendable (Range<Int64>) -> Int64
  /// A fresh version 4 UUID in lower case.
  public var uuid: @Sendable () -> String
  /// The digest of the bytes.
  public var digest: @Sendable ([UInt8], HashAlgorithm) -> [UInt8]

  public init(
    random: @escaping @Sendable (Range<Int64>) -> Int64,
    uuid: @escaping @Sendable () -> String,
    digest: @escaping @Sendable ([UInt8], HashAlgorithm) -> [UInt8]
  ) {
    self.random = random
    self.uuid = uuid
    self.digest = digest
  }

  /// Chance and identifiers from the system's generator.
  public static func system(digest: @escaping @Sendable ([UInt8], HashAlgorithm) -> [UInt8]) -> IntrinsicEnvironment {
    IntrinsicEnvironment(
      random: { Int64.random(in: $0) },
      uuid: { version4(UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max)) },
      digest: digest)
  }

  /// The version 4 UUID made of 122 of these bits.
  public static func version4(_ high: UInt64, _ low: UInt64) -> String {
    let bits = [(high & ~0xF000) | 0x4000, (low & ~(3 << 62)) | (1 << 63)]
    var text = ""
    text.reserveCapacity(36)
    for (word, value) in bits.enumerated() {
      for byte in 0..<8 {
        let position = word * 8 + byte
        if position == 4 || position == 6 || position == 8 || position == 10 { text += "-" }
        text += hexadecimal(UInt8(truncatingIfNeeded: value >> UInt64(56 - byte * 8)))
      }
    }
    return text
  }

  static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
  }
}
