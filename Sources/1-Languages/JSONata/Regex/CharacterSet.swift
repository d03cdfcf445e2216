/// A set of characters.
struct CharacterSet {
  private var low: UInt64 = 0
  private var high: UInt64 = 0
  /// Beyond ASCII, with both ends.
  private(set) var ranges: [ClosedRange<UInt32>] = []
  var isNegated = false
  private(set) var ignoresCase = false

  init() {}
  init(_ ranges: [ClosedRange<UInt32>]) { for range in ranges { insert(range) } }

  mutating func insert(_ range: ClosedRange<UInt32>) {
    var next = range.lowerBound
    while next <= range.upperBound, next < 128 {
      if next < 64 { low |= 1 << UInt64(next) } else { high |= 1 << UInt64(next - 64) }
      next += 1
    }
    if range.upperBound >= 128 { ranges.append(max(128, range.lowerBound)...range.upperBound) }
  }

  mutating func formUnion(_ other: CharacterSet) {
    guard other.isNegated else {
      low |= other.low
      high |= other.high
      ranges += other.ranges
      return
    }
    low |= ~other.low
    high |= ~other.high
    var next: UInt32 = 128
    for range in other.ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if range.lowerBound > next { ranges.append(next...(range.lowerBound - 1)) }
      next = max(next, range.upperBound + 1)
    }
    if next <= 0x10FFFF { ranges.append(next...0x10FFFF) }
  }

  /// Letters of either case for each other.
  mutating func ignoreCase() {
    ignoresCase = true
    for letter in UInt32(97)...122 where bit(letter) || bit(letter - 32) {
      insert(letter...letter)
      insert((letter - 32)...(letter - 32))
    }
  }

  @inline(__always)
  private func bit(_ scalar: UInt32) -> Bool {
    scalar < 64 ? low >> UInt64(scalar) & 1 == 1 : high >> UInt64(scalar - 64) & 1 == 1
  }

  @inline(__always)
  func contains(_ scalar: UInt32) -> Bool {
    if scalar < 128 { return bit(scalar) != isNegated }
    return containsWide(scalar) != isNegated
  }

  private func containsWide(_ scalar: UInt32) -> Bool {
    for range in ranges where range.contains(scalar) { return true }
    guard ignoresCase else { return false }
    for other in CaseFolding.variants(scalar) {
      if other < 128 ? bit(other) : ranges.contains(where: { $0.contains(other) }) { return true }
    }
    return false
  }

  /// Whether no character is in both; false where that is not easily seen.
  func isDisjoint(with other: CharacterSet) -> Bool {
    for scalar in UInt32(0)..<128 where contains(scalar) && other.contains(scalar) { return false }
    return ranges.isEmpty && !isNegated || other.ranges.isEmpty && !other.isNegated
  }

  static let digits = CharacterSet([48...57])
  static let words = CharacterSet([48...57, 65...90, 95...95, 97...122])
  static let spaces = CharacterSet([
    9...13, 32...32, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000,
    0xFEFF...0xFEFF,
  ])
  static let lineEnds = CharacterSet([10...10, 13...13, 0x2028...0x2029])

  var negated: CharacterSet {
    var copy = self
    copy.isNegated.toggle()
    return copy
  }
}

/// Which characters are one when case does not matter.
enum CaseFolding {
  /// ECMA-262's Canonicalize without the `u` flag: upper case, where that is one character and stays out of ASCII.
  static func canonical(_ scalar: UInt32) -> UInt32 {
    if scalar < 128 { return scalar >= 97 && scalar <= 122 ? scalar - 32 : scalar }
    guard let character = Unicode.Scalar(scalar) else { return scalar }
    let upper = character.properties.uppercaseMapping.unicodeScalars
    guard upper.count == 1, let first = upper.first, first.value >= 128, first.value <= 0xFFFF || scalar > 0xFFFF else { return scalar }
    return first.value
  }

  /// Other characters that are the same.
  static func variants(_ scalar: UInt32) -> [UInt32] {
    guard let character = Unicode.Scalar(scalar) else { return [] }
    let upper = canonical(scalar)
    let lower = character.properties.lowercaseMapping.unicodeScalars
    var found = upper == scalar ? [] : [upper]
    if lower.count == 1, let first = lower.first, canonical(first.value) == upper { found.append(first.value) }
    return found
  }
}
