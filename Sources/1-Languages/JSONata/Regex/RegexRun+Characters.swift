extension RegexRun {
  /// The character at the place, or before it, and where it ends, or begins.
  @inline(__always)
  func character(_ place: Int, _ back: Bool) -> (UInt32, Int)? {
    if back { return before(place) }
    guard place < bytes.count else { return nil }
    let first = bytes[place]
    if first < 0x80 { return (UInt32(first), place + 1) }
    return wide(place)
  }

  func wide(_ place: Int) -> (UInt32, Int) {
    let first = UInt32(bytes[place])
    func more(_ offset: Int) -> UInt32 { place + offset < bytes.count ? UInt32(bytes[place + offset]) & 0x3F : 0 }
    if first >= 0xF0 { return ((first & 7) << 18 | more(1) << 12 | more(2) << 6 | more(3), place + 4) }
    if first >= 0xE0 { return ((first & 15) << 12 | more(1) << 6 | more(2), place + 3) }
    return ((first & 31) << 6 | more(1), place + 2)
  }

  func before(_ place: Int) -> (UInt32, Int)? {
    guard place > 0 else { return nil }
    var start = place - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return (bytes[start] < 0x80 ? UInt32(bytes[start]) : wide(start).0, start)
  }

  /// As many of the set as there are, between the bounds; where the least of them end.
  @inline(__always)
  func repeated(_ set: CharacterSet, _ from: Int, _ least: Int, _ most: Int, _ back: Bool) -> (place: Int, least: Int)? {
    var place = from
    var count = 0
    var minimum = from
    while count < most, let (found, end) = character(place, back), set.contains(found) {
      place = end
      count += 1
      if count == least { minimum = place }
    }
    return count >= least ? (place, minimum) : nil
  }

  func sameAgain(_ group: Int, _ place: Int, _ back: Bool) -> Int? {
    let (start, end) = (registers[2 * group], registers[2 * group + 1])
    guard start >= 0, end >= start else { return place }
    let length = end - start
    let from = back ? place - length : place
    guard from >= 0, from + length <= bytes.count else { return nil }
    if ignoresCase {
      var (one, other) = (start, from)
      while one < end, let (a, nextOne) = character(one, false), let (b, nextOther) = character(other, false) {
        if CaseFolding.canonical(a) != CaseFolding.canonical(b) { return nil }
        (one, other) = (nextOne, nextOther)
      }
    } else {
      for offset in 0..<length where bytes[start + offset] != bytes[from + offset] { return nil }
    }
    return back ? from : from + length
  }

  func isLineEnd(at place: Int) -> Bool { character(place, false).map { CharacterSet.lineEnds.contains($0.0) } ?? false }
  func isLineEnd(before place: Int) -> Bool { before(place).map { CharacterSet.lineEnds.contains($0.0) } ?? false }

  func isWord(_ place: Int) -> Bool {
    place >= 0 && place < bytes.count && CharacterSet.words.contains(UInt32(bytes[place]))
  }
}
