extension JSONParser {
  /// The string whose opening quote comes next.
  @inline(__always)
  mutating func string() throws(Refusal) -> String {
    let first = next + 1
    let (stop, ascii) = scan(first)
    guard stop != end else { throw endless(next) }
    guard stop.pointee == UInt8(ascii: "\"") else { return try unusualString(first, stop) }
    let text = try plain(first, stop - first, ascii: ascii)
    next = stop + 1
    return text
  }

  /// The name of a member, whose opening quote comes next. Names seen before are shared.
  @inline(__always)
  mutating func name() throws(Refusal) -> Name {
    let first = next + 1
    let (stop, ascii) = scan(first)
    guard stop != end else { throw endless(next) }
    guard stop.pointee == UInt8(ascii: "\"") else {
      let text = try unusualString(first, stop)
      return Name(text: text, hash: NameHash.of(text))
    }
    let count = stop - first
    let hash = NameHash.of(first, count, cache.seed)
    if let known = cache.find(hash, first, count) {
      next = stop + 1
      return Name(text: known, hash: hash)
    }
    let text = try plain(first, count, ascii: ascii)
    cache.keep(text, hash, first, count)
    next = stop + 1
    return Name(text: text, hash: hash)
  }

  /// The first byte from there on that does not stand for itself in a string (quote, backslash, control character) or the
  /// end, and whether all before it are ASCII.
  @inline(__always)
  func scan(_ from: UnsafePointer<UInt8>) -> (UnsafePointer<UInt8>, Bool) {
    var place = from
    var seen: UInt64 = 0
    while end - place >= 8 {
      let word = UnsafeRawPointer(place).loadUnaligned(as: UInt64.self).littleEndian
      let special = SWAR.special(word)
      if special != 0 {
        let bytes = special.trailingZeroBitCount >> 3
        if bytes > 0 { seen |= word << UInt64((8 - bytes) * 8) }
        return (place + bytes, seen & SWAR.high == 0)
      }
      seen |= word
      place += 8
    }
    while place != end {
      let byte = place.pointee
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      seen |= UInt64(byte)
      place += 1
    }
    return (place, seen & SWAR.high == 0)
  }

  /// A run of bytes without escapes as a string.
  @inline(__always)
  private mutating func plain(_ first: UnsafePointer<UInt8>, _ count: Int, ascii: Bool) throws(Refusal) -> String {
    let run = UnsafeBufferPointer(start: first, count: count)
    if ascii { return String(decoding: run, as: UTF8.self) }
    guard let text = String(validating: run, as: UTF8.self) else { throw invalidUTF8(first, count) }
    return text
  }

  /// A string with escapes, from its first byte; `stop` is the first unusual one. Also tells what is wrong with it.
  @inline(never)
  private mutating func unusualString(_ first: UnsafePointer<UInt8>, _ stop: UnsafePointer<UInt8>) throws(Refusal) -> String {
    let quote = next
    var stop = stop
    var run = first
    var text: [UInt8] = []
    text.reserveCapacity(2 * (stop - first) + 32)
    while true {
      text.append(contentsOf: UnsafeBufferPointer(start: run, count: stop - run))
      guard stop != end else { throw endless(quote) }
      next = stop
      if stop.pointee == UInt8(ascii: "\"") { break }
      guard stop.pointee == UInt8(ascii: "\\") else { throw error("control characters must be escaped in strings, found \(found)") }
      try escape(&text)
      run = next
      stop = scan(run).0
    }
    next += 1
    // Escapes yield valid UTF-8, and a run cannot be completed by one, so the sum is valid exactly when each run is.
    if let valid = String(validating: text, as: UTF8.self) { return valid }
    throw invalidUTF8(first, next - 1 - first)
  }

  /// Appends what the escape stands for whose backslash comes next, and steps over it.
  private mutating func escape(_ text: inout [UInt8]) throws(Refusal) {
    guard end - next >= 2 else { throw error("the string does not end") }
    switch next[1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(next[1])
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "u"):
      return try unicodeEscape(&text)
    default: throw error("unknown escape in a string")
    }
    next += 2
  }

  private mutating func unicodeEscape(_ text: inout [UInt8]) throws(Refusal) {
    guard let unit = hex(next + 2) else { throw error("\\u needs four hexadecimal digits") }
    if let scalar = Unicode.Scalar(unit) {
      text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
      next += 6
      return
    }
    guard unit < 0xDC00, end - next >= 12, next[6] == UInt8(ascii: "\\"), next[7] == UInt8(ascii: "u"),
      let low = hex(next + 8), 0xDC00...0xDFFF ~= low,
      let scalar = Unicode.Scalar(0x10000 + ((UInt32(unit) - 0xD800) << 10) + (UInt32(low) - 0xDC00))
    else {
      guard limits.replacesLoneSurrogates else { throw error("\\u escapes half of a surrogate pair") }
      text.append(contentsOf: UTF8.encodedReplacementCharacter)
      next += 6
      return
    }
    text.append(contentsOf: UTF8.encode(scalar).unsafelyUnwrapped)
    next += 12
  }

  /// The number that four hexadecimal digits make, or nil.
  private func hex(_ place: UnsafePointer<UInt8>) -> UInt16? {
    guard end - place >= 4 else { return nil }
    var unit: UInt16 = 0
    for index in 0..<4 {
      let digit: UInt8
      switch place[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = place[index] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = place[index] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = place[index] - UInt8(ascii: "A") + 10
      default: return nil
      }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }

  @inline(never)
  private mutating func endless(_ quote: UnsafePointer<UInt8>) -> Refusal { error("the string does not end", at: quote) }

  /// The error that names the first byte that is not UTF-8.
  @inline(never)
  private mutating func invalidUTF8(_ first: UnsafePointer<UInt8>, _ count: Int) -> Refusal {
    var valid = 0
    var decoder = UTF8()
    var input = UnsafeBufferPointer(start: first, count: count).makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&input) { valid += UTF8.width(scalar) }
    return error("the string is not UTF-8", at: first + min(valid, count))
  }
}

/// Tests on eight bytes at once. Only the lowest byte found is certain, which is the first in memory.
enum SWAR {
  static let low: UInt64 = 0x0101_0101_0101_0101
  static let high: UInt64 = 0x8080_8080_8080_8080

  /// The high bit of each byte that is a quote, a backslash or a control character.
  @inline(__always)
  static func special(_ word: UInt64) -> UInt64 {
    let quote = word ^ (low &* 0x22)
    let backslash = word ^ (low &* 0x5C)
    return (((quote &- low) & ~quote) | ((backslash &- low) & ~backslash) | ((word &- low &* 0x20) & ~word)) & high
  }
}
