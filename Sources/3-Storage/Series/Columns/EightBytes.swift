/// Eight bytes at a time, in one word whose least byte is the first. Eight bytes from each pointer may be read, whatever they are.
enum EightBytes {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080
  private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

  @inline(__always)
  static func load(_ place: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
  }

  /// The first so many bytes of a word, 1 to 8; zeros behind them.
  @inline(__always)
  static func first(_ count: Int, of word: UInt64) -> UInt64 { word & (~0 &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count)) }

  /// Whether so many bytes are the same.
  @inline(__always)
  static func areSame(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    var place = 0
    while place &+ 8 <= count {
      if load(left + place) != load(right + place) { return false }
      place &+= 8
    }
    return place == count || first(count &- place, of: load(left + place) ^ load(right + place)) == 0
  }

  // MARK: Marks: the highest bit of each byte that is meant

  /// The place of the first byte that is marked; 8 when none is.
  @inline(__always)
  static func place(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }

  @inline(__always)
  static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
    let other = word ^ (ones &* UInt64(byte))
    return ~(((other & lows) &+ lows) | other | lows)
  }

  /// Bytes of at least the value, which is below 128. Only right for bytes below 128.
  @inline(__always)
  private static func atLeast(_ word: UInt64, _ byte: UInt64) -> UInt64 { word &+ ones &* (0x80 &- byte) }

  @inline(__always)
  static func notDigits(_ word: UInt64) -> UInt64 {
    let low = word & lows
    return (~(atLeast(low, 0x30) & ~atLeast(low, 0x3A)) | word) & highs
  }

  /// What is none of the bytes that numbers and words of JSON are made of: letters, digits, `.`, `-` and `+`.
  @inline(__always)
  static func notBare(_ word: UInt64) -> UInt64 {
    let low = word & lows
    let letter = low | ones &* 0x20
    let letters = atLeast(letter, 0x61) & ~atLeast(letter, 0x7B)
    let digits = atLeast(low, 0x30) & ~atLeast(low, 0x3A)
    let signs = atLeast(low, 0x2D) & ~atLeast(low, 0x2F) | equal(word, UInt8(ascii: "+"))
    return (~(letters | digits | signs) | word) & highs
  }

  // MARK: Numbers

  /// The number that digits say at a place, and how many there are, at most `most`. Of more than 19 it is not the number.
  @inline(__always)
  static func number(_ text: UnsafePointer<UInt8>, most: Int) -> (value: UInt64, count: Int) {
    let word = load(text)
    let count = min(place(notDigits(word)), most)
    if count == 0 { return (0, 0) }
    let value = digits(word, count)
    return count < 8 ? (value, count) : longer(text, most, value)
  }

  /// More than eight digits, of which the first eight are known.
  private static func longer(_ text: UnsafePointer<UInt8>, _ most: Int, _ first: UInt64) -> (value: UInt64, count: Int) {
    var (value, count) = (first, 8)
    while count < most {
      let digit = text[count] &- 48
      if digit >= 10 { break }
      value = value &* 10 &+ UInt64(digit)
      count &+= 1
    }
    return (value, count)
  }

  /// The number of the first so many bytes, 1 to 8, all of which are digits: neighbours are added up to twos, fours and eights.
  @inline(__always)
  private static func digits(_ word: UInt64, _ count: Int) -> UInt64 {
    var word = (word ^ (ones &* 0x30)) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count)
    word = word &* 10 &+ (word &>> 8)
    let pairs: UInt64 = 0x0000_00FF_0000_00FF
    let upper = (word & pairs) &* 0x000F_4240_0000_0064
    let lower = ((word &>> 16) & pairs) &* 0x0000_2710_0000_0001
    return (upper &+ lower) &>> 32
  }
}
