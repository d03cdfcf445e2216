/// A set of characters: any of ASCII, and of the others all or none, since patterns cannot name those.
struct CharacterSet: Hashable, Sendable {
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  /// Whether every character beyond ASCII is in it.
  private(set) var beyondASCII = false

  static let any: CharacterSet = CharacterSet().inverted
  static let digits = CharacterSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
  static let spaces: CharacterSet = {
    var set = CharacterSet()
    for byte in [0x20, 0x09, 0x0A] as [UInt8] { set.insert(byte) }
    return set
  }()
  static let words: CharacterSet = {
    var set = CharacterSet()
    for byte in 0..<128 as Range<UInt8> where byte.isWord { set.insert(byte) }
    return set
  }()

  init() {}

  init(_ range: ClosedRange<UInt8>) {
    for byte in range { insert(byte) }
  }

  mutating func insert(_ byte: UInt8) {
    if byte < 64 { low |= 1 << UInt64(byte) } else if byte < 128 { high |= 1 << UInt64(byte - 64) }
  }

  mutating func formUnion(_ other: CharacterSet) {
    low |= other.low
    high |= other.high
    beyondASCII = beyondASCII || other.beyondASCII
  }

  /// Whether a character whose UTF-8 begins with that byte is in it.
  func contains(_ byte: UInt8) -> Bool {
    if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
    return byte < 128 ? high >> UInt64(byte - 64) & 1 == 1 : beyondASCII
  }

  var inverted: CharacterSet {
    var set = self
    set.low = ~low
    set.high = ~high
    set.beyondASCII = !beyondASCII
    return set
  }

  /// The only character in it, or nil.
  var single: UInt8? {
    guard !beyondASCII, low.nonzeroBitCount + high.nonzeroBitCount == 1 else { return nil }
    return UInt8(low != 0 ? low.trailingZeroBitCount : 64 + high.trailingZeroBitCount)
  }
}
