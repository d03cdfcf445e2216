extension JSONWriter {
  /// Writes a string in quotes.
  @inline(__always)
  mutating func write(_ text: borrowing String) {
    let done: Void? = text.utf8.withContiguousStorageIfAvailable { write(quoted: $0) }
    if done != nil { return }
    // A string that is not stored as UTF-8, which only other platforms have.
    Array(text.utf8).withUnsafeBufferPointer { write(quoted: $0) }
  }

  private mutating func write(quoted text: UnsafeBufferPointer<UInt8>) {
    let out = room(text.count + 2)
    out.pointee = UInt8(ascii: "\"")
    guard let bytes = text.baseAddress else {
      out[1] = UInt8(ascii: "\"")
      return advance(2)
    }
    let plain = Self.copyPlain(bytes, to: out + 1, text.count)
    advance(plain + 1)
    if plain < text.count { return writeEscaped(bytes + plain, text.count - plain) }
    out[plain + 1] = UInt8(ascii: "\"")
    advance(1)
  }

  /// Writes the rest of a string, from its first special byte on.
  @inline(never)
  private mutating func writeEscaped(_ text: UnsafePointer<UInt8>, _ count: Int) {
    var place = text
    let end = text + count
    while place != end {
      escape(place.pointee)
      place += 1
      let plain = Self.copyPlain(place, to: room(end - place), end - place)
      advance(plain)
      place += plain
    }
    byte("\"")
  }

  /// Copies bytes until one that does not stand for itself in a string and answers how many there were.
  @inline(__always)
  private static func copyPlain(_ text: UnsafePointer<UInt8>, to out: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
    let source = UnsafeRawPointer(text)
    let target = UnsafeMutableRawPointer(out)
    var place = 0
    while count - place >= 8 {
      let word = source.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      // The bytes after a special one are overwritten later; the room for them is there.
      target.storeBytes(of: word, toByteOffset: place, as: UInt64.self)
      let special = SWAR.special(word.littleEndian)
      if special != 0 { return place + special.trailingZeroBitCount >> 3 }
      place += 8
    }
    while place < count {
      let byte = text[place]
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
      out[place] = byte
      place += 1
    }
    return place
  }

  private mutating func escape(_ special: UInt8) {
    byte("\\")
    switch special {
    case UInt8(ascii: "\""): byte("\"")
    case UInt8(ascii: "\\"): byte("\\")
    case 0x0A: byte("n")
    case 0x09: byte("t")
    case 0x0D: byte("r")
    case 0x08: byte("b")
    case 0x0C: byte("f")
    default:
      literal("u00")
      let out = room(2)
      let digits: StaticString = "0123456789ABCDEF"
      out[0] = digits.utf8Start[Int(special >> 4)]
      out[1] = digits.utf8Start[Int(special & 15)]
      advance(2)
    }
  }

  // MARK: - Numbers

  mutating func write(_ value: Int64) {
    if value < 0 { byte("-") }
    write(digits: value.magnitude, width: Decimal.digits(value.magnitude))
  }

  /// Writes a number in decimal with zeros in front up to that width, which it does not exceed.
  @inline(__always)
  private mutating func write(digits value: UInt64, width: Int) {
    let out = room(width)
    let pairs: StaticString = """
      0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
      5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
      """
    var number = value
    var place = width
    while place >= 2 {
      place -= 2
      let pair = Int(truncatingIfNeeded: number % 100) &* 2
      number /= 100
      out[place] = pairs.utf8Start[pair]
      out[place + 1] = pairs.utf8Start[pair + 1]
    }
    if place == 1 { out[0] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10) }
    advance(width)
  }

  /// Writes a double with the fewest digits that read back as it, in the form of Java's `Double.toString`: at least one digit
  /// after the point, and from 10 million on or below a thousandth with an exponent (`1.0E7`, `2.5E-4`). No double of a JSON
  /// value is infinite or no number; one made so in spite of that becomes null.
  mutating func write(_ value: Double) {
    guard value.isFinite else { return literal("null") }
    if value.sign == .minus { byte("-") }
    let magnitude = value.magnitude
    if magnitude == 0 { return literal("0.0") }
    if magnitude.isSubnormal, let text = Self.smallest(magnitude) { return literal(text) }
    write(Decimal(magnitude))
  }

  private mutating func write(_ decimal: Decimal) {
    let count = Decimal.digits(decimal.digits)
    /// Digits before the point; not positive: zeros after it.
    let whole = count + decimal.exponent
    switch whole {
    case -2...0:
      literal("0.")
      write(digits: 0, width: -whole)
      write(digits: decimal.digits, width: count)
    case 1...7 where whole < count:
      write(decimal.digits, split: count - whole)
    case 1...7:
      write(digits: decimal.digits, width: count)
      write(digits: 0, width: whole - count)
      literal(".0")
    default:
      if count == 1 {
        write(digits: decimal.digits, width: 1)
        literal(".0")
      } else {
        write(decimal.digits, split: count - 1)
      }
      byte("E")
      write(Int64(whole - 1))
    }
  }

  /// Writes digits with a point before the last ones.
  private mutating func write(_ digits: UInt64, split fraction: Int) {
    let (whole, rest) = digits.quotientAndRemainder(dividingBy: Decimal.power(fraction))
    write(digits: whole, width: Decimal.digits(whole))
    byte(".")
    write(digits: rest, width: fraction)
  }

  /// The eight doubles that Java prints with other digits than the fewest: it wants two at least, and then the closest two.
  private static func smallest(_ magnitude: Double) -> StaticString? {
    switch magnitude.bitPattern {
    case 1: "4.9E-324"
    case 2: "9.9E-324"
    case 10: "4.9E-323"
    case 12: "5.9E-323"
    case 14: "6.9E-323"
    case 16: "7.9E-323"
    case 18: "8.9E-323"
    case 20: "9.9E-323"
    default: nil
    }
  }
}
