#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Substring search over bytes: the C library looks for one byte of the text, 16 and more at once, and the rest is compared there.
enum ByteSearch {
  static func contains(_ text: UnsafeBufferPointer<UInt8>, _ part: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let partStart = part.baseAddress, part.count > 0 else { return true }
    guard let start = text.baseAddress, text.count >= part.count else { return false }
    let anchor = rarest(part)
    var place = start + anchor
    /// Beyond the last place where the anchor can be.
    let end = start + (text.count - part.count + anchor + 1)
    while place < end, let found = memchr(place, Int32(part[anchor]), end - place) {
      let here = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
      if memcmp(here - anchor, partStart, part.count) == 0 { return true }
      place = here + 1
    }
    return false
  }

  static func contains(_ text: UnsafeBufferPointer<UInt8>, _ part: [UInt8]) -> Bool {
    part.withUnsafeBufferPointer { contains(text, $0) }
  }

  /// The position of a byte that logs have seldom: capitals and signs rather than small letters, digits and spaces.
  private static func rarest(_ part: UnsafeBufferPointer<UInt8>) -> Int {
    var best = 0
    var bestRank = Int.max
    for (position, byte) in part.enumerated() {
      let rank =
        switch byte {
        case UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "a"), UInt8(ascii: "o"), UInt8(ascii: "i"), UInt8(ascii: "n"),
          UInt8(ascii: "s"), UInt8(ascii: "r"), 0x20:
          4
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): 3
        case UInt8(ascii: "\""), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "-"), UInt8(ascii: "."): 2
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 1
        default: 0
        }
      if rank < bestRank { (best, bestRank) = (position, rank) }
    }
    return best
  }
}
