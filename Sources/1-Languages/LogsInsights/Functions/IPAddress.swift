/// An address of IPv4 or IPv6 as 4 or 16 bytes.
struct IPAddress: Equatable {
  var bytes: [UInt8]
  var isVersion4: Bool { bytes.count == 4 }

  init?(_ text: Text) {
    guard text.count >= 2, text.count <= 45 else { return nil }
    guard let bytes = Self.version4(text.buffer[...]) ?? Self.version6(text.buffer[...]) else { return nil }
    self.bytes = bytes
  }

  private static func version4(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard (1...3).contains(part.count), part.allSatisfy(Lexer.isDigit) else { return nil }
      let number = part.reduce(0) { $0 * 10 + Int($1 - 48) }
      guard number <= 255 else { return nil }
      bytes.append(UInt8(number))
    }
    return bytes
  }

  private static func version6(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8]? {
    var head: [UInt8] = []
    var tail: [UInt8]?
    var position = text.startIndex
    if text.starts(with: "::".utf8) {
      tail = []
      position += 2
    } else if text.first == UInt8(ascii: ":") {
      return nil
    }
    while position < text.endIndex {
      let end = text[position...].firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
      guard let group = group(text[position..<end], isLast: end == text.endIndex) else { return nil }
      if tail == nil { head += group } else { tail? += group }
      position = end
      guard position < text.endIndex else { break }
      position += 1
      guard position < text.endIndex else { return nil }
      if text[position] == UInt8(ascii: ":") {
        guard tail == nil else { return nil }
        tail = []
        position += 1
      }
    }
    guard let tail else { return head.count == 16 ? head : nil }
    let missing = 16 - head.count - tail.count
    return missing >= 1 ? head + [UInt8](repeating: 0, count: missing) + tail : nil
  }

  private static func group(_ text: Slice<UnsafeBufferPointer<UInt8>>, isLast: Bool) -> [UInt8]? {
    if isLast, text.contains(UInt8(ascii: ".")) { return version4(text) }
    guard (1...4).contains(text.count) else { return nil }
    var number: UInt16 = 0
    for byte in text {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      number = number << 4 | UInt16(digit)
    }
    return [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }
}

/// A range of addresses: `10.0.0.0/8`.
struct Subnet {
  var address: IPAddress
  var prefix: Int

  init?(_ text: Text) {
    guard let slash = text.buffer.firstIndex(of: UInt8(ascii: "/")), let address = IPAddress(Text(text.start, slash)) else { return nil }
    let digits = text.buffer[(slash + 1)...]
    guard (1...3).contains(digits.count), digits.allSatisfy(Lexer.isDigit) else { return nil }
    let prefix = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    guard prefix <= address.bytes.count * 8 else { return nil }
    self.address = address
    self.prefix = prefix
  }

  func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    for (position, byte) in address.bytes.enumerated() {
      let bits = min(8, max(0, prefix - position * 8))
      let mask = bits == 0 ? 0 : UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
      if byte & mask != other.bytes[position] & mask { return false }
    }
    return true
  }
}
