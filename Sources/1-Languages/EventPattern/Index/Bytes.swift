/// Work on runs of bytes that is done for every value of every event.
enum Bytes {
  /// Whether two runs of this length are the same.
  @inline(__always)
  static func equal(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var index = 0
    while index &+ 8 <= count {
      if word(left + index) != word(right + index) { return false }
      index &+= 8
    }
    if count >= 8 { return word(left + (count &- 8)) == word(right + (count &- 8)) }
    return head(left, count) == head(right, count)
  }

  /// The first eight bytes, zeros after the end.
  @inline(__always)
  static func head(_ start: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
    if count >= 8 { return word(start) }
    let raw = UnsafeRawPointer(start)
    if count >= 4 {
      // Two overlapping loads that never leave the run.
      let low = UInt64(raw.loadUnaligned(as: UInt32.self).littleEndian)
      let high = UInt64((raw + (count &- 4)).loadUnaligned(as: UInt32.self).littleEndian)
      return low | high &<< UInt64(truncatingIfNeeded: (count &- 4) &* 8)
    }
    if count == 0 { return 0 }
    let first = UInt64(start[0])
    let middle = UInt64(start[count &>> 1]) &<< UInt64(truncatingIfNeeded: (count &>> 1) &* 8)
    let last = UInt64(start[count &- 1]) &<< UInt64(truncatingIfNeeded: (count &- 1) &* 8)
    return first | middle | last
  }

  @inline(__always)
  static func word(_ start: UnsafePointer<UInt8>) -> UInt64 {
    UnsafeRawPointer(start).loadUnaligned(as: UInt64.self).littleEndian
  }

  /// A hash that differs with the length and the seed.
  @inline(__always)
  static func hash(_ start: UnsafePointer<UInt8>, _ count: Int, seed: UInt64) -> UInt64 {
    var state = seed
    var left = count
    var next = start
    while left > 16 {
      state = mix(word(next) ^ 0xa076_1d64_78bd_642f, word(next + 8) ^ state)
      next += 16
      left &-= 16
    }
    let first: UInt64
    let last: UInt64
    if left >= 8 {
      first = word(next)
      last = word(next + (left &- 8))
    } else {
      first = head(next, left)
      last = 0
    }
    return mix(first ^ 0xe703_7ed1_a0b4_28db ^ UInt64(truncatingIfNeeded: count), last ^ state ^ 0x8ebc_6af0_9c88_c6e3)
  }

  @inline(__always)
  static func hash(_ value: UInt64, seed: UInt64) -> UInt64 {
    mix(value ^ 0xe703_7ed1_a0b4_28db, seed ^ 0x8ebc_6af0_9c88_c6e3)
  }

  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
