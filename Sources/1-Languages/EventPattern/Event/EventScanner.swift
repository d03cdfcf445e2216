import EventPatternC

/// Walks over JSON text, eight bytes at a time where it can.
struct EventScanner {
  var next: UnsafePointer<UInt8>
  let start: UnsafePointer<UInt8>
  let end: UnsafePointer<UInt8>

  /// A text of which nothing will be read when there are no bytes.
  init(_ bytes: UnsafeRawBufferPointer) {
    let memory = bytes.bindMemory(to: UInt8.self)
    start = memory.baseAddress ?? Self.nothing
    next = start
    end = start + bytes.count
  }

  // Never read from nor written to.
  nonisolated(unsafe) private static let nothing = UnsafePointer(UnsafeMutablePointer<UInt8>.allocate(capacity: 1))

  /// Steps over white space. Returns false at the end of the text.
  @inline(__always)
  mutating func skipSpace() -> Bool {
    while next < end {
      if next.pointee > 0x20 { return true }
      next += 1
    }
    return false
  }

  /// Steps over this byte if it is the next one. There must be a next one.
  @inline(__always)
  mutating func take(_ byte: UInt8) -> Bool {
    guard next.pointee == byte else { return false }
    next += 1
    return true
  }

  /// Steps over a number or a word.
  @inline(__always)
  mutating func skipScalar() {
    while next < end {
      switch next.pointee {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0...0x20: return
      default: next += 1
      }
    }
  }

  /// Steps over a value, whatever it is. Returns false when it breaks off.
  @inline(__always)
  mutating func skipValue() -> Bool {
    switch next.pointee {
    case UInt8(ascii: "\""):
      next += 1
      return skipToQuote()
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      next += 1
      return skipNested()
    default:
      let before = next
      skipScalar()
      return next > before
    }
  }

  /// Goes to the next quote or backslash in a string. Returns false at the end of the text.
  @inline(__always)
  mutating func findQuoteOrEscape() -> Bool {
    while next + 8 <= end {
      let word = Bytes.word(next)
      let found = Bytes.zeros(word ^ Bytes.quotes) | Bytes.zeros(word ^ Bytes.backslashes)
      if found != 0 {
        next += found.trailingZeroBitCount &>> 3
        return true
      }
      next += 8
    }
    while next < end {
      if next.pointee == UInt8(ascii: "\"") || next.pointee == UInt8(ascii: "\\") { return true }
      next += 1
    }
    return false
  }

  /// Steps over the rest of a string and its closing quote.
  @inline(__always)
  mutating func skipToQuote() -> Bool {
    while findQuoteOrEscape() {
      if next.pointee == UInt8(ascii: "\"") {
        next += 1
        return true
      }
      next += 2
    }
    return false
  }

  /// Steps over the rest of an object or array whose bracket was read.
  ///
  /// Brackets are counted without telling their kinds apart.
  mutating func skipNested() -> Bool {
    guard next < end, let after = bracket_scan(next, end) else { return false }
    next = after
    return true
  }
}

/// Tests of eight bytes at once.
extension Bytes {
  static let quotes: UInt64 = 0x2222_2222_2222_2222
  static let backslashes: UInt64 = 0x5C5C_5C5C_5C5C_5C5C
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// The high bit of each byte that is zero. Only the lowest one found is certain.
  @inline(__always)
  static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }

  @inline(__always)
  static func contains(_ byte: UInt8, _ start: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    let pattern = UInt64(byte) &* ones
    while index &+ 8 <= count {
      if zeros(word(start + index) ^ pattern) != 0 { return true }
      index &+= 8
    }
    while index < count {
      if start[index] == byte { return true }
      index &+= 1
    }
    return false
  }
}
