/// A hash of bytes with secrets of this process, 128 bits: two series whose bytes differ have the same one by no more than chance, and
/// nobody outside can look for such bytes.
struct SecretHash: Hashable, Sendable {
  let low: UInt64
  let high: UInt64
  private static let secrets: (UInt64, UInt64, UInt64, UInt64) = (
    .random(in: .min ... .max) | 1, .random(in: .min ... .max) | 1, .random(in: .min ... .max) | 1, .random(in: .min ... .max) | 1
  )

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// Of no bytes.
  static let none = SecretHash(low: 0, high: 0)

  private init(low: UInt64, high: UInt64) { (self.low, self.high) = (low, high) }

  /// - Parameter space: keeps apart what may have the same bytes and means something else.
  init(_ bytes: UnsafeRawBufferPointer, space: UInt64) {
    let (first, second, third, fourth) = Self.secrets
    var left = first ^ UInt64(bytes.count) ^ (space &* 0x9E37_79B9_7F4A_7C15)
    var right = third ^ space
    if let start = bytes.baseAddress {
      var place = 0
      while place &+ 16 <= bytes.count {
        let one = start.loadUnaligned(fromByteOffset: place, as: UInt64.self)
        let two = start.loadUnaligned(fromByteOffset: place &+ 8, as: UInt64.self)
        left = Self.mix(one ^ second, two ^ left)
        right = Self.mix(one ^ right, two ^ fourth)
        place &+= 16
      }
      var (one, two): (UInt64, UInt64) = (0, 0)
      var shift: UInt64 = 0
      while place < bytes.count {
        let byte = UInt64(start.load(fromByteOffset: place, as: UInt8.self))
        if shift < 64 { one |= byte << shift } else { two |= byte << (shift &- 64) }
        shift &+= 8
        place &+= 1
      }
      left = Self.mix(one ^ second, two ^ left)
      right = Self.mix(one ^ right, two ^ fourth)
    }
    low = Self.mix(left ^ fourth, second)
    high = Self.mix(right ^ first, third)
  }
}

/// Numbers by 128-bit hash. Entries are never removed one by one.
struct HashedNumbers: Sendable {
  private struct Entry {
    var low: UInt64 = 0
    var high: UInt64 = 0
    /// 0 for a free place.
    var number: UInt32 = 0
  }
  private var entries: [Entry] = Array(repeating: Entry(), count: 64)
  private(set) var count = 0

  @inline(__always)
  subscript(hash: SecretHash) -> UInt32? {
    let mask = entries.count &- 1
    var place = Int(truncatingIfNeeded: hash.low) & mask
    while true {
      let entry = entries[place]
      if entry.number == 0 { return nil }
      if entry.low == hash.low, entry.high == hash.high { return entry.number }
      place = (place &+ 1) & mask
    }
  }

  /// The number must be above 0, and none known for the hash.
  mutating func insert(_ hash: SecretHash, _ number: UInt32) {
    if (count + 1) * 10 > entries.count * 7 {
      let old = entries
      entries = Array(repeating: Entry(), count: old.count * 2)
      for entry in old where entry.number != 0 { place(entry) }
    }
    place(Entry(low: hash.low, high: hash.high, number: number))
    count += 1
  }

  private mutating func place(_ entry: Entry) {
    let mask = entries.count &- 1
    var place = Int(truncatingIfNeeded: entry.low) & mask
    while entries[place].number != 0 { place = (place &+ 1) & mask }
    entries[place] = entry
  }

  mutating func removeAll() { self = HashedNumbers() }
}
