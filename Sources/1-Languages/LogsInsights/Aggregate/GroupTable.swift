#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Numbers the groups of `stats`: keys in one buffer, found by hash with open addressing.
struct GroupTable {
  private(set) var keys: [UInt8] = []
  private(set) var places: [(offset: Int, count: Int)] = []
  private var hashes: [UInt64] = []
  private var buckets: [Int32] = Array(repeating: -1, count: 64)
  private var last = -1

  var count: Int { places.count }

  /// The number of the group of that key, which is new when it equals the former `count`.
  mutating func index(_ key: [UInt8]) -> Int {
    key.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return index(Text.empty.start, 0) }
      return index(start, buffer.count)
    }
  }

  mutating func index(_ key: UnsafePointer<UInt8>, _ length: Int) -> Int {
    // Neighbouring events are often of one group.
    if last >= 0, equals(last, key, length) { return last }
    let hash = ValueCoder.hash(key, length)
    let mask = buckets.count - 1
    var bucket = Int(truncatingIfNeeded: hash) & mask
    while buckets[bucket] >= 0 {
      let candidate = Int(buckets[bucket])
      if hashes[candidate] == hash, equals(candidate, key, length) {
        last = candidate
        return candidate
      }
      bucket = (bucket + 1) & mask
    }
    let number = places.count
    places.append((keys.count, length))
    keys.append(contentsOf: UnsafeBufferPointer(start: key, count: length))
    hashes.append(hash)
    buckets[bucket] = Int32(number)
    if places.count * 2 > buckets.count { grow() }
    last = number
    return number
  }

  private func equals(_ number: Int, _ key: UnsafePointer<UInt8>, _ length: Int) -> Bool {
    let place = places[number]
    guard place.count == length else { return false }
    return keys.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return length == 0 }
      return memcmp(base + place.offset, key, length) == 0
    }
  }

  private mutating func grow() {
    buckets = Array(repeating: -1, count: buckets.count * 2)
    let mask = buckets.count - 1
    for (number, hash) in hashes.enumerated() {
      var bucket = Int(truncatingIfNeeded: hash) & mask
      while buckets[bucket] >= 0 { bucket = (bucket + 1) & mask }
      buckets[bucket] = Int32(number)
    }
  }

  /// Calls with the start of each key.
  func forEach(_ body: (Int, UnsafePointer<UInt8>, Int) -> Void) {
    keys.withUnsafeBufferPointer { buffer in
      let base = buffer.baseAddress ?? Text.empty.start
      for (number, place) in places.enumerated() { body(number, base + place.offset, place.count) }
    }
  }
}
