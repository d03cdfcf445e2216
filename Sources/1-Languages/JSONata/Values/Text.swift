import JSON

/// A name with the words that its string consists of, by which it is mostly recognized: short strings are their own content,
/// and names of one document that are the same share it.
struct FieldName {
  let text: String
  let words: (UInt64, UInt64)

  init(_ text: String) {
    self.text = text
    words = unsafeBitCast(text, to: (UInt64, UInt64).self)
  }

  /// Whether the name of the member is that, when it is stored in the same words.
  @inline(__always)
  func isWordForWord(_ member: UnsafePointer<JSONObject.Member>) -> Bool {
    let key = UnsafeRawPointer(member).loadUnaligned(as: (UInt64, UInt64).self)
    return key.0 == words.0 && key.1 == words.1
  }
}

/// What has to be done with strings byte by byte or as JavaScript does it.
enum Text {
  /// Whether the bytes are the same.
  @inline(__always)
  static func same(_ a: String, _ b: String) -> Bool {
    // The same words are the same text: short strings are their own content, long ones then share it.
    if unsafeBitCast(a, to: (UInt64, UInt64).self) == unsafeBitCast(b, to: (UInt64, UInt64).self) { return true }
    let count = a.utf8.count
    guard count == b.utf8.count else { return false }
    return sameBytes(a, b, count)
  }

  @inline(never)
  private static func sameBytes(_ a: String, _ b: String, _ count: Int) -> Bool {
    let same: Bool?? = a.utf8.withContiguousStorageIfAvailable { left in
      b.utf8.withContiguousStorageIfAvailable { right in
        for position in 0..<count where left[position] != right[position] { return false }
        return true
      }
    }
    return same.flatMap { $0 } ?? a.utf8.elementsEqual(b.utf8)
  }

  /// Whether the first comes before the second in the order of UTF-16 units, which is JavaScript's.
  @inline(__always)
  static func precedes(_ a: String, _ b: String) -> Bool { compare(a, b) < 0 }

  /// Negative, 0 or positive, in the order of UTF-16 units.
  static func compare(_ a: String, _ b: String) -> Int {
    let order: Int?? = a.utf8.withContiguousStorageIfAvailable { left in
      b.utf8.withContiguousStorageIfAvailable { right in
        let common = min(left.count, right.count)
        var place = 0
        while place < common, left[place] == right[place] { place += 1 }
        guard place < common else { return left.count - right.count }
        let (x, y) = (left[place], right[place])
        // Beyond the first plane come surrogates, which are before U+E000 to U+FFFF.
        if x >= 0xEE, y >= 0xEE, (x >= 0xF0) != (y >= 0xF0) { return x >= 0xF0 ? -1 : 1 }
        return Int(x) - Int(y)
      }
    }
    return order.flatMap { $0 } ?? (a.utf16.lexicographicallyPrecedes(b.utf16) ? -1 : a == b ? 0 : 1)
  }

  /// How many Unicode scalars there are, which is what `$length` counts.
  static func length(_ text: String) -> Int {
    var count = 0
    for byte in text.utf8 where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// Where `part` first is at or after the offset, in bytes.
  static func find(_ part: String, in text: String, from start: Int = 0) -> Int? {
    let found: Int??? = text.utf8.withContiguousStorageIfAvailable { text in
      part.utf8.withContiguousStorageIfAvailable { part -> Int? in
        guard let first = part.first else { return start <= text.count ? start : nil }
        guard text.count >= part.count, let base = text.baseAddress else { return nil }
        var place = start
        while place <= text.count - part.count {
          if base[place] == first {
            var matched = 1
            while matched < part.count, base[place + matched] == part[matched] { matched += 1 }
            if matched == part.count { return place }
          }
          place += 1
        }
        return nil
      }
    }
    return found.flatMap { $0 }.flatMap { $0 }
  }

  /// The bytes of a range as a string; the range begins and ends between characters.
  @inline(__always)
  static func slice(_ text: String, _ range: Range<Int>) -> String {
    let slice = text.utf8.withContiguousStorageIfAvailable { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    return slice ?? String(decoding: Array(text.utf8)[range], as: UTF8.self)
  }

  /// How many UTF-16 units the first bytes are.
  static func utf16Offset(_ text: String, _ bytes: Int) -> Int {
    var units = 0
    var place = 0
    for byte in text.utf8 {
      guard place < bytes else { break }
      place += 1
      if byte & 0xC0 != 0x80 { units += byte >= 0xF0 ? 2 : 1 }
    }
    return units
  }
}
