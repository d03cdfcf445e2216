extension JSONWriter {
  /// Writes a string in quotes.
  mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      // Room for the worst case, six bytes for one, is asked for only when something has to be escaped.
      var out = room(utf8.count + 2)
      out.pointee = UInt8(ascii: "\"")
      advance(1)
      guard let bytes = utf8.baseAddress else { return }
      var done = 0
      while true {
        let run = Self.plainRun(bytes + done, utf8.count - done)
        out = room(run + 8 + (utf8.count - done - run))
        out.update(from: bytes + done, count: run)
        advance(run)
        done += run
        if done == utf8.count { break }
        escape(bytes[done])
        done += 1
      }
    }
    byte("\"")
  }

  /// Bytes at the beginning that stand for themselves in a string.
  @inline(__always)
  private static func plainRun(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
    var place = 0
    while count - place >= 8 {
      let special = SWAR.special(UnsafeRawPointer(bytes + place).loadUnaligned(as: UInt64.self).littleEndian)
      if special != 0 { return place + special.trailingZeroBitCount >> 3 }
      place += 8
    }
    while place < count, case let byte = bytes[place], byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { place += 1 }
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

  mutating func write(_ value: Int64) {
    if value < 0 { byte("-") }
    write(digits: value.magnitude)
  }

  /// Writes an unsigned number in decimal.
  mutating func write(digits value: UInt64) {
    var number = value
    var count = 1
    while number >= 10 {
      number /= 10
      count += 1
    }
    let out = room(count)
    number = value
    for position in stride(from: count - 1, through: 0, by: -1) {
      out[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
      number /= 10
    }
    advance(count)
  }

  /// Writes a double with the fewest digits that read back as it, in the form of Java's `Double.toString`: at least one digit
  /// after the point, and from 10 million on or below a thousandth with an exponent (`1.0E7`, `2.5E-4`). No double of a JSON
  /// value is infinite or no number; one made so in spite of that becomes null.
  mutating func write(_ value: Double) {
    guard value.isFinite else { return literal("null") }
    if value.sign == .minus { byte("-") }
    let magnitude = value.magnitude
    if magnitude == 0 { return literal("0.0") }
    if let text = Self.smallest(magnitude) { return literal(text) }
    // Swift prints the shortest digits too, but in another form: its digits are taken and set anew.
    var digits: [UInt8] = []
    var exponent = 0
    var point: Int?
    var text = magnitude.description
    text.withUTF8 { utf8 in
      var index = 0
      while index < utf8.count {
        let byte = utf8[index]
        index += 1
        if byte == UInt8(ascii: ".") {
          point = digits.count
        } else if byte == UInt8(ascii: "e") {
          exponent = Int(String(decoding: utf8[index...], as: UTF8.self)) ?? 0
          break
        } else {
          digits.append(byte)
        }
      }
    }
    var scale = (point ?? digits.count) + exponent
    let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(zeros)
    scale -= zeros
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    write(digits, scale)
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

  /// Writes 0.`digits` times ten to the power of `scale`.
  private mutating func write(_ digits: [UInt8], _ scale: Int) {
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range.clamped(to: digits.indices)], as: UTF8.self) }
    if scale > 7 || scale < -2 {
      raw(part(0..<1))
      byte(".")
      if digits.count > 1 { raw(part(1..<digits.count)) } else { byte("0") }
      byte("E")
      write(Int64(scale - 1))
    } else if scale > 0 {
      raw(part(0..<min(scale, digits.count)))
      for _ in 0..<max(0, scale - digits.count) { byte("0") }
      byte(".")
      if digits.count > scale { raw(part(scale..<digits.count)) } else { byte("0") }
    } else {
      literal("0.")
      for _ in 0..<(-scale) { byte("0") }
      raw(part(0..<digits.count))
    }
  }
}
