/// The addresses that share leading bits, or one address.
///
/// Source: EventBridge User Guide, "IP address matching".
struct Network: Hashable, Sendable {
  let base: Address
  /// Leading bits that count: 0...32 or 0...128.
  let bits: Int
  /// As the pattern says it.
  let text: [UInt8]

  init(_ address: Address, bits: Int, text: [UInt8]) {
    base = address.masked(bits)
    self.bits = bits
    self.text = text
  }
}

/// An IPv4 or IPv6 address.
struct Address: Hashable, Sendable {
  let isV4: Bool
  /// The bits of the address, a v4 address in the leading 32.
  let value: UInt128

  /// The address with all but the leading bits zero.
  @inline(__always)
  func masked(_ bits: Int) -> Address { Address(isV4: isV4, value: value & Self.mask(bits)) }

  /// So many leading ones.
  @inline(__always)
  static func mask(_ bits: Int) -> UInt128 { ~(UInt128.max >> UInt128(bits)) }

  /// Whether text looks like an address to AWS: four groups of digits, or hexadecimal digits with colons.
  static func looksLike(_ text: [UInt8]) -> Bool {
    let groups = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    if groups.count == 4, groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy(PatternTokens.isDigit) }) { return true }
    return text.contains(UInt8(ascii: ":")) && text.allSatisfy { $0 == UInt8(ascii: ":") || hexDigit($0) < 16 }
  }
}

extension Address {
  init?(_ text: [UInt8]) {
    guard let address = text.withUnsafeBufferPointer({ text in text.baseAddress.flatMap { Address($0, text.count) } }) else { return nil }
    self = address
  }

  /// Reads an address. A v6 address that stands for a v4 one (`::ffff:a00:1`) is that v4 address, as in AWS.
  init?(_ text: UnsafePointer<UInt8>, _ count: Int) {
    // The longest v6 address has 39 characters; AWS lets v4 groups have leading zeros.
    guard count >= 2, count <= 64 else { return nil }
    let head = UnsafeBufferPointer(start: text, count: min(count, 5))
    guard let address = head.contains(UInt8(ascii: ":")) ? Self.v6(text, count) : Self.v4(text, count) else { return nil }
    self = address
  }

  private static func v4(_ text: UnsafePointer<UInt8>, _ count: Int) -> Address? {
    var value: UInt128 = 0
    var group: UInt128 = 0
    var groups = 0
    var digits = 0
    for index in 0...count {
      let byte = index < count ? text[index] : UInt8(ascii: ".")
      if byte == UInt8(ascii: ".") {
        guard digits > 0, groups < 4 else { return nil }
        value = value << 8 | group
        (group, digits) = (0, 0)
        groups += 1
      } else {
        let digit = byte &- UInt8(ascii: "0")
        guard digit <= 9 else { return nil }
        group = group * 10 + UInt128(digit)
        digits += 1
        if group > 255 { return nil }
      }
    }
    return groups == 4 ? Address(isV4: true, value: value << 96) : nil
  }

  /// Eight groups of up to four hexadecimal digits, one run of zero groups written `::`.
  private static func v6(_ text: UnsafePointer<UInt8>, _ count: Int) -> Address? {
    var value: UInt128 = 0
    var group: UInt128 = 0
    var groups = 0
    var digits = 0
    // Groups read when `::` came.
    var gap: Int?
    var index = 0
    if text[0] == UInt8(ascii: ":") {
      guard text[1] == UInt8(ascii: ":") else { return nil }
      index = 1
    }
    while index <= count {
      let byte = index < count ? text[index] : UInt8(ascii: ":")
      if byte != UInt8(ascii: ":") {
        let digit = hexDigit(byte)
        digits += 1
        guard digit < 16, digits <= 4 else { return nil }
        group = group << 4 | UInt128(digit)
      } else if digits > 0 {
        guard groups < 8, index != count - 1 else { return nil }
        value = value << 16 | group
        (group, digits) = (0, 0)
        groups += 1
      } else if index < count {
        guard gap == nil else { return nil }
        gap = groups
      }
      index += 1
    }
    if let gap {
      guard groups < 8 else { return nil }
      // The groups after the gap stay at the end, those before it move to the front.
      let after = UInt128((groups - gap) * 16)
      let front = value >> after
      value = (gap == 0 ? 0 : front << UInt128(128 - gap * 16)) | (value & ~(~0 << after))
    } else if groups != 8 {
      return nil
    }
    return value >> 32 == 0xFFFF ? Address(isV4: true, value: value << 96) : Address(isV4: false, value: value)
  }

  @inline(__always)
  static func hexDigit(_ byte: UInt8) -> UInt8 {
    let digit = byte &- UInt8(ascii: "0")
    if digit <= 9 { return digit }
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : 255
  }
}
