/// The name of a member with its hash.
struct Name {
  let text: String
  let hash: UInt64
}

/// A hash of a name's UTF-8 bytes, seeded at random per process so that nobody can prepare names that collide.
enum NameHash {
  static let seed: UInt64 = {
    var hasher = Hasher()
    hasher.combine("names")
    return UInt64(bitPattern: Int64(hasher.finalize()))
  }()

  @inline(__always)
  static func of(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ seed: UInt64) -> UInt64 {
    let raw = UnsafeRawPointer(bytes)
    var state = seed ^ UInt64(truncatingIfNeeded: count)
    if count >= 8 {
      var offset = 0
      while offset + 8 < count {
        state = mix(state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self), 0x9E37_79B9_7F4A_7C15)
        offset += 8
      }
      return mix(state ^ raw.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self), 0xA076_1D64_78BD_642F)
    }
    var word: UInt64 = 0
    if count >= 4 {
      word = UInt64(raw.loadUnaligned(as: UInt32.self)) << 32
      word |= UInt64(raw.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self))
    } else if count > 0 {
      word = UInt64(bytes[0]) << 16 | UInt64(bytes[count >> 1]) << 8 | UInt64(bytes[count - 1])
    }
    return mix(state ^ word, 0xA076_1D64_78BD_642F)
  }

  static func of(_ text: String) -> UInt64 {
    var text = text
    return text.withUTF8 { utf8 in
      utf8.baseAddress.map { of($0, utf8.count, seed) } ?? of(UnsafePointer(bitPattern: 8).unsafelyUnwrapped, 0, seed)
    }
  }

  @inline(__always)
  private static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}

/// Byte-for-byte equality: Swift's `==` takes canonically equivalent texts for equal, JSON does not.
@inline(__always)
func sameBytes(_ a: String, _ b: String) -> Bool {
  guard a.utf8.count == b.utf8.count else { return false }
  let same: Bool?? = a.utf8.withContiguousStorageIfAvailable { left in
    b.utf8.withContiguousStorageIfAvailable { right in
      guard let left = left.baseAddress, let right = right.baseAddress else { return true }
      return sameBytes(left, right, b.utf8.count)
    }
  }
  // Strings that are not stored as UTF-8 exist on other platforms only.
  return same.flatMap { $0 } ?? a.utf8.elementsEqual(b.utf8)
}

/// Whether two runs of that many bytes are the same.
@inline(__always)
func sameBytes(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
  let (left, right) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
  @inline(__always) func differ<Word: FixedWidthInteger>(_ place: Int, _ type: Word.Type) -> Bool {
    left.loadUnaligned(fromByteOffset: place, as: type) != right.loadUnaligned(fromByteOffset: place, as: type)
  }
  if count >= 8 {
    var place = 0
    while place + 8 < count {
      if differ(place, UInt64.self) { return false }
      place += 8
    }
    return !differ(count - 8, UInt64.self)
  }
  if count >= 4 { return !differ(0, UInt32.self) && !differ(count - 4, UInt32.self) }
  for place in 0..<count where a[place] != b[place] { return false }
  return true
}

/// Where each name of a large object is: open addressing over positions.
struct NameIndex: Sendable {
  private var slots: [Int32]
  private var mask: Int

  init(capacity: Int) {
    var size = 32
    while size < capacity * 2 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    mask = size - 1
  }

  /// The position with that hash for which `matches` holds, or nil.
  @inline(__always)
  func find(_ hash: UInt64, _ matches: (Int) -> Bool) -> Int? {
    var slot = Int(truncatingIfNeeded: hash >> 20) & mask
    while slots[slot] >= 0 {
      if matches(Int(slots[slot])) { return Int(slots[slot]) }
      slot = (slot + 1) & mask
    }
    return nil
  }

  /// Whether one more position would make searches long.
  func isFull(with count: Int) -> Bool { (count + 1) * 2 > slots.count }

  mutating func insert(_ hash: UInt64, _ position: Int) {
    var slot = Int(truncatingIfNeeded: hash >> 20) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: position)
  }
}

/// Tells the parser whether the object at hand has had a name already.
struct SeenNames {
  /// One bit per hash: most names are known to be new without looking further.
  private var bits: UInt64 = 0
  /// Kept once the object is large.
  private(set) var index: NameIndex?

  /// The position of the name among those given, or nil, and then it is taken to be added to them.
  @inline(__always)
  mutating func position(of name: Name, in names: UnsafePointer<Name>, count: Int) -> Int? {
    if count >= JSONObject.linear { return large(name, names, count) }
    let bit: UInt64 = 1 << (name.hash & 63)
    if bits & bit != 0 {
      for position in 0..<count where names[position].hash == name.hash && sameBytes(names[position].text, name.text) { return position }
    }
    bits |= bit
    return nil
  }

  @inline(never)
  private mutating func large(_ name: Name, _ names: UnsafePointer<Name>, _ count: Int) -> Int? {
    if index?.isFull(with: count) ?? true {
      var larger = NameIndex(capacity: (count + 1) * 2)
      for position in 0..<count { larger.insert(names[position].hash, position) }
      index = larger
    }
    if let position = index?.find(name.hash, { names[$0].hash == name.hash && sameBytes(names[$0].text, name.text) }) { return position }
    index?.insert(name.hash, count)
    return nil
  }
}

/// Recently read names, so that records with the same members share them.
struct NameCache: ~Copyable {
  private struct Slot {
    var text = ""
    var hash: UInt64 = 0
    /// Where it stood in the document.
    var place: UnsafePointer<UInt8>?
    var count = 0
  }

  let seed = NameHash.seed
  private var slots: UnsafeMutablePointer<Slot>?
  private static let size = 256

  /// A small document is read faster without.
  init(enabled: Bool) {
    guard enabled else { return }
    slots = .allocate(capacity: Self.size)
    slots?.initialize(repeating: Slot(), count: Self.size)
  }

  deinit {
    slots?.deinitialize(count: Self.size)
    slots?.deallocate()
  }

  @inline(__always)
  func find(_ hash: UInt64, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> String? {
    guard let slots else { return nil }
    let slot = slots + Int(truncatingIfNeeded: hash) & (Self.size - 1)
    guard slot.pointee.hash == hash, slot.pointee.count == count, let place = slot.pointee.place else { return nil }
    guard sameBytes(place, bytes, count) else { return nil }
    return slot.pointee.text
  }

  @inline(__always)
  mutating func keep(_ text: String, _ hash: UInt64, _ place: UnsafePointer<UInt8>, _ count: Int) {
    guard let slots else { return }
    slots[Int(truncatingIfNeeded: hash) & (Self.size - 1)] = Slot(text: text, hash: hash, place: place, count: count)
  }
}
